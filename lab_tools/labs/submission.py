"""De una solución del repositorio a la entrega que habría hecho un estudiante."""

from __future__ import annotations

from pathlib import Path

from lab_tools.errors import LabError
from lab_tools.labs import definition
from lab_tools.labs.definition import LabDefinition
from lab_tools.labs.notebook import Notebook, fill, notebook

SOLUTIONS = "solutions"


def assemble(folder: Path, solution: str = "") -> Notebook:
    """El cuaderno de `folder` con las respuestas de `solution`; sin ella, sin tocar."""
    lab = definition.load(folder)
    book = notebook(lab)
    return fill(book, answers(lab, solution)) if solution else book


def answers(lab: LabDefinition, solution: str) -> dict[str, str]:
    """El código de cada celda de respuesta, por su id. Un ejercicio sin archivo se deja sin hacer."""
    place = lab.folder / SOLUTIONS / solution
    if not place.is_dir():
        known = ", ".join(one.name for one in lab.solutions)
        raise LabError(f"El laboratorio {lab.slug} no tiene ninguna solución «{solution}».", f"Las que hay: {known}.")
    files = {task.answer_id: place / f"{task.id}.py" for task in lab.tasks}
    return {cell: path.read_text(encoding="utf-8") for cell, path in files.items() if path.is_file()}
