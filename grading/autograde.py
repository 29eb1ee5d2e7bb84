"""Corregir: de `submitted/` a una nota en el gradebook, una entrega cada vez.

También como orden: `python -m grading.autograde CURSO LABORATORIO [ESTUDIANTE…]`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from grading import convert, intake, logs
from grading.config import course as open_course
from grading.stage import NO_SANDBOX
from lab_tools.checks.report import number
from lab_tools.errors import GradingError, OrquestaError


@dataclass(frozen=True)
class Mark:
    """La nota de una entrega, o por qué no la tiene (`reason`). `score` y `max_score` en puntos."""

    student: str
    score: float | None
    max_score: float
    reason: str = ""

    @property
    def percent(self) -> float | None:
        """La nota sobre 100, o None si no hay."""
        if self.score is None or not self.max_score:
            return None
        return 100 * self.score / self.max_score


def autograde(course: CourseDirectory, assignment: str, student: str) -> Mark:
    """Ejecuta la entrega contra su propio clúster, la puntúa y guarda la nota.

    Lanza GradingError si la entrega no se puede corregir e InfrastructureError si falló el clúster: no hay nota.
    """
    folder = Path(course.format_path(course.submitted_directory, intake.check_student(student), assignment))
    if not folder.is_dir():
        raise GradingError(f"No hay entrega de «{student}» para «{assignment}».", f"Debería estar en «{folder.name}».")
    intake.check_folder(folder)
    for released in sorted(Path(course.format_path(course.release_directory, ".", assignment)).glob("*.ipynb")):
        intake.check(folder / released.name)
    convert.run(convert.Mark, course, assignment, student)
    return read_mark(course, assignment, student)


def autograde_all(course: CourseDirectory, assignment: str, students: Sequence[str]) -> Iterator[Mark]:
    """Corrige una a una; la que no se puede corregir sale con su motivo y no para a las demás."""
    for student in students:
        try:
            yield autograde(course, assignment, student)
        except OrquestaError as error:
            yield Mark(student, None, 0.0, str(error))


def read_mark(course: CourseDirectory, assignment: str, student: str) -> Mark:
    """La nota que hay en el gradebook. Lanza `nbgrader.api.MissingEntry` si no hay ninguna."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        submission = gradebook.find_submission(assignment, student)
        return Mark(student, float(submission.score), float(submission.max_score))


def submitted(course: CourseDirectory, assignment: str) -> list[str]:
    """Quiénes han entregado, por orden."""
    root = Path(course.root) / course.submitted_directory
    return sorted(path.parent.name for path in root.glob(f"*/{assignment}") if path.is_dir())


def main(arguments: Sequence[str] | None = None) -> int:
    """La orden: corrige y escribe una línea por entrega. Código 1 si alguna quedó sin nota."""
    parser = argparse.ArgumentParser(prog="python -m grading.autograde", description="Corrige un laboratorio.")
    parser.add_argument("course", type=Path, metavar="CURSO", help="carpeta del curso de nbgrader")
    parser.add_argument("assignment", metavar="LABORATORIO", help="por ejemplo, 06-deployments")
    parser.add_argument("students", nargs="*", metavar="ESTUDIANTE", help="por defecto, quien haya entregado")
    parser.add_argument("--labs", type=Path, default=Path("labs"), help="carpeta de los laboratorios (labs)")
    asked = parser.parse_args(arguments)
    try:
        course = open_course(asked.course, asked.labs)
        logs.to_file(asked.course / "orquesta.log")
        print(NO_SANDBOX, flush=True)
        marks = autograde_all(course, asked.assignment, asked.students or submitted(course, asked.assignment))
        return max([_print(mark) for mark in marks], default=0)
    except OrquestaError as error:
        print(error, file=sys.stderr)
        return 1


def _print(mark: Mark) -> int:
    if mark.score is None:
        print(f"{mark.student}: sin nota. {mark.reason}", flush=True)
        return 1
    print(
        f"{mark.student}: {number(mark.score)} de {number(mark.max_score)} ({number(mark.percent or 0)} %)", flush=True
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
