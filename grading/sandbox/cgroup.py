"""El grupo de control de un trabajador: la memoria y los procesos de una entrega entera, y no de cada proceso suyo.

Se usa donde el sistema nos deja uno de la versión 2. Un grupo con procesos no puede repartir controladores entre sus
hijos: los nuestros pasan antes a una hoja. Si algo no se puede, se corrige sin él, y se dice.

Fuente: https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from grading.sandbox.limits import MEBIBYTE, Limits

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
CURE = (
    "Dale un grupo propio (systemd-run --user --scope -p Delegate=yes orquesta grade autograde …) "
    "o corrige con --docker, que lleva esa cuenta."
)
OVERHEAD = 256 * MEBIBYTE  # lo que ocupa el trabajador con todo importado
_SPARE = 16  # procesos del propio trabajador y del muro
_LEAF = "orquesta-corrector"
_NEEDED = frozenset({"memory", "pids"})
_PATIENCE = 1.0  # segundos de pared para que el núcleo dé por muertos los procesos de un grupo
_numbers = itertools.count(1)


class Group:
    """Un grupo con la memoria y los procesos de `limits`. Lanza OSError si el sistema no deja hacerlo."""

    def __init__(self, limits: Limits) -> None:
        base = _base()
        _step_aside(base)
        self._folder = base / f"orquesta-entrega-{os.getpid()}-{next(_numbers)}"
        self._folder.mkdir()
        try:
            self._set("memory.max", limits.memory + limits.disk + OVERHEAD)
            self._set("pids.max", limits.processes + _SPARE)
            with suppress(OSError):  # hay núcleos que no cuentan la de intercambio
                self._set("memory.swap.max", 0)
        except OSError:
            self.close()
            raise

    def _set(self, name: str, most: int) -> None:
        (self._folder / name).write_text(str(most), encoding="ascii")

    def inside(self, command: Sequence[str]) -> list[str]:
        """La misma orden, que entra en el grupo antes de empezar."""
        return ["sh", "-c", 'echo 0 > "$0" && exec "$@"', str(self._folder / "cgroup.procs"), *command]

    def close(self) -> None:
        """Deshace el grupo, cuando ya no queda nadie dentro. Se puede repetir."""
        deadline = time.monotonic() + _PATIENCE
        while self._folder.exists():
            with suppress(OSError):
                self._folder.rmdir()
                return
            if time.monotonic() > deadline:
                return  # vacío no estorba, y lo borrará el sistema con nuestro grupo
            time.sleep(0.01)


def lacking() -> str:
    """Por qué aquí no se puede contar la memoria de una entrega entera, o nada si se puede."""
    if not sys.platform.startswith("linux"):
        return "los grupos de control son de Linux"
    try:
        _base()
    except OSError as error:
        return str(error)
    return ""


def _base() -> Path:
    """Nuestro grupo, si es nuestro de verdad. Lanza OSError con el motivo."""
    own = next((line[3:] for line in OWN.read_text(encoding="utf-8").splitlines() if line.startswith("0::")), None)
    if own is None:
        raise OSError("no hay grupos de control de la versión 2")
    found = ROOT / own.lstrip("/")
    base = found.parent if found.name == _LEAF else found
    try:
        offered = set((base / "cgroup.controllers").read_text(encoding="ascii").split())
    except OSError as error:
        raise OSError("no hay grupos de control de la versión 2") from error
    if not offered >= _NEEDED:
        raise OSError("a nuestro grupo de control no le dejan contar memoria ni procesos")
    if not all(os.access(path, os.W_OK) for path in (base, base / "cgroup.procs", base / "cgroup.subtree_control")):
        raise OSError("nuestro grupo de control no es nuestro: no se puede escribir en él")
    return base


def _step_aside(base: Path) -> None:
    """Deja `base` sin procesos y con los controladores repartidos. Varios trabajadores pueden hacerlo a la vez."""
    if set((base / "cgroup.subtree_control").read_text(encoding="ascii").split()) >= _NEEDED:
        return
    leaf = base / _LEAF
    leaf.mkdir(exist_ok=True)
    for process in (base / "cgroup.procs").read_text(encoding="ascii").split():
        with suppress(OSError):  # puede haber muerto
            (leaf / "cgroup.procs").write_text(process, encoding="ascii")
    (base / "cgroup.subtree_control").write_text("+memory +pids", encoding="ascii")
