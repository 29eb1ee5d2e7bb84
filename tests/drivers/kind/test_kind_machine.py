"""Antes de crear nada se sabe si esta máquina puede con kind, y por qué no."""

from __future__ import annotations

import contextlib
import json
from types import SimpleNamespace
from typing import Any

import pytest

from lab_tools.cli import root
from lab_tools.drivers.kind import machine as judge
from lab_tools.drivers.kind.machine import Facts
from lab_tools.errors import ClusterError

from .conftest import Machine

GOOD: dict[str, Any] = {
    "ServerVersion": "29.0.0", "MemTotal": 8_000_000_000, "OSType": "linux", "CgroupVersion": "2",
    "SecurityOptions": ["name=seccomp,profile=builtin"], "CPUShares": True,
}  # fmt: skip
ROOTLESS = ["name=seccomp", "name=rootless"]
PLENTY = {"max_user_instances": 8192, "max_user_watches": 524288}


def facts(**changes: Any) -> Facts:
    engine = {**GOOD, **changes.pop("engine", {})}
    return Facts(**{"engine": engine, "kind": "0.33.0", "inotify": PLENTY, "free": 50_000_000_000, **changes})


def test_a_good_machine_has_no_obstacles() -> None:
    assert judge.kind_obstacles(facts()) == []


@pytest.mark.parametrize(
    ("changes", "told", "cure", "blocks"),
    [
        ({"engine": {"MemTotal": 1_000_000_000}}, "1000 MB de memoria", "Resources", False),
        ({"free": 1_000_000_000}, "1000 MB de disco", "prune", False),
        ({"inotify": {"max_user_instances": 128}}, "max_user_instances es 128", "sysctl fs.inotify", False),
        ({"engine": {"CgroupVersion": "1"}}, "cgroup v1", "1.34", False),
        ({"engine": {"CgroupVersion": "1"}, "wsl": True}, "cgroup v1", "wsl --update", False),
        ({"engine": {"CgroupVersion": "1", "SecurityOptions": ROOTLESS}}, "rootless", "rootless/", True),
        ({"engine": {"CPUShares": False, "SecurityOptions": ROOTLESS}}, "repartir CPU", "Delegate=yes", True),
        ({"engine": {"OSType": "windows"}}, "contenedores de Windows", "Switch to Linux", True),
        ({"engine_error": ClusterError("No contesta.", "Arráncalo.")}, "No contesta.", "Arráncalo.", True),
        ({"kind": "", "kind_error": ClusterError("No hay kind.", "Instálalo.")}, "No hay kind.", "Instálalo.", True),
    ],
)  # fmt: skip
def test_each_obstacle_is_told_with_its_cure(changes: dict[str, Any], told: str, cure: str, blocks: bool) -> None:
    [found] = judge.kind_obstacles(facts(**changes))
    assert told in found.text
    assert cure in found.cure
    assert found.blocks is blocks


def doctor(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert root.run(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["works"]
    return {"can": found["can"], **{check["name"]: check for check in found["checks"]}}


def test_doctor_says_that_kind_can(machine: Machine, capsys: pytest.CaptureFixture[str],
                                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("FAKE_INFO", json.dumps(GOOD))
    monkeypatch.setattr(judge, "_inotify", lambda: PLENTY)
    found = doctor(capsys)
    assert (found["can"]["kind"], found["can"]["docker"], found["kind"]["level"]) == (True, True, "bien")
    assert "29.0.0" in found["Docker"]["text"]


def test_doctor_without_engine_still_says_that_the_course_works(
    machine: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_ENGINE", "permission denied while trying to connect to the Docker daemon socket")
    found = doctor(capsys)
    assert found["can"]["embedded"]
    assert (found["can"]["kind"], found["can"]["docker"], found["Docker"]["level"]) == (False, False, "aviso")
    assert "usermod -aG docker" in found["kind"]["cure"]


def test_doctor_speaks_with_the_engine_as_who_builds_images_does(
    machine: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """La orden `docker` puede estar y el SDK no llegar, o al revés: son dos líneas."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/hay/motor.sock")
    found = doctor(capsys)
    assert not found["can"]["images"] and found["SDK de Docker"]["level"] == "aviso"
    assert "no contesta" in found["SDK de Docker"]["text"] and "Arráncalo" in found["SDK de Docker"]["cure"]
    answers = SimpleNamespace(version=lambda: {"Version": "29.1.0", "ApiVersion": "1.52"})
    monkeypatch.setattr("lab_tools.engine.open_", lambda timeout: contextlib.nullcontext(answers))
    found = doctor(capsys)
    assert found["can"]["images"] and "29.1.0, API 1.52" in found["SDK de Docker"]["text"]


def test_doctor_names_the_clusters_of_others_and_not_ours(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert not doctor(capsys)["can"]["kubeconfig"]
    path = machine.path / ".kube" / "config"
    path.parent.mkdir(exist_ok=True)
    path.write_text("contexts: [{name: instituto, context: {}}, {name: kind-aula, context: {}}]")
    found = doctor(capsys)
    assert found["can"]["kubeconfig"]
    assert "1: instituto" in found["Contextos de otros"]["text"]


def test_doctor_says_whether_there_are_walls_to_grade_behind(
    machine: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grading.sandbox.bubblewrap.lacking", lambda: "no está instalado")
    monkeypatch.setattr("grading.sandbox.docker.lacking", lambda: "Docker no contesta")
    found = doctor(capsys)
    assert not found["can"]["grading"]
    assert "bubblewrap" in found["Muros para corregir"]["cure"]
