"""Un curso con el laboratorio de mentira publicado, y cómo entregarle un cuaderno."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import nbgrader.converters
import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from grading import config, convert, intake
from grading.batch.run import Mark
from grading.demo import tour
from grading.release import release
from lab_tools import labs
from lab_tools.labs import submission
from lab_tools.labs.student import Lab
from tests.grading import fake

ASSIGNMENT = "90-mentira"
Grade = Callable[[nbformat.NotebookNode | str], Mark]


class Autograde(convert.Remembers, nbgrader.converters.Autograde):
    """`nbgrader autograde`, que repite el error que lo paró."""


def converted(course: CourseDirectory, assignment: str, student: str) -> Mark:
    """Corrige con los conversores de nbgrader, como hace su orden con nuestra configuración."""
    convert.run(Autograde, course, assignment, student)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        found = gradebook.find_submission(assignment, student)
        return Mark(student, float(found.score), float(found.max_score))


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """El registro de quien hace todo el laboratorio 06 con el cliente de Python."""
    lab = Lab(tour.ASSIGNMENT, in_process=True)
    lab.start()
    answers, names = submission.answers(labs.load(tour.LAB), "alternative"), {"lab": lab}
    for task in lab.definition.tasks:
        exec(answers[task.answer_id], names)
        lab.check(task.id)
    return lab.submit(tmp_path_factory.mktemp("registro")).read_bytes()


@pytest.fixture
def course(tmp_path: Path) -> CourseDirectory:
    """El laboratorio de mentira, publicado en un curso nuevo."""
    lab = fake.write_lab(tmp_path / "labs" / ASSIGNMENT)
    release(lab, tmp_path / "curso")
    opened = config.course(tmp_path / "curso", tmp_path / "labs")
    opened.config.TrustedExecute.open_stage = fake.open_fake_stage
    return opened


@pytest.fixture
def grade(course: CourseDirectory, tmp_path: Path) -> Grade:
    """Entrega un cuaderno (o un texto que debería serlo) en nombre de «ana» y lo corrige."""

    def run(submission: nbformat.NotebookNode | str) -> Mark:
        path = tmp_path / "entrega.ipynb"
        path.write_text(submission if isinstance(submission, str) else nbformat.writes(submission), encoding="utf-8")
        intake.collect(path, Path(course.root), ASSIGNMENT, "ana")
        return converted(course, ASSIGNMENT, "ana")

    return run


@pytest.fixture
def graded(course: CourseDirectory) -> Callable[[], nbformat.NotebookNode]:
    """El cuaderno de «ana» después de corregirlo."""
    path = Path(course.root) / "autograded" / "ana" / ASSIGNMENT / "lab.ipynb"
    return lambda: nbformat.read(path, as_version=4)
