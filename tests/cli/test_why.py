"""`orquesta why pod` cuenta en una tabla por qué un Pod está donde está."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from lab_tools.cli.root import root
from lab_tools.client import Client
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds

in_process = pytest.importorskip("lab_tools.drivers.in_process")


class Driver:
    def __init__(self, connection):
        self.connection = connection

    def connect(self, name):
        return self.connection


@pytest.fixture
def run(monkeypatch):
    """Ejecuta `orquesta why pod` sobre un clúster en proceso con un Pod que no cabe y otro que sí."""
    from lab_tools import drivers

    cluster = EmbeddedCluster(nodes=2)
    for name, cpu in (("gordo", "8"), ("flaco", "1")):
        container = {"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": cpu}}}
        cluster.api.create(kinds.POD, {"metadata": {"name": name}, "spec": {"containers": [container]}}, "default")
    cluster.clock.advance(3)
    connection = in_process.InProcessConnection(cluster)
    monkeypatch.setattr(drivers, "named", lambda *_: Driver(connection))
    monkeypatch.setattr(drivers, "in_use", lambda name: name or "x")
    return lambda *words: CliRunner().invoke(root, ["why", "pod", *words])


def test_a_pod_that_does_not_fit_is_told_why_in_each_node(run):
    lines = run("gordo").output.splitlines()
    assert lines[0] == "No cabe en ninguno de los 2 nodos: 2 por NodeResourcesFit."
    assert lines[2].split() == ["NODO", "CABE", "PUNTOS", "POR", "QUÉ"]
    assert [line.split()[:3] for line in lines[3:]] == [["node-1", "no", "-"], ["node-2", "no", "-"]]
    assert lines[4].endswith("NodeResourcesFit: De cpu pide 8 y quedan 3 de 4.") or lines[3].endswith(
        "NodeResourcesFit: De cpu pide 8 y quedan 3 de 4.")  # fmt: skip


def test_all_the_filters_and_marks_are_there_for_who_asks(run):
    output = run("flaco", "--full").output
    assert output.startswith("Está en node-")
    assert "nota" in output
    assert output.count("NodeUnschedulable") == 2


def test_a_program_reads_it_as_json(run):
    assert {one["node"] for one in json.loads(run("flaco", "--json").output)["nodes"]} == {"node-1", "node-2"}


def test_the_window_gives_the_same(run):
    assert Client.why.__doc__ is not None
    assert run("nadie").exit_code != 0
