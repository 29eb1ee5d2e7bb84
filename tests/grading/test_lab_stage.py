"""El escenario de verdad, sin kernel: un laboratorio, su clúster y lo que el estudiante encuentra en su taller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.demo import tour
from grading.lab_stage import LabStage
from grading.sandbox.session import Ending, Session
from grading.stage import Submission
from grading.workbench import Workbench


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    made = Workbench(tour.LAB.parent, walled=False)
    yield made
    made.close()


@pytest.fixture
def stage(bench: Workbench, tmp_path: Path) -> Iterator[LabStage]:
    (tmp_path / "apuntes.txt").write_text("lo mío", encoding="utf-8")
    with LabStage(Submission(tour.ASSIGNMENT, "ana", "lab", tmp_path), bench) as opened:
        yield opened


def _say(session: Session, source: str) -> str:
    """Lo que una celda escribe; falla si no termina o si lanza."""
    said: list[dict] = []
    assert session.run(source, 60, said.append) is Ending.DONE
    assert all(frame["output"]["output_type"] == "stream" for frame in said), said
    return "".join(frame["output"]["text"] for frame in said)


def test_doing_nothing_earns_nothing_in_any_cell(stage: LabStage) -> None:
    assert stage.cells and all(stage.mark(cell).score(1.0) == 0 for cell in sorted(stage.cells))


AS_STUDENT = "from lab_tools import Lab\nclient = Lab('06-deployments').client\n"


def test_the_lab_is_prepared_before_the_notebook_starts(stage: LabStage) -> None:
    names = _say(stage.open(), f"{AS_STUDENT}print([one['metadata']['name'] for one in client.list('deployments')])")
    assert "api" in names and "catalogo" in names


def test_what_is_done_as_a_student_is_what_is_marked(stage: LabStage) -> None:
    made = (
        "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'informe'}, 'data': {'causa': 'ErrImagePull'}}"
    )
    _say(stage.open(), f"{AS_STUDENT}client.create({made}) and None")
    found = [result.found for result in stage.mark("L06-4-fallar").results]
    assert any("ErrImagePull" in told for told in found)


def test_reserved_checks_and_solutions_are_not_where_the_notebook_works(stage: LabStage) -> None:
    look = "import os, pathlib\nprint(*(path.name for path in pathlib.Path(os.environ['ORQUESTA_LABS']).rglob('*')))"
    given = set(_say(stage.open(), look).split())
    assert "lab.yaml" in given and not given & {"hidden", "solutions", "lab.ipynb"}


def test_what_was_handed_in_is_where_the_notebook_works(stage: LabStage) -> None:
    assert _say(stage.open(), "print(open('apuntes.txt').read())") == "lo mío\n"


def test_another_session_reaches_the_same_cluster(stage: LabStage) -> None:
    made = "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'de-antes'}}"
    stage.open().run(f"{AS_STUDENT}client.create({made})\nimport os; os._exit(1)", 60, print)
    assert (
        _say(stage.open(), f"{AS_STUDENT}print(client.get('configmaps', 'de-antes')['metadata']['name'])")
        == "de-antes\n"
    )


def test_the_picture_shows_the_nodes_and_what_runs_in_them(stage: LabStage) -> None:
    picture = stage.picture()
    assert picture.startswith("<svg") and all(name in picture for name in ("node-1", "node-3", "catalogo"))


def test_everything_is_gone_afterwards(bench: Workbench, tmp_path: Path) -> None:
    with LabStage(Submission(tour.ASSIGNMENT, "ana", "lab", tmp_path), bench) as opened:
        house = Path(_say(opened.open(), "import os; print(os.environ['HOME'])").strip()).parent
        assert house.exists()
    assert not house.exists()
