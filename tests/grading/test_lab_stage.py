"""El escenario de verdad, sin kernel: un laboratorio, su clúster y lo que el estudiante encuentra en su taller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.demo import tour
from grading.lab_stage import LabStage
from grading.stage import Submission
from lab_tools.client import Client
from lab_tools.drivers.http import from_kubeconfig


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[LabStage]:
    submission = Submission(tour.ASSIGNMENT, "ana", "lab", tmp_path)
    with LabStage(submission, tour.LAB.parent) as opened:
        opened.start()
        yield opened


def test_doing_nothing_earns_nothing_in_any_cell(stage: LabStage) -> None:
    assert stage.cells and all(stage.mark(cell).score(1.0) == 0 for cell in sorted(stage.cells))


def test_the_lab_is_prepared_before_the_notebook_starts(stage: LabStage) -> None:
    student = Client(from_kubeconfig(stage.environment["KUBECONFIG"]), stage.lab.namespace)
    assert {"api", "catalogo"} <= {found["metadata"]["name"] for found in student.list("deployments")}


def test_what_is_done_as_a_student_is_what_is_marked(stage: LabStage) -> None:
    student = Client(from_kubeconfig(stage.environment["KUBECONFIG"]), stage.lab.namespace)
    answer = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "informe"},
        "data": {"causa": "ErrImagePull"},
    }
    student.create(answer)
    found = [result.found for result in stage.mark("L06-4-fallar").results]
    assert any("ErrImagePull" in told for told in found)


def test_reserved_checks_and_solutions_are_not_where_the_notebook_works(stage: LabStage) -> None:
    given = {path.name for path in Path(stage.environment["ORQUESTA_LABS"]).rglob("*")}
    assert "lab.yaml" in given and not given & {"hidden", "solutions", "lab.ipynb"}


def test_the_picture_shows_the_nodes_and_what_runs_in_them(stage: LabStage) -> None:
    picture = stage.picture()
    assert picture.startswith("<svg") and all(name in picture for name in ("node-1", "node-3", "catalogo"))


def test_everything_is_gone_afterwards(tmp_path: Path) -> None:
    with LabStage(Submission(tour.ASSIGNMENT, "ana", "lab", tmp_path), tour.LAB.parent) as opened:
        opened.start()
        root = opened.folder.parent
        assert root.exists()
    assert not root.exists()
