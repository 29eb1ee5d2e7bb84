"""Lo que promete la ejecución de una entrega: la nota la pone el clúster, y nada de lo que haga el kernel la mueve."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell
from nbgrader.coursedir import CourseDirectory

from lab_tools.errors import GradingError, InfrastructureError
from tests.grading import fake
from tests.grading.conftest import ASSIGNMENT, Grade

SOON = 4  # segundos de una celda: los justos para que una máquina cargada ejecute las honradas


def _cell(notebook, name):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_the_cluster_gives_the_mark_and_the_cell_only_shows_it(grade: Grade, graded) -> None:
    mark = grade(fake.notebook(fake.SOLVED))
    assert (mark.score, mark.max_score) == (2.5, 4.0)
    out = _cell(graded(), "nota-2").outputs
    assert [output.output_type for output in out] == ["stream", "execute_result"]
    assert out[0].name == "stdout" and "Criterio reservado" in out[0].text and "tres" not in out[0].text
    assert out[1].data == {"text/plain": "1.5"}


def test_a_cluster_is_looked_at_when_its_cell_is_reached(grade: Grade) -> None:
    late = {"tarea-2": "(cluster / 'uno').touch()"}
    assert grade(fake.notebook(late)).score == 0


def test_an_untouched_notebook_earns_nothing(grade: Grade) -> None:
    assert grade(fake.notebook()).score == 0


def test_a_cell_that_raises_costs_only_what_it_did_not_do(grade: Grade) -> None:
    assert grade(fake.notebook(fake.SOLVED | {"tarea-1": "1 / 0"})).score == 1.5


def test_a_loop_that_listens_is_interrupted_and_the_rest_is_marked(
    course: CourseDirectory, grade: Grade, graded
) -> None:
    course.config.TrustedExecute.timeout = SOON
    assert grade(fake.notebook(fake.SOLVED | {"tarea-1": "while True: pass"})).score == 1.5
    assert "no terminó a tiempo" in str(_cell(graded(), "tarea-1").outputs)


def test_a_loop_that_ignores_interrupts_loses_its_kernel_and_keeps_its_points(course, grade: Grade, graded) -> None:
    course.config.TrustedExecute.timeout = SOON
    deaf = "import signal\n(cluster / 'uno').touch()\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    assert grade(fake.notebook({"tarea-1": deaf, "tarea-2": fake.SOLVED["tarea-2"]})).score == 2.5
    assert "ni hizo caso de la interrupción" in str(_cell(graded(), "tarea-1").outputs)


def test_a_kernel_that_dies_keeps_the_points_earned_elsewhere(grade: Grade, graded) -> None:
    dies = "(cluster / 'uno').touch()\nos._exit(1)"
    assert grade(fake.notebook({"tarea-1": dies, "tarea-2": fake.SOLVED["tarea-2"]})).score == 2.5
    assert "Python murió" in str(_cell(graded(), "tarea-1").outputs)


def test_a_notebook_that_keeps_killing_kernels_comes_to_an_end(course: CourseDirectory, grade: Grade, graded) -> None:
    course.config.TrustedExecute.session_limit = 1
    assert grade(fake.notebook({"tarea-1": "import os; os._exit(1)", "tarea-2": "1 + 1"})).score == 0
    assert "demasiadas sesiones" in str(_cell(graded(), "tarea-2").outputs)


def test_the_notebook_has_a_time_of_its_own(course: CourseDirectory, grade: Grade, graded) -> None:
    course.config.TrustedExecute.notebook_timeout = 1
    assert grade(fake.notebook(fake.SOLVED | {"tarea-1": "while True: pass"})).score == 0
    assert "agotó su tiempo" in str(_cell(graded(), "tarea-2").outputs)


def test_endless_output_is_cut(course: CourseDirectory, grade: Grade, graded) -> None:
    course.config.TrustedExecute.output_limit = 5_000
    assert grade(fake.notebook(fake.SOLVED | {"tarea-1": "for _ in range(2000): print('x' * 500)"})).score == 1.5
    assert len(json.dumps(_cell(graded(), "tarea-1").outputs)) < 20_000


def test_a_mark_of_its_own_is_only_text(grade: Grade) -> None:
    forged = "print('4.0')\nfrom IPython.display import display\ndisplay(4.0)\n4.0"
    assert grade(fake.notebook({"tarea-1": forged, "tarea-2": "class check: pass\nlab = check()\n3.0"})).score == 0


def test_a_graded_cell_is_ours_whatever_the_student_wrote_in_it(grade: Grade, graded) -> None:
    notebook = fake.notebook(fake.SOLVED)
    _cell(notebook, "nota-1").source = "import sys; sys.stderr.write('aviso'); 99.0"
    assert grade(notebook).score == 2.5
    assert _cell(graded(), "nota-1").source == "lab.check('nota-1')"
    assert not [output for output in _cell(graded(), "nota-1").outputs if output.get("name") == "stderr"]


def test_deleted_cells_come_back_and_are_marked(grade: Grade, graded) -> None:
    notebook = fake.notebook(fake.SOLVED)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in ("tarea-2", "nota-1", "nota-2")
    ]
    assert grade(notebook).score == 1.0
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in graded().cells]
    assert names == [None, "preparar", "tarea-1", "nota-1", "tarea-2", "nota-2"]


def test_the_students_metadata_count_for_nothing(grade: Grade) -> None:
    notebook = fake.notebook()
    _cell(notebook, "nota-1").metadata.nbgrader.update(
        {"grade": False, "solution": True, "points": 400, "schema_version": 1}
    )
    _cell(notebook, "nota-2").metadata = {"nbgrader": [1, 2], "tags": ["raises-exception"]}
    notebook.cells.append(new_code_cell("100.0", metadata=fake.meta("invento", grade=True, points=100)))
    notebook.metadata.kernelspec = {"name": "otro", "display_name": "Otro", "language": "R"}
    mark = grade(notebook)
    assert (mark.score, mark.max_score) == (0, 4.0)


def test_a_failure_of_the_cluster_is_told_and_never_marked(course: CourseDirectory, grade: Grade) -> None:
    course.config.TrustedExecute.open_stage = fake.open_broken_stage
    with pytest.raises(InfrastructureError, match="no contesta"):
        grade(fake.notebook(fake.SOLVED))
    assert not (Path(course.root) / "autograded" / "ana" / ASSIGNMENT).exists()


def test_a_graded_cell_without_a_check_is_the_teachers_problem(course: CourseDirectory, grade: Grade) -> None:
    course.config.TrustedExecute.open_stage = lambda submission: fake.FakeStage(submission, cells=frozenset({"nota-1"}))
    with pytest.raises(GradingError, match="nota-2"):
        grade(fake.notebook(fake.SOLVED))


def test_the_kernel_sees_nothing_of_the_graders_environment(grade: Grade, graded, monkeypatch) -> None:
    monkeypatch.setenv("SECRETO_DEL_PROFESOR", "x")
    grade(fake.notebook({"tarea-1": "print(sorted(os.environ), os.getcwd())"}))
    told = _cell(graded(), "tarea-1").outputs[0].text
    assert "SECRETO_DEL_PROFESOR" not in told and "autograded" not in told
