"""Ejecutar los conversores de nbgrader en este proceso y saber por qué fallan.

nbgrader anota la traza en su registro y lanza un error genérico. Aquí se conserva el primero, y se cuenta en español.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory

from grading import logs
from lab_tools.errors import GradingError, OrquestaError


class Remembers(BaseConverter):  # type: ignore[misc]  # nbgrader no trae tipos
    """Guarda el primer error de un cuaderno antes de que nbgrader lo sustituya por el suyo."""

    reason: Exception | None = None

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        with self._remembering():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        with self._remembering():
            super().convert_single_notebook(notebook_filename)

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.reason = self.reason or error
            raise


class Release(Remembers, GenerateAssignment):  # type: ignore[misc]
    """`nbgrader generate_assignment`."""


class Feedback(Remembers, GenerateFeedback):  # type: ignore[misc]
    """`nbgrader generate_feedback`."""


def run(step: type[Remembers], course: CourseDirectory, assignment: str, student: str = "*") -> None:
    """Da un paso de nbgrader sobre una práctica. Repite lo que ya estuviera hecho.

    Lanza el error de Orquesta que lo paró, si lo hay, o GradingError con el motivo.
    """
    course.assignment_id, course.student_id = assignment, student
    log: Any = logs.logger()
    converter = step(coursedir=course, config=course.config, log=log)
    converter.force = True
    try:
        converter.start()
    except NbGraderException as error:
        raise _told(converter.reason or error, assignment, student) from converter.reason or error


def _told(reason: Exception, assignment: str, student: str) -> OrquestaError:
    if isinstance(reason, OrquestaError):
        return reason
    who = "" if student in ("*", ".") else f" la entrega de «{student}» de"
    return GradingError(
        f"nbgrader no pudo con{who} «{assignment}»: {type(reason).__name__}: {reason}",
        "La traza completa está en el registro de la corrección.",
    )
