"""Un laboratorio y un clúster de mentira: el clúster es una carpeta y sus objetos, los archivos que hay en ella.

Basta para probar todo lo que la corrección hace alrededor de un clúster sin arrancar ninguno.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.sandbox.inside.places import WORK
from grading.sandbox.sandbox import Door, Luggage, Sandbox
from grading.sandbox.session import Session
from grading.stage import Submission
from grading.verdict import Verdict
from lab_tools.checks.check import Result
from lab_tools.errors import InfrastructureError

SETUP = "import os, pathlib, sys\ncluster = pathlib.Path(os.environ['FAKE_CLUSTER'])"
SOLVED = {"tarea-1": "(cluster / 'uno').touch()", "tarea-2": "(cluster / 'dos').touch()"}
POINTS = {"nota-1": 1.0, "nota-2": 3.0}
WANTED = {"nota-1": ["uno"], "nota-2": ["dos", "tres"]}
SECRET = "comprobacion-reservada"


def meta(grade_id: str, *, grade: bool = False, solution: bool = False, points: float | None = None) -> dict[str, Any]:
    """Los metadatos de nbgrader de una celda del cuaderno del profesor."""
    data: dict[str, Any] = {
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "schema_version": 3,
    }
    if points is not None:
        data["points"] = points
    return {"nbgrader": data}


def notebook(answers: dict[str, str] | None = None) -> nbformat.NotebookNode:
    """El cuaderno del laboratorio, con `answers` (por `grade_id`) en sus celdas de solución."""
    answers = answers or {}
    cells = [
        new_markdown_cell("# Laboratorio de mentira"),
        new_code_cell(SETUP, metadata=meta("preparar")),
        new_code_cell(answers.get("tarea-1", "# Escribe aquí"), metadata=meta("tarea-1", solution=True)),
        new_code_cell("lab.check('nota-1')", metadata=meta("nota-1", grade=True, points=POINTS["nota-1"])),
        new_code_cell(answers.get("tarea-2", "# Escribe aquí"), metadata=meta("tarea-2", solution=True)),
        new_code_cell("lab.check('nota-2')", metadata=meta("nota-2", grade=True, points=POINTS["nota-2"])),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def write_lab(folder: Path) -> Path:
    """Un laboratorio completo en disco: cuaderno, manifiestos, una solución y comprobaciones que no han de salir."""
    (folder / "manifests").mkdir(parents=True)
    (folder / "solutions").mkdir()
    (folder / "manifests" / "inicio.yaml").write_text("kind: ConfigMap\n", encoding="utf-8")
    (folder / "solutions" / "reference.py").write_text(SOLVED["tarea-1"], encoding="utf-8")
    (folder / "checks.py").write_text(f"# {SECRET}", encoding="utf-8")
    nbformat.write(notebook(), folder / "lab.ipynb")
    return folder


@functools.cache
def sandbox() -> Sandbox:
    """El proceso caliente de las pruebas, sin muros: el clúster de mentira es una carpeta de fuera."""
    made = Sandbox(walled=False)
    atexit.register(made.close)
    return made


@dataclass
class FakeStage:
    """Un `Stage` cuyo clúster es una carpeta."""

    submission: Submission
    broken: bool = False
    cells: frozenset[str] = frozenset(POINTS)
    marked: list[str] = field(default_factory=list)
    walled: bool = False

    def __enter__(self) -> FakeStage:
        self.cluster = Path(tempfile.mkdtemp())
        self.sessions: list[Session] = []
        return self

    def __exit__(self, *_: object) -> None:
        for session in self.sessions:
            session.close()
        shutil.rmtree(self.cluster)

    def replayed(self) -> None:
        return None

    def open(self) -> Session:
        session = sandbox().open(self._pack)
        self.sessions.append(session)
        return session

    def _pack(self, door: Door) -> Luggage:
        door.listener.close()
        return Luggage(self.submission.files(WORK), {"FAKE_CLUSTER": str(self.cluster), "PATH": os.defpath})

    def mark(self, cell_id: str) -> Verdict:
        if self.broken:
            raise InfrastructureError("El clúster no contesta.", "Vuelve a corregir.")
        return Verdict(cell_id, tuple(self._look(name) for name in WANTED[cell_id]), title=f"Tarea {cell_id}")

    def _look(self, name: str) -> Result:
        there = (self.cluster / name).exists()
        return Result(
            id=name,
            question=f"¿Existe {name}?",
            earned=float(there),
            possible=1.0,
            expected=f"que existiera <{name}>",
            found="que está" if there else "que no está",
            why="sin él no hay nada",
            read="el capítulo 6",
            hidden=name == "tres",
        )

    def picture(self) -> str:
        names = " ".join(sorted(path.name for path in self.cluster.iterdir()))
        return f'<svg xmlns="http://www.w3.org/2000/svg"><title>{names}</title></svg>'


def open_fake_stage(submission: Submission) -> FakeStage:
    """El escenario de mentira de una entrega."""
    return FakeStage(submission)


def open_broken_stage(submission: Submission) -> FakeStage:
    """Un escenario cuyo clúster no contesta al comprobar."""
    return FakeStage(submission, broken=True)
