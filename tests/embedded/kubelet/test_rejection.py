"""Un Pod que nombra su nodo se salta el planificador, pero el nodo también sabe decir que no."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("spec", "reason", "message"), [
    ({"containers": [{"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": "5"}}}]}, "OutOfcpu",
     "Node didn't have enough resource: cpu, requested: 5000, used: 100, capacity: 4000"),
    ({"containers": [{"name": "c", "image": "nginx:1.27", "resources": {"requests": {"memory": "9Gi"}}}]},
     "OutOfmemory", "Node didn't have enough resource: memory, requested: 9663676416, used: 0, capacity: 8589934592"),
    ({"nodeSelector": {"disk": "ssd"}}, "NodeAffinity",
     "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"),
    ({"containers": [{"name": "c", "image": "nginx:1.27", "ports": [{"containerPort": 80, "hostPort": 8080}]}]},
     "NodePorts", "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"),
])  # fmt: skip
def test_a_pod_that_does_not_fit_is_rejected_with_the_words_of_the_kubelet(world, spec, reason, message):
    port = [{"containerPort": 80, "hostPort": 8080}]
    world.pod("antes", nodeName="node-1", containers=[
        {"name": "c", "image": "nginx:1.27", "ports": port, "resources": {"requests": {"cpu": "100m"}}}])  # fmt: skip
    world.until_ready("antes")
    world.pod("p", nodeName="node-1", **spec)
    world.clock.advance(1)
    status = world.get("pod", "p")["status"]
    assert (status["phase"], status["reason"], status["message"]) == ("Failed", reason, f"Pod was rejected: {message}")
    assert world.events("p") == [("Warning", reason, message)]


def test_a_taint_that_only_keeps_newcomers_away_does_not_count(world):
    world.patch("node", "node-1", {"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}})
    world.pod("p", nodeName="node-1")
    world.until_ready("p")


def test_a_taint_that_evicts_does(world):
    world.patch("node", "node-1", {"spec": {"taints": [{"key": "fuera", "effect": "NoExecute"}]}})
    world.pod("p", nodeName="node-1")
    world.clock.advance(0.035)
    assert world.get("pod", "p") is None or world.get("pod", "p")["status"].get("reason") == "TaintToleration"


def test_what_the_scheduler_placed_is_not_judged_again(world):
    world.pod("p", containers=[{"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": "3"}}}])
    world.until_ready("p")
    assert not world.events("p", "OutOfcpu")
