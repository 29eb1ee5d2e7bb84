"""Corregir una entrega, en el proceso que sea: entran bytes y salen bytes.

Hace lo mismo que los dos pasos de `nbgrader autograde` con nuestra configuración (reponer y ejecutar), y lee la nota de
cada celda con la misma función de nbgrader; pero sin gradebook, sin escribir en el curso y sin convertir dos veces.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader import utils

from grading import evidence, folders, intake
from grading.batch.sheet import Page, Sheet
from grading.execute import TrustedExecute
from grading.lab_stage import LabStage
from grading.restore import restore
from grading.stage import Stage, Submission
from grading.workbench import Workbench
from lab_tools.errors import GradingError, InfrastructureError, OrquestaError

if TYPE_CHECKING:
    from grading.classroom.stage import Desk

NO_RESPONSE = "Sin respuesta."  # lo que nbgrader anota en una celda que se entrega como se recibió
ATTEMPTS = 2  # las veces que se intenta si falla la infraestructura


@dataclass(frozen=True)
class How:
    """Con qué se corrige: los laboratorios, la carpeta privada, si hay muros y los tiempos, en segundos de reloj.

    `docker` pide que los muros sean contenedores; sin pedirlo se usan donde no hay bubblewrap. Con `desk` no se ejecuta
    nada: se mira el namespace de cada estudiante en el clúster de la clase.
    """

    shelf: Path
    private: Path | None = None
    walled: bool = True
    cell_seconds: int = 60
    notebook_seconds: int = 300
    docker: bool = False
    desk: Desk | None = None


@dataclass(frozen=True)
class Job:
    """Una entrega por corregir: sus archivos, con la ruta que tenían en su carpeta."""

    student: str
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Grade:
    """Lo que nbgrader anota de una celda: `score` en puntos, o None si la ha de poner una persona."""

    cell: str
    score: float | None
    max_score: float


@dataclass(frozen=True)
class Marked:
    """Una entrega corregida, o por qué no se pudo (`reason`). `seconds` son de reloj.

    De cada cuaderno, `grades` son sus notas y `comments`, lo que se anota en cada celda que se responde: None si nada.
    """

    student: str
    grades: Mapping[str, tuple[Grade, ...]] = field(default_factory=dict)
    comments: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0
    reason: str = ""


_nbformat: Any = nbformat  # anuncia tipos que la mitad de sus funciones no tienen
_benches: dict[How, Workbench] = {}
_lock = threading.Lock()  # un trabajador es un proceso; si alguien lo parte en hilos, corrigen de uno en uno


def mark(sheet: Sheet, how: How, job: Job) -> Marked:
    """Corrige una entrega. Nunca lanza por culpa de ella: lo que falle vuelve en `reason`."""
    started = time.monotonic()
    with _lock, _collecting_once():
        try:
            found = _insisting(sheet, how, job)
        except OrquestaError as error:
            found = Marked(job.student, reason=str(error))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError) as error:
            found = Marked(job.student, reason=f"La entrega no se puede corregir: {type(error).__name__}: {error}")
    return replace(found, seconds=time.monotonic() - started)


@contextmanager
def _collecting_once() -> Iterator[None]:
    """La basura de una entrega se recoge al acabarla, y no a cada rato."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        if running:
            gc.enable()


def _insisting(sheet: Sheet, how: How, job: Job) -> Marked:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _mark(sheet, how, job)
        except InfrastructureError:
            if attempt == ATTEMPTS:
                raise
            _start_over(how)
    raise AssertionError


def _mark(sheet: Sheet, how: How, job: Job) -> Marked:
    missing = [name for name in sheet.pages if f"{name}.ipynb" not in job.files]
    if missing:
        raise GradingError(f"En la entrega no está «{missing[0]}.ipynb».", "Pide que la vuelva a entregar.")
    with TemporaryDirectory(prefix="orquesta-corregir-") as folder:
        folders.fill(Path(folder), {**job.files, **sheet.files})
        grades, comments, files = {}, {}, dict[str, bytes]()
        for name, page in sheet.pages.items():
            intake.check(Path(folder) / f"{name}.ipynb")
            notebook, made = _executed(sheet, how, job, page, Path(folder) / f"{name}.ipynb")
            grades[name] = tuple(_grade(cell) for cell in notebook.cells if utils.is_grade(cell))
            asked = [cell for cell in notebook.cells if utils.is_solution(cell) or utils.is_task(cell)]
            comments[name] = {_id(cell): NO_RESPONSE if _untouched(cell) else None for cell in asked}
            files |= made | {f"{name}.ipynb": (_nbformat.writes(notebook) + "\n").encode()}
    return Marked(job.student, grades, comments, files)


def _executed(sheet: Sheet, how: How, job: Job, page: Page, path: Path) -> tuple[NotebookNode, dict[str, bytes]]:
    """El cuaderno repuesto, ejecutado y puntuado, y los archivos que lo acompañan."""
    notebook = _nbformat.reads(path.read_text(encoding="utf-8"), as_version=_nbformat.current_nbformat)
    notebook.metadata = _nbformat.from_dict({"kernelspec": dict(page.kernelspec)})
    notebook.cells = restore(notebook.cells, page.cells)
    where = {"assignment": sheet.assignment, "student": job.student, "notebook": path.stem}
    resources: dict[str, Any] = {"nbgrader": where, "metadata": {"path": str(path.parent)}, "outputs": {}}
    execute = TrustedExecute(
        open_stage=lambda submission: _stage(how, submission),
        timeout=how.cell_seconds,
        notebook_timeout=how.notebook_seconds,
    )
    notebook, resources = execute.preprocess(notebook, resources)
    return notebook, {name: resources["outputs"][name] for name in (evidence.EVIDENCE, evidence.PICTURE)}


def _stage(how: How, submission: Submission) -> Stage:
    """Un clúster para la entrega o, en una clase, el namespace que su autor tiene en el suyo."""
    if how.desk is None:
        return LabStage(submission, _bench(how))
    from grading.classroom.stage import NamespaceStage

    return NamespaceStage(submission, how.desk)


def _bench(how: How) -> Workbench:
    """El banco de trabajo de este proceso."""
    if how not in _benches:
        _benches[how] = Workbench(how.shelf, how.private, walled=how.walled, docker=how.docker)
    return _benches[how]


def _start_over(how: How) -> None:
    """Cierra el banco, con su hilo y su proceso caliente: el próximo intento estrena otro."""
    if how in _benches:
        _benches.pop(how).close()


def _grade(cell: NotebookNode) -> Grade:
    score, most = utils.determine_grade(cell)
    return Grade(_id(cell), score, most)


def _untouched(cell: NotebookNode) -> bool:
    return cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell) and not utils.is_task(cell)


def _id(cell: NotebookNode) -> str:
    return str(cell.metadata.nbgrader["grade_id"])
