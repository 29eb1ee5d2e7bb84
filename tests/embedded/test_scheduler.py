"""El planificador: dónde cabe un Pod, dónde está mejor, y con qué palabras dice que no."""

from __future__ import annotations

from collections import Counter

import pytest

from lab_tools.embedded.scheduler.nodes import requests
from lab_tools.objects.placement import tolerated

HELP = "no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."


def asking(**amounts):
    return [{"name": "c", "image": "nginx:1.27", "resources": {"requests": amounts}}]


def why(world, name="p"):
    world.until(lambda: world.condition("pod", name, "PodScheduled"))
    return world.condition("pod", name, "PodScheduled").get("message", "")


def cordon(world, name, value=True):
    world.patch("node", name, {"spec": {"unschedulable": value}})


def test_a_pod_is_bound_within_a_blink_and_it_is_told(world):
    world.pod("p")
    took = world.until(lambda: world.get("pod", "p")["spec"].get("nodeName"))
    assert took < 0.1
    node = world.get("pod", "p")["spec"]["nodeName"]
    assert world.events("p", "Scheduled") == [("Normal", "Scheduled", f"Successfully assigned default/p to {node}")]
    [event] = [one for one in world.all("events") if one["reason"] == "Scheduled"]
    assert (event["source"], event["reportingComponent"]) == ({}, "default-scheduler")


def test_replicas_are_spread_over_the_nodes(world):
    world.deployment(replicas=6)
    world.until_available(replicas=6)
    assert Counter(pod["spec"]["nodeName"] for pod in world.all("pods")) == {"node-1": 2, "node-2": 2, "node-3": 2}


def test_what_does_not_fit_stays_pending_and_says_all_that_is_missing(world):
    world.pod("p", containers=asking(cpu="500", memory="900Gi"))
    assert why(world) == f"0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory. {HELP}"
    assert world.events("p")[0] == ("Warning", "FailedScheduling", why(world))
    assert world.condition("pod", "p", "PodScheduled")["reason"] == "Unschedulable"


def test_what_others_hold_is_told_apart_from_what_never_fits(world):
    for number in range(3):
        world.pod(f"full{number}", containers=asking(cpu="3"))
    world.clock.advance(5)
    world.pod("p", containers=asking(cpu="2"))
    assert why(world).endswith("0/3 nodes are available: 3 No preemption victims found for incoming pod.")


@pytest.mark.parametrize(("spec", "reason"), [
    ({"nodeSelector": {"disk": "ssd"}}, "3 node(s) didn't match Pod's node affinity/selector"),
    ({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "none"}}}]}}},
     "3 node(s) didn't match pod affinity rules"),
    ({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                                     "labelSelector": {"matchLabels": {"app": "s"}}}]},
     "3 node(s) didn't match pod topology spread constraints (missing required label)"),
])  # fmt: skip
def test_reasons_are_worded_as_the_real_scheduler_does(world, spec, reason):
    world.pod("p", **spec)
    assert why(world) == f"0/3 nodes are available: {reason}. {HELP}"


def test_cordoned_and_tainted_nodes_are_told_apart(world):
    cordon(world, "node-1")
    for name in ("node-2", "node-3"):
        world.patch("node", name, {"spec": {"taints": [{"key": "team", "value": "blue", "effect": "NoSchedule"}]}})
    world.pod("p")
    assert why(world) == (
        "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) had untolerated taint(s). " + HELP
    )


def test_a_pending_pod_is_placed_when_room_appears(world):
    for name in ("node-1", "node-2", "node-3"):
        cordon(world, name)
    world.pod("p")
    why(world)
    cordon(world, "node-2", False)
    world.until_ready("p")
    assert world.get("pod", "p")["spec"]["nodeName"] == "node-2"


def test_a_node_that_is_full_of_pods_takes_no_more(world):
    for name in ("node-1", "node-2"):
        cordon(world, name)
    world.deployment(replicas=111)
    world.until(lambda: world.get("deployment", "web")["status"].get("availableReplicas") == 110, timeout=60)
    world.clock.advance(5)
    [pending] = [pod for pod in world.all("pods") if pod["status"]["phase"] == "Pending"]
    assert "1 Too many pods, 2 node(s) were unschedulable" in why(world, pending["metadata"]["name"])


def test_anti_affinity_puts_one_pod_on_each_node(world):
    rule = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}
    world.deployment(replicas=4, template={"affinity": {"podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [rule]}}})  # fmt: skip
    world.clock.advance(10)
    nodes = [pod["spec"].get("nodeName") for pod in world.all("pods")]
    assert sorted(node for node in nodes if node) == ["node-1", "node-2", "node-3"]


def test_a_preferred_node_wins(world):
    world.patch("node", "node-3", {"metadata": {"labels": {"disk": "ssd"}}})
    wish = {"weight": 100, "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}}
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}}
    world.pod("p", affinity=affinity)
    world.until_ready("p")
    assert world.get("pod", "p")["spec"]["nodeName"] == "node-3"


def test_requests_count_init_containers_by_their_peak_and_sidecars_always():
    def one(cpu, **more):
        return {"resources": {"requests": {"cpu": cpu}}, **more}

    spec = {"containers": [one("100m"), one("200m")],
            "initContainers": [one("50m", restartPolicy="Always"), one("400m")]}  # fmt: skip
    assert requests({"spec": spec}) == {"cpu": 450}


@pytest.mark.parametrize(("toleration", "accepts"), [
    ({"operator": "Exists"}, True), ({"key": "team", "operator": "Exists"}, True),
    ({"key": "team", "value": "blue"}, True),
    ({"key": "team", "value": "red"}, False), ({"key": "team", "operator": "Exists", "effect": "NoExecute"}, False),
    ({"value": "blue"}, False),
])  # fmt: skip
def test_tolerations(toleration, accepts):
    assert tolerated({"key": "team", "value": "blue", "effect": "NoSchedule"}, [toleration]) is accepts


def test_what_a_pod_asks_for_itself_is_what_is_reserved(world):
    for number in range(4):
        world.pod(f"p{number}", resources={"requests": {"cpu": "3"}})
    world.clock.advance(5)
    placed = [one for one in world.all("pods") if one["spec"].get("nodeName")]
    assert len(placed) == 3, "uno por nodo de cuatro núcleos"
    assert {one["status"]["qosClass"] for one in placed} == {"Burstable"}
