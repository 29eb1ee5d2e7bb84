"""Qué muro de fuera se levanta: bubblewrap donde lo hay, un contenedor de Docker donde no, o ninguno si se pide."""

from __future__ import annotations

import enum
import shutil

from grading.sandbox import bubblewrap, cgroup, docker
from lab_tools.errors import GradingError

CURE = cgroup.CURE


class Wall(enum.Enum):
    """El muro de fuera de una entrega."""

    BUBBLEWRAP = "bubblewrap"
    DOCKER = "Docker"
    NONE = "ninguno"


def choose(*, walled: bool = True, docker_first: bool = False) -> Wall:
    """El muro que se usará. Con `docker_first` solo vale Docker. Lanza GradingError si no se puede levantar ninguno."""
    if not walled:
        return Wall.NONE
    without_bubblewrap = "" if docker_first else bubblewrap.lacking()
    if not docker_first and not without_bubblewrap:
        return Wall.BUBBLEWRAP
    without_docker = docker.lacking()
    if not without_docker:
        return Wall.DOCKER
    if docker_first:
        raise GradingError(
            f"Aquí no se puede aislar una entrega con Docker: {without_docker}.",
            "Arranca el motor de Docker, o corrige sin --docker para usar bubblewrap.",
        )
    raise GradingError(
        f"Aquí no se puede aislar una entrega. Con bubblewrap: {without_bubblewrap}. Con Docker: {without_docker}.",
        "Instala bubblewrap o Docker o, si respondes de todas las entregas, corrige con --no-sandbox.",
    )


def uncounted() -> str:
    """Con bubblewrap, por qué no se puede contar la memoria de una entrega entera, o nada si se cuenta."""
    why = cgroup.lacking() if shutil.which("bwrap") else ""
    return f"La memoria de una entrega se limita proceso a proceso: {why}." if why else ""


def lacking() -> str:
    """Por qué aquí no se puede aislar una entrega de ninguna manera, o nada si se puede."""
    try:
        choose()
    except GradingError as error:
        return error.message.rstrip(".")
    return ""
