"""La solución con kubectl, sobre un clúster servido por TLS: vale todo, y el `Lab` encuentra el clúster solo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_tools import Cluster, Lab, labs
from lab_tools.drivers.base import DEFAULT_NAME, Request
from lab_tools.drivers.embedded import EmbeddedDriver
from lab_tools.labs import shelf
from lab_tools.labs.play import play_on

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("served-labs")]

KUBECTL = [
    pytest.param(info.slug, solution.name, solution.mark, id=f"{info.slug}-{solution.name}")
    for info in labs.catalogue()
    for solution in labs.load(info.folder).solutions
    if solution.driver == "kubectl"
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Una casa propia; al acabar no queda ningún clúster vivo."""
    for name in ("KUBECONFIG", "ORQUESTA_CLUSTER", "ORQUESTA_VARIANT", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    yield tmp_path
    driver = EmbeddedDriver()
    for status in driver.list():
        driver.delete(status.name)


@pytest.mark.parametrize(("slug", "solution", "mark"), KUBECTL)
def test_the_kubectl_solution_earns_what_it_states(home: Path, slug: str, solution: str, mark: float) -> None:
    driver = EmbeddedDriver()
    driver.create(Request("prueba", speed=10))
    student, checker = (driver.connect("prueba", role) for role in ("student", "owner"))
    game = play_on(shelf.folder(slug), solution, student, checker)
    assert game.mark == mark, "\n".join(game.missing())


def test_the_alternative_earns_the_same_when_time_runs_by_itself(home: Path) -> None:
    driver = EmbeddedDriver()
    driver.create(Request("prueba", speed=10))
    student, checker = (driver.connect("prueba", role) for role in ("student", "owner"))
    game = play_on(shelf.folder("L06"), "alternative", student, checker)
    assert game.missing() == []


def test_a_lab_without_a_cluster_makes_one_and_then_finds_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab("06-deployments")
    assert (lab.cluster.name, lab.cluster.kubeconfig is not None) == (DEFAULT_NAME, True)
    assert EmbeddedDriver().status(DEFAULT_NAME).speed == lab.definition.speed
    assert Cluster.find().name == DEFAULT_NAME
    lab.start()

    assert "api" in lab.kubectl("get", "deployments", "-o", "name")
    assert "NotFound" in lab.kubectl("get", "deployment", "nadie")
    assert 'unknown command "aply"' in lab.kubectl("aply", "-f", "x.yaml"), "lo mismo que en una terminal"
    for elsewhere in ("get pods -n otro", "-n otro get pods"):
        lab.kubectl(elsewhere)
    told = capsys.readouterr()
    assert told.out.count("No resources found in otro namespace") == 2
    assert "deployment.apps/api" in told.out and "NotFound" in told.out
    assert told.err == ""

    # Quien corrige da el clúster con dos variables, y no se busca más.
    monkeypatch.setenv("ORQUESTA_CLUSTER", "entrega")
    monkeypatch.setenv("KUBECONFIG", str(lab.cluster.kubeconfig))
    assert Cluster.find().name == "entrega"
    assert "nodos" in repr(Cluster.find())
