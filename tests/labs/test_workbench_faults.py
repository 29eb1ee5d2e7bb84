"""Romper y reparar desde un cuaderno."""

from __future__ import annotations

import pytest

from lab_tools.errors import ClusterError
from lab_tools.labs.student import Lab
from lab_tools.labs.where import Cluster
from lab_tools.labs.workbench import Workbench


def ready(bench: Workbench, node: str) -> str:
    conditions = bench.client.get("nodes", node)["status"]["conditions"]
    return str(next(one["status"] for one in conditions if one["type"] == "Ready"))


def test_a_notebook_switches_a_node_off_and_on_again() -> None:
    bench = Workbench(Cluster.in_process(role="owner"), "default")
    assert "«node-off-1»" in bench.fault("node-off", node="node-2")
    bench.client.wait(60)
    assert ready(bench, "node-2") == "Unknown"
    assert bench.heal() == ["node-off-1"]
    bench.client.wait(20)
    assert ready(bench, "node-2") == "True"


def test_a_lab_starts_in_a_cluster_that_has_something_broken() -> None:
    cluster = Cluster.in_process(role="owner")
    bench = Workbench(cluster, "default")
    bench.fault("node-off", node="node-2")
    bench.client.wait(60)
    lab = Lab("06-deployments", client=cluster.client, variant=0)
    lab.start()
    assert lab.pods()


def test_a_student_breaks_only_what_the_api_lets_them() -> None:
    bench = Workbench(Cluster.in_process(role="student"), "default")
    assert bench.fault("cordon", node="node-1") == "Al nodo node-1 no llegan Pods nuevos"
    with pytest.raises(ClusterError, match="credencial"):
        bench.fault("node-off", node="node-1")


def test_in_a_rehearsal_a_student_breaks_anything_and_nothing_happens_here() -> None:
    bench = Workbench(Cluster.in_process(role="student"), "default")
    pod = {"containers": [{"name": "web", "image": "nginx:1.27"}]}
    with bench.rehearse() as rehearsal:
        assert "controller-stopped-1" in rehearsal.fault("controller-stopped", controller="kube-scheduler")
        rehearsal.client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": pod})
        rehearsal.client.wait(60)
        assert [(one.status, one.node) for one in rehearsal.pods()] == [("Pending", "")]
    assert bench.pods() == []
