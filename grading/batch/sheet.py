"""Lo que un trabajador necesita saber de una práctica para corregirla sin abrir el gradebook."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from grading.restore import ReleasedCell, released_cells
from lab_tools.errors import GradingError


@dataclass(frozen=True)
class Page:
    """Un cuaderno publicado: sus celdas, en orden, y su kernel."""

    cells: tuple[ReleasedCell, ...]
    kernelspec: Mapping[str, Any]


@dataclass(frozen=True)
class Sheet:
    """Una práctica publicada: sus cuadernos por nombre, y los archivos que se reponen en cada entrega."""

    assignment: str
    pages: Mapping[str, Page]
    files: Mapping[str, bytes]

    @property
    def fingerprint(self) -> str:
        """Cambia si cambia algo de lo publicado."""
        found = hashlib.sha256(self.assignment.encode())
        for name, page in sorted(self.pages.items()):
            found.update(f"{name}{page}".encode())
        for name, content in sorted(self.files.items()):
            found.update(name.encode() + hashlib.sha256(content).digest())
        return found.hexdigest()


def read(course: CourseDirectory, assignment: str) -> Sheet:
    """Lo publicado de una práctica. Lanza GradingError si no se ha publicado."""
    source = Path(course.format_path(course.source_directory, ".", assignment))
    with Gradebook(course.db_url, course.course_id) as gradebook:
        names = [found.name for found in gradebook.assignments]
        if assignment not in names:
            raise GradingError(
                f"La práctica «{assignment}» no está publicada en este curso.",
                f"Publícala con: orquesta grade release {assignment}",
            )
        notebooks = gradebook.find_assignment(assignment).notebooks
        pages = {book.name: _page(gradebook, book, assignment) for book in notebooks}
    files = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file() and path.suffix != ".ipynb"
    }
    return Sheet(assignment, pages, files)


def _page(gradebook: Gradebook, book: Any, assignment: str) -> Page:
    return Page(tuple(released_cells(gradebook, book.name, assignment)), json.loads(book.kernelspec or "{}"))
