"""Corregir: de `submitted/` a una nota en el gradebook, una entrega cada vez.

También como orden: `python -m grading.autograde CURSO LABORATORIO [ESTUDIANTE…]`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from grading import convert, intake, logs
from grading.config import course as open_course
from grading.stage import NO_SANDBOX
from lab_tools.checks.report import number
from lab_tools.cli import spanish
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


@click.command(
    "python -m grading.autograde", cls=spanish.Command, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.argument("folder", metavar="CURSO", type=click.Path(path_type=Path))
@click.argument("assignment", metavar="LABORATORIO")
@click.argument("students", metavar="[ESTUDIANTE]...", nargs=-1)
@click.option("--no-sandbox", is_flag=True, help="Ejecuta las entregas sin aislarlas: responde quien corrige.")
@click.option("--labs", metavar="CARPETA", type=click.Path(path_type=Path), default=Path("labs"), show_default=True,
              help="Carpeta de los laboratorios.")  # fmt: skip
def _command(folder: Path, assignment: str, students: tuple[str, ...], labs: Path, no_sandbox: bool) -> int:
    """Corrige LABORATORIO en la carpeta CURSO de nbgrader: a quien se nombre o, si no, a quien haya entregado."""
    course = open_course(folder, labs, walled=not no_sandbox)
    chosen = students or submitted(course, assignment)
    if not chosen:
        raise GradingError(
            f"No hay ninguna entrega de «{assignment}» en «{folder}».",
            f"Deberían estar en «{course.submitted_directory}/ESTUDIANTE/{assignment}/».",
        )
    logs.to_file(folder / "orquesta.log")
    if no_sandbox:
        click.echo(NO_SANDBOX)
    return max(_print(mark) for mark in autograde_all(course, assignment, chosen))


def main(arguments: Sequence[str] | None = None) -> int:
    """La orden: corrige y escribe una línea por entrega. Código 1 si alguna quedó sin nota, 2 si está mal escrita."""
    spanish.speak()
    try:
        return int(_command.main(arguments, prog_name=_command.name, standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrumpido: las notas ya escritas se conservan.", err=True)
        return 130
    except OrquestaError as error:
        click.echo(error, err=True)
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
