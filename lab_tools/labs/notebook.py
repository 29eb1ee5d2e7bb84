"""El cuaderno de un laboratorio, celda a celda, a partir de su definición.

Siempre salen los mismos bytes: el id de cada celda se deduce de lo que es, y no hay salidas. Una celda puntuada
solo enseña (`lab.check(…)`): la nota la calcula quien corrige, que conoce el id.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from lab_tools.labs import needs
from lab_tools.labs.definition import LabDefinition, Task

Cell = dict[str, Any]
Notebook = dict[str, Any]

SCHEMA = 3  # la versión de los metadatos de nbgrader 0.9: nbgrader.preprocessors.CheckCellMetadata
STUB = "# ESCRIBE AQUÍ TU SOLUCIÓN"
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def notebook(lab: LabDefinition) -> Notebook:
    """El cuaderno del estudiante (nbformat 4.5), sin soluciones ni comprobaciones reservadas."""
    cells = [
        _text(f"{lab.slug}-titulo", f"# Laboratorio {lab.slug[:2]} · {lab.title}\n\n{lab.intro}{_needs(lab)}"),
        _locked_code(f"{lab.id}-0-inicio", f'from lab_tools import Lab\n\nlab = Lab("{lab.slug}")\nlab.start()'),
        *(cell for task in lab.tasks for cell in _task(task)),
        _text(f"{lab.slug}-final", lab.ending),
    ]
    return {
        "cells": cells,
        "metadata": {"kernelspec": _KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def fill(book: Notebook, answers: dict[str, str]) -> Notebook:
    """El mismo cuaderno con el código de `answers` en las celdas de respuesta, por su id de nbgrader."""
    cells = []
    for cell in book["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id in answers:
            cell = cell | {"source": _lines(answers[grade_id].strip())}
        cells.append(cell)
    return book | {"cells": cells}


def as_bytes(book: Notebook) -> bytes:
    """El cuaderno como archivo: JSON con las claves ordenadas, tal y como lo escribe nbformat."""
    return (json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _needs(lab: LabDefinition) -> str:
    """Lo que pide en un clúster que no sea el embebido; nada si corre igual en todos."""
    lines = [f"- En {where}: {what}" for where, what in lab.needs.items()]
    lines += [f"- {sentence}" for sentence in needs.unmeasured(lab)]
    return "\n".join(["\n**Fuera del clúster del curso**\n", *lines]) if lines else ""


def _task(task: Task) -> list[Cell]:
    return [
        _text(f"{task.cell_id}-texto", f"## {task.title}\n\n{task.text}"),
        _cell("code", task.answer_id, STUB, grade=False, solution=True, locked=False),
        _cell(
            "code", task.cell_id, f'lab.check("{task.id}")', grade=True, solution=False, locked=True, points=task.points
        ),
    ]


def _text(grade_id: str, source: str) -> Cell:
    return _cell("markdown", grade_id, source, grade=False, solution=False, locked=True)


def _locked_code(grade_id: str, source: str) -> Cell:
    return _cell("code", grade_id, source, grade=False, solution=False, locked=True)


def _cell(
    cell_type: str,
    grade_id: str,
    source: str,
    *,
    grade: bool,
    solution: bool,
    locked: bool,
    points: float | None = None,
) -> Cell:
    """Una celda con sus metadatos de nbgrader; `points` solo va en las puntuadas."""
    marks = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": SCHEMA,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        marks["points"] = _tidy(points)
    cell: Cell = {
        "cell_type": cell_type,
        "id": hashlib.sha256(grade_id.encode()).hexdigest()[:8],
        "metadata": {"nbgrader": marks},
        "source": _lines(source.strip()),
    }
    return cell | {"execution_count": None, "outputs": []} if cell_type == "code" else cell


def _tidy(points: float) -> float | int:
    """Un entero si lo es: así la ida y vuelta por YAML no cambia los bytes."""
    return int(points) if points == int(points) else points


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)
