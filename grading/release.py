"""Publicar un laboratorio: el árbol de nbgrader se hace, no se guarda.

De `labs/NN-slug` pasan a `source/` el cuaderno del estudiante y los manifiestos de partida, y nada más: ni soluciones
ni comprobaciones. Con eso nbgrader hace `release/`, que es lo que el estudiante recibe.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from grading import convert, gradebook, intake
from grading.config import course as open_course
from grading.config import write_config
from lab_tools.errors import GradingError

NOTEBOOK = "lab.ipynb"
START = "manifests"  # los manifiestos de partida de un laboratorio


@dataclass(frozen=True)
class Released:
    """Un laboratorio publicado: su nombre en nbgrader y la carpeta que recibe el estudiante."""

    assignment: str
    folder: Path


def release(lab: Path, course_dir: Path) -> Released:
    """Publica el laboratorio de la carpeta `lab` en el curso `course_dir`, que se crea si falta.

    Publicar otra vez rehace los archivos. Lanza GradingError si el laboratorio no está completo o si ya hay entregas y
    el cuaderno ha cambiado de celdas.
    """
    notebook = lab / NOTEBOOK
    if not notebook.is_file():
        raise GradingError(
            f"En «{lab.name}» no está «{NOTEBOOK}».", "Genera el cuaderno del laboratorio y publícalo después."
        )
    intake.check(notebook)
    course_dir.mkdir(parents=True, exist_ok=True)
    write_config(course_dir, lab.parent)
    course = open_course(course_dir, lab.parent)
    source = Path(course.format_path(course.source_directory, ".", lab.name))
    if source.exists():
        shutil.rmtree(source)
    source.mkdir(parents=True)
    shutil.copyfile(notebook, source / NOTEBOOK)
    if (lab / START).is_dir():
        shutil.copytree(lab / START, source / START)
    gradebook.prepare(course)
    convert.run(convert.Release, course, lab.name, ".")
    return Released(lab.name, Path(course.format_path(course.release_directory, ".", lab.name)))
