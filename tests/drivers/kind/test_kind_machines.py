"""Los nodos de kind como máquinas: lo que se cuenta de ellos, y lo que se dice donde no se llega."""

from __future__ import annotations

import pytest

from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.drivers.kind import registry
from lab_tools.drivers.kind.driver import KindDriver
from lab_tools.drivers.kind.machines import KindMachines, measured
from lab_tools.drivers.machines import of
from lab_tools.errors import ClusterError
from lab_tools.faults import inject

from .conftest import Machine
from .test_kind_driver import create


def stats(version: int) -> dict[str, object]:
    cache = {"total_inactive_file": 300} if version == 1 else {"inactive_file": 300}
    return {
        "cpu_stats": {"cpu_usage": {"total_usage": 3_000}, "system_cpu_usage": 20_000, "online_cpus": 4},
        "precpu_stats": {"cpu_usage": {"total_usage": 1_000}, "system_cpu_usage": 10_000},
        "memory_stats": {"usage": 1_000, "limit": 5_000, "stats": cache},
    }


@pytest.mark.parametrize("cgroups", [1, 2])
def test_a_node_is_measured_as_docker_stats_does(cgroups: int) -> None:
    found = measured("n", stats(cgroups))
    assert (found.cpu, found.memory, found.limit) == (0.8, 700, 5_000)


def test_a_node_that_has_just_started_has_spent_nothing_yet() -> None:
    first = {"cpu_stats": {"cpu_usage": {"total_usage": 5}}, "precpu_stats": {}, "memory_stats": {}}
    assert (measured("n", first).cpu, measured("n", first).memory) == (0.0, 0)


def test_a_cluster_of_kind_is_reached_with_its_machines_and_an_embedded_one_is_not(machine: Machine) -> None:
    create()
    assert isinstance(of(KindDriver().connect("aula")), KindMachines)
    embedded = Client(in_process(nodes=1))
    assert of(embedded.connection) is None
    with pytest.raises(ClusterError, match="no puede con «node-frozen»") as told:
        inject(embedded, {"kind": "node-frozen", "node": "node-1"})
    assert "node-off" in told.value.cure


def test_with_another_engine_the_faults_are_not_done(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIND_EXPERIMENTAL_PROVIDER", "podman")
    monkeypatch.setattr("lab_tools.engine.open_", _nobody)
    with pytest.raises(ClusterError, match="corren en podman"):
        KindMachines("aula").active()


def test_a_cluster_with_a_registry_that_cannot_be_joined_is_created_and_says_so(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/hay/motor.sock")
    mirrors = (registry.Registry("localhost:5001", "running", "registry:2").mirror,)
    assert any("no se ha unido" in line for line in create(mirrors=mirrors))
    hosts = machine.path / "orquesta" / "kind" / "aula" / "certs.d" / "localhost:5001" / "hosts.toml"
    assert '[host."http://orquesta-registro:5000"]' in hosts.read_text(encoding="utf-8")


class _nobody:
    def __init__(self, *_args: object, **_options: object) -> None: ...

    def __enter__(self) -> object:
        return object()

    def __exit__(self, *_args: object) -> None: ...
