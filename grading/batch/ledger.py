"""El único que escribe en el curso: una entrega corregida pasa entera a `autograded/` y al gradebook, o no pasa.

Al terminar deja en `autograded/ESTUDIANTE/PRÁCTICA/` la huella de lo que se corrigió. Con ella se sabe qué no hay que
repetir: ni lo que ya estaba cuando algo se interrumpió, ni lo que no ha cambiado desde la última vez.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import LateSubmissionPlugin
from traitlets.utils.importstring import import_item

from grading import collect, evidence, folders
from grading.batch.marking import Job, Marked
from lab_tools import files

FINGERPRINT = "huella.json"
_OURS = frozenset({FINGERPRINT, evidence.EVIDENCE, evidence.PICTURE})


class Ledger:
    """El gradebook de un curso, abierto una vez para toda la clase. `sheet` es la huella de lo publicado."""

    def __init__(self, course: CourseDirectory, assignment: str, sheet: str) -> None:
        self._course = course
        self._assignment = assignment
        self._sheet = sheet
        self._late = _late_plugin(course)

    def __enter__(self) -> Ledger:
        self._gradebook = Gradebook(self._course.db_url, self._course.course_id)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gradebook.close()

    def is_done(self, job: Job) -> bool:
        """Si esta misma entrega ya está corregida con esto mismo."""
        try:
            found = json.loads((self._folder(job.student) / FINGERPRINT).read_text(encoding="utf-8"))
            if found != self._fingerprint(job):
                return False
            self._gradebook.find_submission(self._assignment, job.student)
        except (OSError, ValueError, MissingEntry):
            return False
        return True

    def score(self, student: str) -> tuple[float, float]:
        """Los puntos que hay anotados, sin los que quite el retraso, y los posibles. Lanza `MissingEntry`."""
        found = self._gradebook.find_submission(self._assignment, student)
        return max(0.0, float(found.score) - float(found.late_submission_penalty or 0)), float(found.max_score)

    def write(self, job: Job, marked: Marked) -> tuple[float, float]:
        """Anota una entrega corregida y devuelve sus puntos y los posibles. Si algo falla, queda como estaba.

        Lanza GradingError si la entrega no dice bien cuándo llegó.
        """
        folder, moment = self._folder(job.student), collect.moment(job.files)
        (folder / FINGERPRINT).unlink(missing_ok=True)
        folders.replace(folder, {**_others(job), **marked.files})
        try:
            self._note(job, marked, moment)
            self._gradebook.db.commit()
        except BaseException:
            self._gradebook.db.rollback()
            raise
        files.write_atomic(folder / FINGERPRINT, json.dumps(self._fingerprint(job)) + "\n")
        return self.score(job.student)

    def _note(self, job: Job, marked: Marked, moment: datetime | None) -> None:
        book, name = self._gradebook, self._assignment
        with book.db.no_autoflush:
            book.update_or_create_student(job.student)
            options = {"timestamp": moment} if moment else {}
            submission = book.update_or_create_submission(name, job.student, **options)
        for notebook in submission.notebooks:
            grades = {grade.cell.name: grade for grade in notebook.grades}
            for one in marked.grades.get(notebook.name, ()):
                grade = grades[one.cell]
                grade.auto_score = one.score
                # Lo que alguien puso a mano se respeta, y se pide que lo vuelva a mirar: igual que nbgrader.
                grade.needs_manual_grade = grade.manual_score is not None or one.score is None
            comments = {comment.cell.name: comment for comment in notebook.comments}
            for cell, said in marked.comments.get(notebook.name, {}).items():
                comments[cell].auto_comment = said
            book.db.flush()
            notebook.late_submission_penalty = self._penalty(job.student, notebook, submission.total_seconds_late)

    def _penalty(self, student: str, notebook: Any, late: float) -> float | None:
        """Lo que quita el retraso según la política del curso: entre nada y todo lo ganado."""
        if late <= 0:
            return None
        found = self._late.late_submission_penalty(student, notebook.score, late)
        return None if found is None else min(max(float(found), 0.0), float(notebook.score))

    def _folder(self, student: str) -> Path:
        return Path(self._course.format_path(self._course.autograded_directory, student, self._assignment))

    def _fingerprint(self, job: Job) -> dict[str, str]:
        found = hashlib.sha256()
        for name, content in sorted(job.files.items()):
            found.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
        return {"sheet": self._sheet, "submission": found.hexdigest()}


def _late_plugin(course: CourseDirectory) -> Any:
    """La política de retrasos que diga la configuración del curso; la de nbgrader no quita nada."""
    chosen = course.config.AssignLatePenalties.get("plugin_class", LateSubmissionPlugin)
    return import_item(chosen)(config=course.config) if isinstance(chosen, str) else chosen(config=course.config)


def _others(job: Job) -> Mapping[str, bytes]:
    """Los archivos de la entrega que no son cuadernos ni se llaman como los nuestros."""
    return {name: content for name, content in job.files.items()
            if not name.endswith(".ipynb") and name not in _OURS}  # fmt: skip
