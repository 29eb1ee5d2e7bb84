"""Devolver a una entrega la forma que tenía al publicarse.

El estudiante es dueño del texto de sus celdas de solución y de las que añade; de nada más. `nbgrader` solo repone el
texto y los puntos de las celdas bloqueadas: aquí se rehacen también los metadatos (`grade`, `solution`, `points`…,
versión del esquema, etiquetas) y vuelven a su sitio las celdas borradas, para que cambiar un metadato no mueva la nota
ni haga caer la corrección.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import OverwriteCells

from grading import cells

SCHEMA_VERSION = 3


@dataclass(frozen=True)
class ReleasedCell:
    """Una celda tal como se publicó, según el libro de notas."""

    name: str
    cell_type: str
    source: str
    checksum: str | None
    locked: bool
    grade: bool
    solution: bool
    task: bool
    points: float

    def metadata(self) -> dict[str, Any]:
        """Los metadatos que le corresponden, y ninguno más."""
        nbgrader: dict[str, Any] = {
            "grade_id": self.name,
            "grade": self.grade,
            "solution": self.solution,
            "locked": self.locked,
            "task": self.task,
            "cell_type": self.cell_type,
            "schema_version": SCHEMA_VERSION,
        }
        if self.checksum is not None:
            nbgrader["checksum"] = self.checksum
        if self.grade or self.task:
            nbgrader["points"] = self.points
        return {"nbgrader": nbgrader}


class RestoreCells(OverwriteCells):  # type: ignore[misc]  # nbgrader no trae tipos
    """`OverwriteCells` de nbgrader, después de rehacer metadatos y reponer lo borrado.

    Ocupa su lugar en `Autograde.sanitize_preprocessors`, antes que `DeduplicateIds`, que se rompe si los metadatos no
    son los que espera.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            released = released_cells(gradebook, where["notebook"], where["assignment"])
        nb.metadata.clear()
        nb.cells = restore(nb.cells, released)
        return super().preprocess(nb, resources)  # type: ignore[no-any-return]


def released_cells(gradebook: Gradebook, notebook: str, assignment: str) -> list[ReleasedCell]:
    """Las celdas publicadas de un cuaderno, en su orden."""
    book = gradebook.find_notebook(notebook, assignment)
    graded = {cell.name: cell.max_score for cell in book.grade_cells}
    tasks = {cell.name: cell.max_score for cell in book.task_cells}
    solutions = {cell.name for cell in book.solution_cells}
    return [
        ReleasedCell(
            name=cell.name,
            cell_type=cell.cell_type,
            source=cell.source,
            checksum=cell.checksum,
            locked=cell.locked,
            grade=cell.name in graded,
            solution=cell.name in solutions,
            task=cell.name in tasks,
            points=float({**graded, **tasks}.get(cell.name, 0.0)),
        )
        for cell in book.source_cells
    ]


def restore(submitted: Iterable[NotebookNode], released: Sequence[ReleasedCell]) -> list[NotebookNode]:
    """Las celdas entregadas con sus metadatos verdaderos, y las que faltan en su sitio.

    De una celda repetida cuenta la última, como en nbgrader; las otras quedan como celdas sin nota.
    """
    known = {cell.name: cell for cell in released}
    out: list[NotebookNode] = []
    seen: set[str] = set()
    for cell in reversed(list(submitted)):
        name = _name(cell)
        original = known.get(name) if name not in seen else None
        seen.add(name)
        out.append(_plain(cell) if original is None else _restored(cell, original))
    out.reverse()
    whole = _with_missing(out, released)
    for index, cell in enumerate(whole):
        cell["id"] = f"celda-{index + 1}"  # nbformat los inventa al azar: así dos correcciones dan los mismos bytes
    return whole


def _with_missing(submitted: list[NotebookNode], released: Sequence[ReleasedCell]) -> list[NotebookNode]:
    """Repone cada celda que falta detrás de la anterior del original (al principio si no hay anterior)."""
    whole = list(submitted)
    place = 0
    for original in released:
        there = [index for index, cell in enumerate(whole) if _name(cell) == original.name]
        if not there:
            whole.insert(place, _restored(None, original))
        place = 1 + (there[0] if there else place)
    return whole


def _restored(cell: NotebookNode | None, original: ReleasedCell) -> NotebookNode:
    """La celda publicada, con el texto del estudiante solo donde es suyo."""
    keeps = cell is not None and original.solution and not original.locked
    source = cell.source if keeps and cell is not None else original.source
    return cells.cell(original.cell_type, source, original.metadata())


def _plain(cell: NotebookNode) -> NotebookNode:
    """Una celda del estudiante: su texto, sin metadatos que cambien cómo se ejecuta o se puntúa."""
    return cells.cell(cell.cell_type, cell.source, {})


def _name(cell: NotebookNode) -> str:
    """El `grade_id` de una celda, o "" si no lo tiene o no es un texto."""
    nbgrader = cell.metadata.get("nbgrader")
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) else ""
