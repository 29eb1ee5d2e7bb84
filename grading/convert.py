"""Ejecutar los conversores de nbgrader en este proceso y saber por qué fallan.

nbgrader anota la traza en su registro y lanza un error genérico. Aquí se conserva el primero, y se cuenta en español.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from nbconvert.writers.files import FilesWriter
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
    for _ in run_each(step, course, assignment, [student]):
        pass


def run_each(step: type[Remembers], course: CourseDirectory, assignment: str, students: Iterable[str]) -> Iterator[str]:
    """Lo mismo para varios estudiantes, uno a uno: las plantillas se leen y se compilan una sola vez."""
    log: Any = logs.logger()
    converter = step(coursedir=course, config=course.config, log=log)
    converter.force = True
    writer: Any = FilesWriter  # nbconvert anuncia tipos que sus constructores no tienen
    converter.writer = writer(parent=converter, config=converter.config)
    converter.exporter = converter.exporter_class(parent=converter, config=converter.config)
    for preprocessor in converter.preprocessors:
        converter.exporter.register_preprocessor(preprocessor)
    for student in students:
        course.assignment_id, course.student_id = assignment, student
        converter.reason = None
        try:
            converter.init_notebooks()
            with contextlib.chdir(course.root):
                converter.convert_notebooks()
        except NbGraderException as error:
            raise _told(converter.reason or error, assignment, student) from converter.reason or error
        yield student


def _told(reason: Exception, assignment: str, student: str) -> OrquestaError:
    if isinstance(reason, OrquestaError):
        return reason
    who = "" if student in ("*", ".") else f" la entrega de «{student}» de"
    return GradingError(
        f"nbgrader no pudo con{who} «{assignment}»: {type(reason).__name__}: {reason}",
        "La traza completa está en el registro de la corrección.",
    )
