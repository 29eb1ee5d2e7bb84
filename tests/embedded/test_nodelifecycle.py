"""Un nodo que calla: cuándo se da por perdido, quién se queda en él y cuánto."""

from __future__ import annotations

import pytest

from lab_tools.embedded.controllers.nodelifecycle import NodeLifecycleController
from lab_tools.objects import kinds

UNREACHABLE = "node.kubernetes.io/unreachable"


def tolerating(seconds):
    """Cuánto aguanta un Pod en un nodo perdido; `None`, para siempre."""
    limit = {} if seconds is None else {"tolerationSeconds": seconds}
    return [{"key": key, "operator": "Exists", "effect": "NoExecute", **limit}
            for key in (UNREACHABLE, "node.kubernetes.io/not-ready")]  # fmt: skip


def effects(world, node, key=UNREACHABLE):
    taints = world.get("node", node)["spec"].get("taints") or []
    return sorted(one["effect"] for one in taints if one["key"] == key)


def leaving(world, name):
    return bool(world.get("pod", name)["metadata"].get("deletionTimestamp"))


def silence(world, *nodes):
    for node in nodes:
        world.cluster.kubelet.disconnect(node)


def test_a_silent_node_is_lost_fifty_seconds_after_its_last_beat(world):
    silence(world, "node-1")
    took = world.until(lambda: world.condition("node", "node-1", "Ready")["status"] == "Unknown", timeout=60)
    assert 40 <= took <= 51
    assert effects(world, "node-1") == ["NoExecute", "NoSchedule"]


@pytest.mark.parametrize(("seconds", "stays"), [(30, 30), (0, 0), (None, None)])
def test_each_pod_stays_as_long_as_it_tolerates(world, seconds, stays):
    world.busybox("p", "sleep", "3600", nodeSelector={"kubernetes.io/hostname": "node-1"},
                  tolerations=tolerating(seconds))  # fmt: skip
    world.until_ready("p")
    silence(world, "node-1")
    world.until(lambda: bool(effects(world, "node-1")), timeout=60)
    if stays is None:
        world.clock.advance(1000)
        assert not leaving(world, "p")
    else:
        took = world.until(lambda: leaving(world, "p"), timeout=stays + 5)
        assert stays - 1 <= took <= stays + 2


def test_when_no_node_answers_nobody_is_evicted_until_one_does(world):
    world.busybox("p", "sleep", "3600", nodeSelector={"kubernetes.io/hostname": "node-1"}, tolerations=tolerating(30))
    world.until_ready("p")
    silence(world, "node-1", "node-2", "node-3")
    world.clock.advance(600)
    assert not leaving(world, "p")
    assert [effects(world, node) for node in ("node-1", "node-2", "node-3")] == [["NoSchedule"]] * 3
    world.cluster.kubelet.reconnect("node-2")
    world.until(lambda: effects(world, "node-1") == ["NoExecute", "NoSchedule"], timeout=30)
    took = world.until(lambda: leaving(world, "p"), timeout=60)
    assert 28 <= took <= 33, "los plazos cuentan desde que se vuelve a saber de alguno"


def test_a_node_that_speaks_again_loses_its_taints(world):
    silence(world, "node-1")
    world.clock.advance(70)
    world.cluster.kubelet.reconnect("node-1")
    world.clock.advance(15)
    assert effects(world, "node-1") == [] and world.condition("node", "node-1", "Ready")["status"] == "True"


def test_while_nobody_answers_each_node_is_looked_at_without_going_through_the_others(world, monkeypatch):
    silence(world, "node-1", "node-2", "node-3")
    world.clock.advance(100)
    controller = next(one for one in world.cluster.components if isinstance(one, NodeLifecycleController))
    asked = []
    whole = controller._nodes.all
    monkeypatch.setattr(controller._nodes, "all", lambda: asked.append(world.clock.now) or whole())
    world.clock.advance(600)
    assert asked == []
    world.cluster.kubelet.reconnect("node-2")
    world.clock.advance(30)
    assert len(asked) == 1, "todos, y una vez, cuando vuelve alguno"


def test_the_last_node_that_answers_may_be_the_one_that_goes(world):
    silence(world, "node-1", "node-2")
    world.clock.advance(70)
    assert effects(world, "node-1") == ["NoExecute", "NoSchedule"]
    world.cluster.kubelet.retire("node-3")
    world.api.delete(kinds.NODE, None, "node-3")
    world.clock.advance(30)
    assert [effects(world, node) for node in ("node-1", "node-2")] == [["NoSchedule"]] * 2


def test_a_taint_put_by_hand_evicts_each_pod_when_its_patience_ends(world):
    """`kubectl taint` no escribe cuándo lo puso: cuenta desde que se ve, y a quien llega después, desde que llega."""
    patient = {"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10}
    world.pod("tolera", nodeName="node-1", tolerations=[patient])
    world.pod("no-tolera", nodeName="node-1")
    for name in ("tolera", "no-tolera"):
        world.until_ready(name)
    world.patch("node", "node-1", {"spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}})
    world.clock.advance(7)
    assert (world.get("pod", "tolera") is None, world.get("pod", "no-tolera") is None) == (False, True)
    world.pod("tarde", nodeName="node-1", tolerations=[patient])
    world.clock.advance(5)
    assert (world.get("pod", "tolera") is None, world.get("pod", "tarde") is None) == (True, False)
    world.until(lambda: world.get("pod", "tarde") is None, timeout=10)


def test_who_is_evicted_by_a_taint_is_told_so_in_its_conditions(world):
    world.busybox("p", "sh", "-c", "trap '' TERM; sleep 1000", nodeName="node-1")
    world.until_ready("p")
    world.patch("node", "node-1", {"spec": {"taints": [{"key": "obras", "effect": "NoExecute"}]}})
    world.clock.advance(2)
    told = world.condition("pod", "p", "DisruptionTarget")
    assert (told["status"], told["reason"]) == ("True", "DeletionByTaintManager")
    assert told["message"] == "Taint manager: deleting due to NoExecute taint"
    assert world.get("pod", "p")["metadata"]["deletionTimestamp"]


def test_a_node_declared_out_of_service_lets_go_of_its_pods_only_if_it_does_not_answer(world):
    for node in ("node-1", "node-2"):
        world.busybox(f"en-{node}", "sh", "-c", "trap '' TERM; sleep 1000", nodeName=node)
        world.until_ready(f"en-{node}")
    world.cluster.kubelet.disconnect("node-1")
    world.clock.advance(60)
    out = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
    for node in ("node-1", "node-2"):
        world.patch("node", node, {"spec": {"taints": [*(world.get("node", node)["spec"].get("taints") or ()), out]}})
    world.until(lambda: world.get("pod", "en-node-1") is None, timeout=5)
    assert world.get("pod", "en-node-2")["metadata"]["deletionTimestamp"]
