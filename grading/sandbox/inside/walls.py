"""Los muros de una entrega, que se pone ella misma al nacer, dentro ya del encierro de su trabajador.

Cada entrega tiene su propio espacio de usuarios, procesos, archivos y red: no ve a la anterior, no deja nada a la
siguiente y, cuando muere su primer proceso, mueren todos. Escribe solo en un disco en memoria con tamaño. De la red
tiene la interfaz local y nada más.

Fuente: https://man7.org/linux/man-pages/man7/user_namespaces.7.html
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import syscalls
from .places import FOLDERS, HOUSE, SCRATCH, TEMPORARY

# NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID y NEWNET
_EVERYTHING = 0x7E020000
_NOSUID, _NODEV, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 4096, 16384, 1 << 18
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1
_DIE_WITH_PARENT, _DROP_BOUNDING, _NO_DUMP = 1, 24, 4
_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def leave() -> None:
    """Sale de los espacios de nombres del trabajador. Lo que se bifurque después nace dentro de los nuevos."""
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(_EVERYTHING), "unshare")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def furnish(disk: int) -> None:
    """Monta el disco de la entrega (`disk` bytes) y enciende la interfaz local."""
    _mount("none", "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", str(HOUSE), "tmpfs", _NOSUID | _NODEV, f"size={disk},mode=700")
    for name in FOLDERS:
        (HOUSE / name).mkdir()
    for place in (str(SCRATCH), *(() if _lives_in_tmp() else ("/tmp",))):
        _mount(str(HOUSE / TEMPORARY), place, None, _BIND)
    _mount("tmpfs", "/dev/shm", "tmpfs", _NOSUID | _NODEV, f"size={disk // 4},mode=700")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack("16xh14x", fcntl.ioctl(probe, _GET_FLAGS, asked))
        fcntl.ioctl(probe, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


def _lives_in_tmp() -> bool:
    """Si este Python está debajo de /tmp: entonces no se tapa, y ahí no se puede escribir."""
    return any(Path(prefix).is_relative_to("/tmp") for prefix in (sys.prefix, sys.base_prefix))


def _renounce() -> None:
    """Renuncia a todo privilegio, también dentro de sus propios espacios, y pide morir con quien la creó."""
    for number in range(_CAPABILITIES):
        _libc.prctl(_DROP_BOUNDING, number, 0, 0, 0)  # las que el núcleo no conoce dan EINVAL
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _check(_libc.capset(header, bytes(24)), "capset")
    _check(_libc.prctl(_NO_DUMP, 0, 0, 0, 0), "prctl")
    _check(_libc.prctl(_DIE_WITH_PARENT, 9, 0, 0, 0), "prctl")


def die_with(parent: int) -> None:
    """Pide al núcleo la muerte en cuanto muera `parent`, quien creó este proceso. Solo Linux sabe: fuera no hace nada.

    Fuente: https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
    """
    if sys.platform != "linux":
        return
    _check(_libc.prctl(_DIE_WITH_PARENT, 9, 0, 0, 0), "prctl")
    if os.getppid() != parent:  # murió antes de que lo pidiéramos
        os._exit(1)


def lock(limits: dict[str, Any], *, count_processes: bool = True) -> None:
    """Lo último antes de que mande el estudiante: límites, ningún privilegio y el filtro de llamadas al núcleo."""
    _limit(limits, count_processes)
    _first_to_die()
    _renounce()
    syscalls.close()


def _limit(limits: dict[str, Any], count_processes: bool) -> None:
    """Pone los límites del núcleo: `memory` y `file` en bytes, `cpu` en segundos, `processes` y `files` en número.

    El núcleo cuenta los procesos por usuario y espacio de usuarios; quien no estrena uno compartiría la cuenta con las
    demás, y los limita de otra manera (`count_processes=False`).
    """
    wanted = [
        (resource.RLIMIT_AS, _mapped() + int(limits["memory"])),
        (resource.RLIMIT_FSIZE, int(limits["file"])),
        (resource.RLIMIT_CPU, int(limits["cpu"])),
        (resource.RLIMIT_NOFILE, int(limits["files"])),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ]
    if count_processes:
        wanted.append((resource.RLIMIT_NPROC, int(limits["processes"])))
    for what, most in wanted:
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _first_to_die() -> None:
    """Si a su grupo se le acaba la memoria, muere la entrega y no su trabajador. Sus hijos lo heredan."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _mapped() -> int:
    """Los bytes de memoria virtual que este proceso ya tiene: lo que se importó antes de bifurcarse."""
    if not sys.platform.startswith("linux"):
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    known = kind.encode() if kind else None
    _check(_libc.mount(source.encode(), target.encode(), known, flags, data.encode() or None), f"mount {target}")


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
