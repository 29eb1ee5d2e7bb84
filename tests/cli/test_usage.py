"""Lo que gastan los nodos, desde la terminal: de las métricas, de las máquinas o, si nadie mide, cómo tenerlo."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools import addons, drivers
from lab_tools.cli.root import run
from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.drivers.machines import Usage
from lab_tools.errors import ClusterError


class Engine:
    def usage(self) -> list[Usage]:
        return [Usage("node-2", 1.0, 2**30, 2**40)]


class Silent:
    def usage(self) -> list[Usage]:
        raise ClusterError("El motor de contenedores no contesta.", "Arráncalo.")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """El clúster que la orden encuentra, se llame como se llame."""
    found = Client(in_process(nodes=2))

    class Anywhere:
        def connect(self, *_: object) -> Any:
            return found.connection

    monkeypatch.setattr(drivers, "named", lambda *_: Anywhere())
    return found


def test_the_metrics_of_any_cluster_are_told(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    addons.install(client, "metrics-server")
    client.wait(60)
    assert run(["cluster", "usage", "curso", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["node"], one["cores"], one["limit"]) for one in found] == [("node-1", 4, 2**33), ("node-2", 4, 2**33)]
    assert all(0 < one["cpu"] < 1 and 0 < one["memory"] < 2**30 for one in found)


def test_without_metrics_the_machines_are_measured(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.connection, "machines", Engine(), raising=False)
    assert run(["cluster", "usage", "curso"]) == 0
    said = [line.split("   ") for line in capsys.readouterr().out.splitlines()]
    assert [cell.strip() for cell in said[2] if cell.strip()] == ["node-2", "1 núcleo", "25 %", "1 GiB", "12 %"]
    assert said[1][0] == "node-1" and "-" in said[1][-1]


def test_an_engine_that_is_silent_is_told(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.connection, "machines", Silent(), raising=False)
    assert run(["cluster", "usage", "curso"]) == 1
    assert "no contesta" in capsys.readouterr().err


def test_if_nobody_measures_it_says_how_to(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cluster", "usage", "curso"]) == 1
    assert "orquesta addon install metrics-server --cluster curso" in capsys.readouterr().err
