"""El límite de memoria y de CPU de un Pod entero (`spec.resources`), que rige sobre la suma de sus contenedores."""

from __future__ import annotations

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.kubelet import oom
from lab_tools.errors import StatusError
from lab_tools.objects import kinds

LEAKY = """
images:
  - {image: pierde, tags: {"1": }, entrypoint: pierde, memory: 10Mi, leak: 1Mi, present: true, listens: [80]}
  - {image: quieta, tags: {"1": }, entrypoint: quieta, memory: 30Mi, present: true, listens: [81]}
"""


def stress(name, size, **requests):
    asked = {"resources": {"requests": requests}} if requests else {}
    return {"name": name, "image": "polinux/stress", "args": ["--vm", "1", "--vm-bytes", size], **asked}


def limited(world, *containers, memory="300Mi", **spec):
    spec.setdefault("restartPolicy", "Never")
    own = {"limits": {"memory": memory}, "requests": {"memory": spec.pop("asked", memory)}}
    world.pod("p", containers=list(containers), resources=own, nodeName="node-1", **spec)


def ends(world):
    """Contenedor -> motivo y código de su final, de los que ya acabaron."""
    found = {one["name"]: one["state"].get("terminated") or one["lastState"].get("terminated") or {}
             for one in world.get("pod", "p")["status"]["containerStatuses"]}  # fmt: skip
    return {name: (end["reason"], end["exitCode"]) for name, end in found.items() if end}


def test_two_that_fit_apart_and_not_together_leave_one_killed(world):
    limited(world, stress("grande", "200M"), stress("chico", "150M"))
    world.clock.advance(30)
    assert ends(world) == {"grande": ("OOMKilled", 137)}
    assert world.get("pod", "p")["status"]["phase"] == "Running"


def test_two_that_fit_together_live(world):
    limited(world, stress("a", "100M"), stress("b", "150M"))
    world.clock.advance(600)
    assert ends(world) == {} and world.get("pod", "p")["status"]["phase"] == "Running"


def test_without_a_limit_of_the_pod_nobody_adds_them_up(world):
    world.pod("p", containers=[stress("a", "200M"), stress("b", "150M")])
    world.clock.advance(60)
    assert ends(world) == {}


def test_a_container_alone_has_the_limit_of_its_pod_for_its_own(world):
    limited(world, stress("solo", "400M"))
    world.until_phase("p", "Failed")
    assert ends(world) == {"solo": ("OOMKilled", 137)}


def test_who_promised_more_is_spared(world):
    limited(world, stress("formal", "180M", memory="290Mi"), stress("sin-pedir", "170M"))
    world.clock.advance(30)
    assert ends(world) == {"sin-pedir": ("OOMKilled", 137)}


def test_it_comes_back_and_falls_again_by_its_policy(world):
    limited(world, stress("grande", "200M"), stress("chico", "150M"), restartPolicy="Always")
    world.until(lambda: world.restarts("p") >= 2, 120)
    assert ends(world) == {"grande": ("OOMKilled", 137)}


def test_what_leaks_fills_the_pod_when_it_was_due(world):
    world.cluster.workloads.extend(LEAKY, "propia.yaml")
    world.pod("p", restartPolicy="Never", resources={"limits": {"memory": "100Mi"}}, containers=[
        {"name": "a", "image": "pierde:1"}, {"name": "b", "image": "quieta:1"}])  # fmt: skip
    world.until_ready("p")
    world.until(lambda: "a" in ends(world), 120)
    end = world.container("p")["state"]["terminated"]
    lived = world.cluster.kubelet.worker(world.get("pod", "p")["metadata"]["uid"]).containers[0]
    # Cien, menos los treinta de quien no pierde y los diez suyos: sesenta segundos a uno por segundo.
    assert (end["reason"], round(lived.gone_at - lived.started_at)) == ("OOMKilled", 60)


def test_what_traffic_demands_counts_too(world):
    limited(world, stress("a", "100M"), {"name": "b", "image": "nginx:1.27"})
    world.until_ready("p")
    world.cluster.kubelet.demand(world.get("pod", "p")["metadata"]["uid"], "b", 250 * 2**20)
    world.clock.advance(3)
    assert ends(world) == {"b": ("OOMKilled", 137)}


