"""La carpeta de un clúster embebido: encontrarla, tenerla para una sola orden y borrarla."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from lab_tools import files
from lab_tools.drivers import base, home
from lab_tools.embedded.server import settings
from lab_tools.errors import ClusterError

# Segundos de pared que se espera a que acabe otra orden.
_BUSY_TIMEOUT = 40.0


def states() -> list[Path]:
    """Las carpetas de los clústeres que hay, por nombre."""
    if not home.clusters().is_dir():
        return []
    return [state for state in sorted(home.clusters().iterdir()) if settings.exists(state)]


def directory(name: str) -> Path:
    """La de ese nombre, exista o no. Lanza UsageError si el nombre no vale."""
    return home.clusters() / base.check_name(name)


def existing(name: str) -> Path:
    """La de un clúster que existe. Lanza ClusterError, con los que hay, si no es ninguno."""
    state = directory(name)
    if settings.exists(state):
        return state
    others = ", ".join(found.name for found in states())
    hint = f"Los que hay: {others}." if others else "No hay ninguno todavía."
    raise ClusterError(f"No hay ningún clúster «{name}».", f"{hint} Créalo con: orquesta cluster create {name}")


@contextlib.contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Una sola orden a la vez cambia un clúster."""
    path = home.prepare() / f".{name}.lock"
    busy = ClusterError(
        f"Otra orden de Orquesta está cambiando el clúster «{name}» desde hace rato.",
        "Espera a que termine, o ciérrala, y repite.",
    )
    with files.locked(path, _BUSY_TIMEOUT, busy):
        yield


@contextlib.contextmanager
def held(name: str) -> Iterator[Path]:
    """La carpeta de un clúster que existe, para una sola orden. Se mira otra vez: quien esperaba llega tarde."""
    existing(name)
    with exclusive(name):
        yield existing(name)


def erase(state: Path) -> None:
    """Borra la carpeta. Primero la aparta: si algo la retiene, el clúster ya no existe a medias."""
    doomed = state.with_name(f".borrado-{state.name}-{os.getpid()}")
    try:
        state.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise files.explain(error, state, "borrar") from error
