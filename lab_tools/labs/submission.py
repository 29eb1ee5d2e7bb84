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
    found = sources(lab, solution)
    return {task.answer_id: found[task.id].read_text(encoding="utf-8") for task in lab.tasks if task.id in found}


def sources(lab: LabDefinition, solution: str) -> dict[str, Path]:
    """El archivo de cada ejercicio que la solución resuelve, por el id del ejercicio; los que no trae, de su `like`.

    Lanza LabError si no hay ninguna solución que se llame así.
    """
    place = lab.folder / SOLUTIONS / solution
    if not place.is_dir():
        known = ", ".join(one.name for one in lab.solutions)
        raise LabError(f"El laboratorio {lab.slug} no tiene ninguna solución «{solution}».", f"Las que hay: {known}.")
    like = next((one.like for one in lab.solutions if one.name == solution), "")
    own = {task.id: place / f"{task.id}.py" for task in lab.tasks}
    return (sources(lab, like) if like else {}) | {task: path for task, path in own.items() if path.is_file()}
