"""Los argumentos que comparten las órdenes de `orquesta grade`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab_tools.cli import spanish
from lab_tools.errors import GradingError, LabError
from lab_tools.labs import private, shelf

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

PRIVATE = "privado"

lab_argument = click.argument("assignment", metavar="LABORATORIO")
course_option = click.option(
    "--course", metavar="CARPETA", type=click.Path(path_type=Path), default=Path(), show_default="esta carpeta",
    help="La carpeta del curso de nbgrader.",
)  # fmt: skip
labs_option = click.option(
    "--labs", metavar="CARPETA", type=click.Path(path_type=Path), default=None,
    help="La carpeta de los laboratorios, si no es la del repositorio.",
)  # fmt: skip

private_option = click.option(
    "--private", metavar="CARPETA", type=click.Path(path_type=Path), default=None, envvar=private.ENVIRONMENT,
    help="Tu carpeta privada; si no se dice, «privado» en la del curso.",
)  # fmt: skip


jobs_option = click.option(
    "-j", "--jobs", metavar="N", type=spanish.Integer(1, 64), default=os.cpu_count() or 1,
    show_default="los procesadores que haya", help="Cuántas entregas a la vez.",
)  # fmt: skip
docker_option = click.option(
    "--docker", is_flag=True, help="Aísla cada entrega en un contenedor de Docker, y no con bubblewrap."
)


def opened(course: Path, labs: Path, private: Path | None = None, *, walled: bool = True) -> CourseDirectory:
    """El curso de esa carpeta. Lanza GradingError si no lo es."""
    from grading import config

    if not (course / config.CONFIG_FILE).is_file():
        raise GradingError(
            f"No hay ningún curso en «{course}».", "Prepáralo con «orquesta grade init», o di dónde está con --course."
        )
    return config.course(course, labs, private=private, walled=walled)


def secret(course: Path, said: Path | None) -> Path | None:
    """La carpeta privada: la que se diga o «privado» en la del curso; None si no hay. Lanza LabError si no está."""
    if said is not None and not said.is_dir():
        raise LabError(f"No hay ninguna carpeta privada en «{said}».", "Hazla con: orquesta grade init")
    folder = (said or course / PRIVATE).resolve()
    return folder if folder.is_dir() else None


def shelf_folder(labs: Path | None) -> Path:
    """La carpeta de los laboratorios: la que se diga o la que haya cerca. Lanza LabError si no hay ninguno."""
    if labs is not None:
        return labs.resolve()
    there = shelf.catalogue()
    if not there:
        raise LabError("No encuentro los laboratorios.", "Di dónde están con --labs.")
    return there[0].folder.parent


def found(assignment: str, labs: Path | None) -> tuple[Path, str]:
    """La carpeta de los laboratorios y el nombre entero de uno («06», «L06» o «06-deployments»)."""
    if labs is not None:
        os.environ[shelf.ENVIRONMENT] = str(labs)  # también para los procesos que corrijan
    folder = shelf.folder(assignment)
    return folder.parent.resolve(), folder.name
