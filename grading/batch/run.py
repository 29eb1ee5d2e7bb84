"""Repartir una clase y contarlo: qué falta, cuánto queda y qué nota tiene cada entrega."""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from grading import collect, intake
from grading.batch import crew, sheet
from grading.batch.ledger import Ledger
from grading.batch.marking import How, Job, Marked
from lab_tools.errors import GradingError


@dataclass(frozen=True)
class Mark:
    """La nota de una entrega, o por qué no la tiene (`reason`). `score` y `max_score` en puntos; `seconds`, de reloj.

    `again` dice que ya estaba corregida y no ha cambiado nada.
    """

    student: str
    score: float | None
    max_score: float
    reason: str = ""
    seconds: float = 0.0
    again: bool = False

    @property
    def percent(self) -> float | None:
        """La nota sobre 100, o None si no hay."""
        if self.score is None or not self.max_score:
            return None
        return 100 * self.score / self.max_score


@dataclass(frozen=True)
class Progress:
    """Por dónde va: entregas hechas, cuántas son y los segundos que se calcula que quedan (None si aún no se sabe)."""

    done: int
    total: int
    left: float | None


def autograde(
    course: CourseDirectory,
    assignment: str,
    students: Sequence[str],
    how: How,
    *,
    jobs: int = 1,
    scheduler: str = "",
    everything: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Iterator[Mark]:
    """Corrige las entregas de `students`, y da cada nota cuando ya está escrita.

    Se puede dejar a medias: lo escrito vale, y la próxima vez se sigue. Lo que no ha cambiado no se repite, salvo con
    `everything`. `jobs` son los procesos; `scheduler`, la dirección de un Dask. Lanza GradingError si la práctica no
    está publicada.
    """
    published = sheet.read(course, assignment)
    total, started, done, marked = len(students), time.monotonic(), 0, 0
    with Ledger(course, assignment, published.fingerprint + _fingerprint(how, assignment)) as ledger:
        waiting: list[Job] = []
        for student in students:
            try:
                job = _job(course, assignment, student) if how.desk is None else _there(course, published, student)
            except GradingError as error:
                done += 1
                yield Mark(student, None, 0.0, str(error))
                continue
            # Un namespace cambia sin que cambie la entrega: lo de una clase se mira siempre.
            if not everything and how.desk is None and ledger.is_done(job):
                done += 1
                yield Mark(student, *ledger.score(student), again=True)
            else:
                waiting.append(job)
        on_progress(Progress(done, total, None))
        for job, found in _crew(jobs, scheduler)(published, how, waiting):
            done, marked = done + 1, marked + 1
            if found.reason:
                yield Mark(job.student, None, 0.0, found.reason, found.seconds)
            else:
                yield Mark(job.student, *ledger.write(job, found), seconds=found.seconds)
            each = (time.monotonic() - started) / marked
            on_progress(Progress(done, total, each * (total - done)))


def submitted(course: CourseDirectory, assignment: str) -> list[str]:
    """Quiénes han entregado, por orden."""
    root = Path(course.root) / course.submitted_directory
    return sorted(path.parent.name for path in root.glob(f"*/{assignment}") if path.is_dir())


def _crew(jobs: int, scheduler: str) -> Callable[..., Iterator[tuple[Job, Marked]]]:
    if scheduler:
        return functools.partial(crew.elsewhere, address=scheduler)
    return crew.alone if jobs <= 1 else functools.partial(crew.together, number=jobs)


def _job(course: CourseDirectory, assignment: str, student: str) -> Job:
    """Los archivos de una entrega, tal como están en `submitted/`. Lanza GradingError si no se pueden corregir."""
    folder = Path(course.format_path(course.submitted_directory, intake.check_student(student), assignment))
    if not folder.is_dir():
        raise GradingError(f"No hay entrega de «{student}» para «{assignment}».", f"Debería estar en «{folder}».")
    files = intake.files(folder)
    collect.moment(files)  # mejor saberlo antes de corregir
    return Job(student, files)


def _there(course: CourseDirectory, published: sheet.Sheet, student: str) -> Job:
    """Lo mismo para quien trabaja en el clúster de la clase: si no entregó cuaderno, vale el publicado."""
    from grading.classroom.jobs import notebooks

    folder = Path(course.format_path(course.submitted_directory, intake.check_student(student), published.assignment))
    files = intake.files(folder) if folder.is_dir() else {}
    collect.moment(files)
    return Job(student, notebooks(published, files))


def _fingerprint(how: How, assignment: str) -> str:
    """La huella de un laboratorio: si cambian sus comprobaciones, hay que volver a corregir."""
    found = hashlib.sha256()
    for folder in (how.shelf / assignment, *([how.private / assignment] if how.private else [])):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".ipynb":
                name = path.relative_to(folder).as_posix()
                found.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
