"""Las notas en el formato de cada LMS, también como complementos de `nbgrader export`.

La nota es la del gradebook: lo automático, lo puesto a mano y lo que quita el retraso. Quien no entregó va sin nota.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

from grading.roster import Student, known
from lab_tools.errors import GradingError


@dataclass(frozen=True)
class Line:
    """Una persona y su nota en cada práctica, en puntos; None si no entregó."""

    student: Student
    scores: tuple[float | None, ...]


@dataclass(frozen=True)
class Table:
    """Las notas de un curso: prácticas, lo más que vale cada una, y una línea por persona."""

    assignments: tuple[str, ...]
    most: tuple[float, ...]
    lines: tuple[Line, ...]


def table(gradebook: Gradebook, assignments: Sequence[str] = ()) -> Table:
    """Las notas de esas prácticas o, si no se dice ninguna, de todas. Lanza GradingError si alguna no está."""
    there = {one.name: float(one.max_score) for one in gradebook.assignments}
    unknown = [name for name in assignments if name not in there]
    if unknown:
        raise GradingError(
            f"La práctica «{unknown[0]}» no está en el gradebook.",
            f"Las que hay: {', '.join(sorted(there)) or 'ninguna'}.",
        )
    chosen = tuple(assignments or sorted(there))
    lines = tuple(
        Line(student, tuple(_score(gradebook, name, student.id) for name in chosen)) for student in known(gradebook)
    )
    return Table(chosen, tuple(there[name] for name in chosen), lines)


def _score(gradebook: Gradebook, assignment: str, student: str) -> float | None:
    try:
        found = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return None
    return round(max(0.0, float(found.score) - float(found.late_submission_penalty or 0)), 4)


def plain_csv(table: Table) -> str:
    """Un CSV para una hoja de cálculo: una columna por práctica y el total."""
    head = ["id", "nombre", "apellidos", "correo", *table.assignments, "total", "de"]
    return _csv(head, ([one.student.id, one.student.first_name, one.student.last_name, one.student.email,
                        *map(_number, one.scores), _number(sum(score or 0 for score in one.scores)),
                        _number(sum(table.most))] for one in table.lines))  # fmt: skip


def moodle(table: Table) -> str:
    """Lo que Moodle importa en Calificaciones ▸ Importar ▸ Archivo CSV: se casa por usuario o por correo."""
    head = ["username", "email", *table.assignments]
    return _csv(head, ([one.student.id, one.student.email, *map(_number, one.scores)] for one in table.lines))


def canvas(table: Table) -> str:
    """Lo que Canvas importa en Calificaciones ▸ Importar, con su línea de puntos posibles."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *table.assignments]
    most = ["    Points Possible", "", "", "", "", *map(_number, table.most)]
    rows = ([_surname_first(one.student), one.student.lms, "", one.student.id, "", *map(_number, one.scores)]
            for one in table.lines)  # fmt: skip
    return _csv(head, (most, *rows))


FORMATS: dict[str, Callable[[Table], str]] = {"csv": plain_csv, "moodle": moodle, "canvas": canvas}


class _Exporter(ExportPlugin):  # type: ignore[misc]  # nbgrader no trae tipos
    """Un formato nuestro como complemento de `nbgrader export --exporter=…`."""

    format = ""

    def export(self, gradebook: Any) -> None:
        """Escribe el archivo que diga `--to`."""
        chosen = [name for name in (self.assignment or []) if name] if hasattr(self, "assignment") else []
        Path(self.to).write_text(FORMATS[self.format](table(gradebook, chosen)), encoding="utf-8")


class MoodleExport(_Exporter):
    """`nbgrader export --exporter=grading.export.MoodleExport`."""

    format = "moodle"


class CanvasExport(_Exporter):
    """`nbgrader export --exporter=grading.export.CanvasExport`."""

    format = "canvas"


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: object) -> object:
    """Un nombre que empieza como una fórmula no debe ejecutarse en la hoja de cálculo de quien enseña."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "@", "\t", "\r") else cell


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _surname_first(student: Student) -> str:
    return f"{student.last_name}, {student.first_name}" if student.last_name else student.name