def test_a_copy_of_the_cluster_dies_at_the_same_instant(world):
    limited(world, stress("a", "200M"), {"name": "b", "image": "nginx:1.27"})
    world.until_ready("p")
    copy = world.cluster.fork()
    for cluster in (world.cluster, copy):
        cluster.kubelet.demand(world.get("pod", "p")["metadata"]["uid"], "b", 150 * 2**20)
        cluster.clock.advance(5)
    assert world.cluster.store.revision == copy.store.revision
    assert ends(world) == {"a": ("OOMKilled", 137)}


@pytest.mark.parametrize(("asked", "score"), [("4Gi", 750), ("1Gi", 938)])
def test_what_the_pod_asks_for_all_is_shared_between_their_scores(asked, score):
    pod = {"spec": {"containers": [{"name": "a"}, {"name": "b"}],
                    "resources": {"requests": {"memory": asked}, "limits": {"memory": "5Gi"}}}}  # fmt: skip
    assert oom.score(pod, pod["spec"]["containers"][0], "8Gi") == score


def test_a_sidecar_is_not_killed_before_the_ones_it_serves():
    sidecar = {"name": "s", "restartPolicy": "Always"}
    pod = {"spec": {"initContainers": [sidecar],
                    "containers": [{"name": "c", "resources": {"requests": {"memory": "2Gi"}}}]}}  # fmt: skip
    assert oom.score(pod, sidecar, "8Gi") == 750


def resize(world, **resources):
    return world.api.patch(kinds.POD, "default", "p", {"spec": {"resources": resources}}, "strategic",
                           subresource="resize")  # fmt: skip


def test_more_memory_for_the_pod_arrives_without_a_restart(world):
    limited(world, stress("a", "100M"), {"name": "b", "image": "nginx:1.27"}, memory="200Mi", restartPolicy="Always")
    world.until_ready("p")
    resize(world, limits={"memory": "400Mi"})
    world.clock.advance(3)
    status = world.get("pod", "p")["status"]
    assert status["resources"] == {"limits": {"memory": "400Mi"}, "requests": {"memory": "200Mi"}}
    assert status["allocatedResources"] == {"memory": "200Mi"}
    world.cluster.kubelet.demand(world.get("pod", "p")["metadata"]["uid"], "b", 250 * 2**20)
    world.clock.advance(5)
    assert (ends(world), world.restarts("p")) == ({}, 0)
    assert [message.partition(": ")[0] for _, _, message in world.events("p", "ResizeStarted", "ResizeCompleted")] == [
        "Pod resize started", "Pod resize completed"]  # fmt: skip


def test_less_memory_than_it_eats_kills_one(world):
    limited(world, stress("a", "100M"), stress("b", "150M"), asked="100Mi")
    world.until_ready("p")
    resize(world, limits={"memory": "200Mi"})
    world.clock.advance(3)
    assert ends(world) == {"b": ("OOMKilled", 137)}


def test_what_does_not_fit_in_the_node_waits_or_is_never_granted(world):
    limited(world, stress("a", "100M"), memory="10Gi", asked="1Gi")
    world.until_ready("p")
    resize(world, requests={"memory": "9Gi"})
    world.clock.advance(2)
    assert world.condition("pod", "p", "PodResizePending")["reason"] == "Infeasible"
    assert world.get("pod", "p")["status"]["resources"]["requests"] == {"memory": "1Gi"}


def test_a_limit_of_the_pod_cannot_be_taken_away(world):
    limited(world, stress("a", "100M"))
    with pytest.raises(StatusError) as refused:
        resize(world, limits={"memory": None})
    assert "spec.resources.limits: Forbidden: resource limits cannot be removed" in refused.value.message


def test_a_saved_pod_remembers_what_it_was_granted(world):
    limited(world, stress("a", "100M"), memory="10Gi", asked="1Gi", restartPolicy="Always")
    world.until_ready("p")
    resize(world, requests={"memory": "9Gi"})
    world.clock.advance(2)
    again = EmbeddedCluster(saved=world.cluster.snapshot())
    again.clock.advance(30)
    status = again.api.get(kinds.POD, "default", "p")["status"]
    assert [one["reason"] for one in status["conditions"] if one["type"] == "PodResizePending"] == ["Infeasible"]
    assert status["resources"]["requests"] == {"memory": "1Gi"}
