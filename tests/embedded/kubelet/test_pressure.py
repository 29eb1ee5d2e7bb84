"""Un nodo que se queda sin memoria o sin disco lo dice, no admite más y echa a quien más se pasa."""

from __future__ import annotations

import pytest

GIB = 2**30


def hungry(world, name, size, **spec):
    """Un Pod que gasta `size` de memoria en el nodo 1."""
    asked = {"resources": {"requests": {"memory": spec.pop("memory")}}} if "memory" in spec else {}
    container = {"name": "c", "image": "polinux/stress", "args": ["--vm-bytes", size], **asked}
    world.pod(name, containers=[container], nodeName="node-1", **spec)


def phase(world, name):
    return world.get("pod", name)["status"]["phase"]


def reason(world, name):
    return world.get("pod", name)["status"].get("reason")


def pressure(world, kind="MemoryPressure"):
    return world.condition("node", "node-1", kind)["status"]


def test_who_uses_more_than_it_asked_goes_first(world):
    hungry(world, "formal", "3500M", memory="4Gi")
    hungry(world, "goloso", "4300M", memory="100Mi")
    world.until(lambda: reason(world, "goloso") == "Evicted", 30)
    world.clock.advance(60)
    assert phase(world, "formal") == "Running"


def test_among_those_the_least_important_goes_first(world):
    for name, value in (("alta", 1000), ("baja", 10)):
        world.api.create(_priority(), {"metadata": {"name": name}, "value": value})
    hungry(world, "importante", "5000M", priorityClassName="alta")
    hungry(world, "prescindible", "2800M", priorityClassName="baja")
    world.until(lambda: reason(world, "prescindible") == "Evicted", 30)
    assert phase(world, "importante") == "Running"


def test_the_node_says_it_keeps_others_away_and_recovers_five_minutes_later(world):
    hungry(world, "goloso", "7800M")
    world.until(lambda: pressure(world) == "True", 30)
    world.clock.advance(1)
    node = world.get("node", "node-1")
    assert [one["key"] for one in node["spec"]["taints"]] == ["node.kubernetes.io/memory-pressure"]
    told = world.events("node-1")
    assert ("Normal", "NodeHasInsufficientMemory", "Node node-1 status is now: NodeHasInsufficientMemory") in told
    assert ("Warning", "EvictionThresholdMet", "Attempting to reclaim memory") in told
    world.clock.advance(280)
    assert pressure(world) == "True"
    world.until(lambda: pressure(world) == "False", 40)
    world.clock.advance(1)
    assert "taints" not in world.get("node", "node-1")["spec"]


def test_while_it_lasts_a_pod_that_asks_for_nothing_is_turned_away(world):
    hungry(world, "goloso", "7800M")
    world.until(lambda: pressure(world) == "True", 30)
    world.pod("nuevo", nodeName="node-1")
    asked = {"resources": {"requests": {"memory": "16Mi"}}}
    world.pod("pide", nodeName="node-1", containers=[{"name": "c", "image": "nginx:1.27", **asked}])
    world.until_ready("pide")
    status = world.get("pod", "nuevo")["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "Evicted")
    assert status["message"] == "Pod was rejected: The node had condition: [MemoryPressure]. "


def test_a_full_disk_is_told_too(world):
    world.busybox("escribe", "sh", "-c", "echo hola; sleep 3600", nodeName="node-1")
    world.until_ready("escribe")
    world.cluster.kubelet.press("node-1", disk=95 * GIB)
    world.until(lambda: reason(world, "escribe") == "Evicted", 30)
    assert pressure(world, "DiskPressure") == "True"
    message = world.get("pod", "escribe")["status"]["message"]
    assert message.startswith("The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: ")
    assert "Container c was using 1Ki, request is 0, has larger consumption of ephemeral-storage. " in message


def test_a_critical_pod_is_never_the_one(world):
    hungry(world, "critico", "7800M", priorityClassName="system-node-critical")
    world.clock.advance(60)
    assert (phase(world, "critico"), pressure(world)) == ("Running", "True")


def test_what_traffic_demands_counts(world):
    world.pod("p", nodeName="node-1")
    world.until_ready("p")
    world.cluster.kubelet.demand(world.get("pod", "p")["metadata"]["uid"], "c", 8 * GIB)
    world.until(lambda: reason(world, "p") == "Evicted", 30)


def test_an_evicted_pod_of_a_deployment_is_replaced(world):
    world.deployment(replicas=1, template={"containers": [
        {"name": "c", "image": "polinux/stress", "args": ["--vm-bytes", "7800M"]}]})  # fmt: skip
    world.clock.advance(45)
    phases = sorted(one["status"]["phase"] for one in world.all("pods"))
    assert phases.count("Failed") >= 1
    assert phases[-1] in ("Pending", "Running")


@pytest.mark.parametrize(("limits", "message"), [
    ({"ephemeral-storage": "200"}, 'Pod ephemeral local storage usage exceeds the total limit of containers 200. '),
    ({}, ""),
])  # fmt: skip
def test_a_limit_on_what_is_written_is_kept(world, limits, message):
    chatter = "while true; do echo una linea que ocupa lo suyo; sleep 1; done"
    world.busybox("p", "sh", "-c", chatter, container={"resources": {"limits": limits}})
    world.clock.advance(40)
    assert world.get("pod", "p")["status"].get("message", "") == message


def test_a_container_over_its_own_limit_is_named(world):
    chatter = ["sh", "-c", "while true; do echo una linea que ocupa lo suyo; sleep 1; done"]
    limits = {"resources": {"limits": {"ephemeral-storage": "200"}}}
    world.pod("p", containers=[{"name": "a", "image": "busybox:1.36", "command": chatter, **limits},
                               {"name": "b", "image": "busybox:1.36", "command": ["sleep", "3600"]}])  # fmt: skip
    world.clock.advance(40)
    assert world.get("pod", "p")["status"]["message"] == (
        'Container a exceeded its local ephemeral storage limit "200". ')  # fmt: skip


def test_memory_that_leaks_is_counted_as_time_goes_by(world):
    from lab_tools.embedded.kubelet.usage import SYSTEM, Appetite, Usage

    usage = Usage()
    usage.enter(("u", "c"), Appetite(100, 2.0, 10.0))
    usage.demand(("u", "c"), 50)
    assert usage.total(20.0) - SYSTEM == 170
    usage.leave(("u", "c"))
    assert usage.total(20.0) == SYSTEM


def _priority():
    from lab_tools.objects import kinds

    return kinds.PRIORITYCLASS


def test_a_big_file_weighs_what_it_says_without_being_kept(world):
    world.busybox("p", "sh", "-c", "dd if=/dev/zero of=/f bs=1M count=300; truncate -s 2G /g; ls -l /f /g; sleep 3600")
    world.until_ready("p")
    world.clock.advance(5)
    lines = [line.split() for _, line in world.cluster.logs("default", "p", "c")]
    assert lines[:2] == [["300+0", "records", "in"], ["300+0", "records", "out"]]
    assert [(one[4], one[-1]) for one in lines[2:]] == [(str(300 * 2**20), "/f"), (str(2 * GIB), "/g")]
