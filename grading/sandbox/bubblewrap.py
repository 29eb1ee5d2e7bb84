"""El muro de fuera con bubblewrap: del sistema se ve lo justo para que Python arranque, y solo para leer.

Quien manda (root) monta y deja después de ser nadie; quien no, usa un espacio de usuarios. En los dos casos dentro no
queda ningún privilegio.

Fuente: https://github.com/containers/bubblewrap (bwrap(1)).
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from subprocess import Popen
from types import MappingProxyType
from typing import Any

from grading.sandbox.cgroup import Group
from grading.sandbox.inside.places import HOUSE, SCRATCH

NOBODY = "65534"
OURS = Path("/orquesta")  # dónde se ve, dentro, lo que es del curso
EMPTY = (HOUSE, Path("/tmp"))  # donde cada entrega montará su disco
_OWN_DISK = str(16 * 1024 * 1024)  # bytes que el trabajador puede escribir; las entregas tapan ese sitio con el suyo
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/opt")
_SETTINGS = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf", "/etc/nsswitch.conf", "/etc/protocols", "/etc/services", "/etc/mime.types",
)  # fmt: skip
_PATIENCE = 20.0


def launch(program: Sequence[str], own: Mapping[Path, Path], environment: Mapping[str, str], fds: Sequence[int],
           group: Group | None = None, **options: Any) -> Popen[bytes]:  # fmt: skip
    """Arranca `program` tras el muro, con las variables `environment` y ninguna más, y los descriptores `fds`.

    `own` dice qué más se ve, de fuera a dentro y solo para leer. `group` es el grupo de control que lo cuenta, si lo
    hay; `options`, las de `Popen`.
    """
    given = _pipe(jail(own) + [word for pair in environment.items() for word in ("--setenv", *pair)])
    try:
        command = ["bwrap", "--args", str(given), *as_nobody(), *program]
        return Popen(group.inside(command) if group else command, pass_fds=(*fds, given), **options)
    finally:
        os.close(given)


@functools.cache
def lacking() -> str:
    """Por qué aquí no se puede usar bubblewrap, o nada si se puede. Lo prueba de verdad, una vez."""
    if not sys.platform.startswith("linux"):
        return "bubblewrap solo existe en Linux"
    if shutil.which("bwrap") is None:
        return "no está instalado («apt install bubblewrap» o «dnf install bubblewrap»)"
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        return "falta «setpriv» (paquete util-linux) para dejar de ser root"
    probe = [sys.executable, "-c", _PROBE]
    try:
        done = subprocess.run(
            ["bwrap", *jail(), *as_nobody(), *probe], capture_output=True, text=True, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"no arranca: {error}"
    if done.returncode == 0:
        return ""
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return "este sistema no deja crear espacios de nombres" + (f": {said[-1]}" if said else "")


# Lo mismo que hará cada entrega: salir a sus propios espacios de nombres.
_PROBE = (
    "import ctypes,os,sys; l=ctypes.CDLL(None,use_errno=True);"
    "sys.exit(f'unshare: {os.strerror(ctypes.get_errno())}' if l.unshare(0x7E020000) else 0)"
)


def _pipe(given: Iterable[str]) -> int:
    """Un descriptor por el que bwrap lee sus argumentos (`--args`): en su línea, dentro los vería cualquiera."""
    read, write = os.pipe()
    with os.fdopen(write, "wb") as file:
        file.write(b"".join(one.encode() + b"\0" for one in given))
    return read


def jail(own: Mapping[Path, Path] = MappingProxyType({})) -> list[str]:
    """Los argumentos de bwrap que levantan el muro; `own` dice qué más se ve, de fuera a dentro y solo para leer."""
    found = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
             "--die-with-parent", "--new-session", "--hostname", "entrega", "--clearenv"]  # fmt: skip
    if os.getuid():
        found += ["--unshare-user", "--uid", NOBODY, "--gid", NOBODY]
    for path, target in links().items():
        found += ["--symlink", str(target), str(path)]
    shown = {**seen(), **own}
    parents = (parent for inside in shown.values() for parent in inside.parents)
    found += _folders([*EMPTY, *parents])
    for outside, inside in shown.items():
        found += ["--ro-bind", str(outside), str(inside)]
    # El disco del trabajador no está en /tmp: este Python puede vivir ahí debajo.
    found += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", _OWN_DISK, "--tmpfs", str(SCRATCH)]
    return [*found, "--remount-ro", "/", "--chdir", "/"]


def links() -> dict[Path, Path]:
    """Las carpetas del sistema que aquí son enlaces, y adónde llevan."""
    return {path: path.readlink() for path in map(Path, _SYSTEM) if path.is_symlink()}


def seen() -> dict[Path, Path]:
    """Lo que se ve de esta máquina, de fuera a dentro: el sistema, unos pocos ajustes y este Python."""
    system = [path for path in map(Path, _SYSTEM) if path.is_dir() and not path.is_symlink()]
    settings = [path for path in map(Path, _SETTINGS) if path.exists()]
    return {path: path for path in (*system, *settings, *_python())}


def _folders(wanted: Iterable[Path]) -> list[str]:
    """Carpetas por las que se puede pasar: las que bwrap hace por su cuenta son solo de root."""
    found: list[str] = []
    for path in sorted(set(wanted)):
        if str(path) not in ("/", *_SYSTEM):
            found += ["--perms", "0755", "--dir", str(path)]
    return found


def _python() -> list[Path]:
    """Dónde vive este Python, si no es en el sistema."""
    roots = dict.fromkeys(Path(prefix).resolve() for prefix in (sys.base_prefix, sys.prefix))
    return [root for root in roots if not any(root.is_relative_to(one) for one in _SYSTEM)]


def as_nobody() -> list[str]:
    """Lo que hay que anteponer al programa para que, dentro, no sea root."""
    if os.getuid():
        return []
    return ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP",
            "setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
            "--no-new-privs"]  # fmt: skip
