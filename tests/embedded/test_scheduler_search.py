"""Qué nodos mira el planificador: todos si son pocos, una parte por turnos si son muchos, uno si se nombra."""

from __future__ import annotations

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.scheduler.search import enough, named
from lab_tools.objects import kinds


@pytest.mark.parametrize(
    ("total", "wanted"), [(0, 0), (3, 3), (99, 99), (100, 100), (250, 120), (1000, 420), (5000, 500), (20000, 1000)]
)
def test_a_part_of_a_big_cluster_is_enough(total: int, wanted: int) -> None:
    assert enough(total) == wanted


@pytest.mark.parametrize(("terms", "names"), [
    ([], None),
    ([{"matchExpressions": [{"key": "a", "operator": "Exists"}]}], None),
    ([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["x"]}]}], {"x"}),
    ([{"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["x"]}]}], None),
    ([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["x", "y"]},
                       {"key": "metadata.name", "operator": "In", "values": ["y", "z"]}]},
      {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["w"]}]}], {"y", "w"}),
])  # fmt: skip
def test_a_pod_may_name_its_nodes(terms: list[object], names: set[str] | None) -> None:
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    assert named({"spec": {"affinity": {"nodeAffinity": required}}}) == names


def test_a_pod_of_a_daemon_set_that_does_not_fit_speaks_of_its_node_and_of_the_others() -> None:
    cluster = EmbeddedCluster(3)
    one = {"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": "3"}}}
    for name in ("uno", "dos"):
        labels = {"app": name}
        spec = {"selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [one]}}}  # fmt: skip
        cluster.api.create(kinds.DAEMONSET, {"metadata": {"name": name}, "spec": spec}, "default")
        cluster.clock.advance(5)
    said = {
        one["message"] for one in cluster.api.list(kinds.EVENT, "default").items if one["reason"] == "FailedScheduling"
    }
    start = "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    assert {text.partition(" no new claims")[0] for text in said} == {start}


def test_pods_of_a_big_cluster_go_round_its_nodes() -> None:
    cluster = EmbeddedCluster(150)
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}
    spec = {"replicas": 150, "selector": {"matchLabels": labels}, "template": template}
    cluster.api.create(kinds.DEPLOYMENT, {"metadata": {"name": "web"}, "spec": spec}, "default")
    cluster.clock.advance(1)
    pods = cluster.api.list(kinds.POD, "default").items
    assert len({pod["spec"]["nodeName"] for pod in pods}) > 130
