"""Lo que cambia después de colocar un Pod también cuenta: su tamaño, su dueño y sus etiquetas."""

from __future__ import annotations

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds
from tests.embedded.conftest import World

HOST = "kubernetes.io/hostname"


@pytest.fixture
def small():
    """Un clúster de un nodo, de cuatro núcleos."""
    return World(EmbeddedCluster(nodes=1, seed=0))


def cores(cpu):
    return [{"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": cpu}}}]


def resize(world, name, cpu):
    patch = {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]}}
    world.api.patch(kinds.POD, "default", name, patch, "strategic", subresource="resize")
    world.clock.advance(3)


def told(world, name):
    return world.condition("pod", name, "PodScheduled").get("message", "")


def test_a_pod_that_grew_takes_the_room_of_the_next_and_gives_it_back_when_it_shrinks(small):
    small.pod("a", containers=cores("1"))
    small.until_ready("a")
    resize(small, "a", "3500m")
    small.pod("b", containers=cores("1"))
    small.clock.advance(2)
    assert "1 Insufficient cpu" in told(small, "b")
    resize(small, "a", "1")
    small.until_ready("b", timeout=10)


def test_a_size_that_will_never_fit_takes_nobody_s_room(small):
    small.pod("a", containers=cores("1"))
    small.until_ready("a")
    resize(small, "a", "64")
    small.pod("b", containers=cores("1"))
    small.until_ready("b", timeout=10)


def test_pods_that_change_owner_are_counted_once(world):
    world.deployment(replicas=3)
    world.until_available(replicas=3)
    world.delete("deployment", "web", propagation="Orphan")
    world.clock.advance(2)
    for one in world.all("replicasets"):
        world.delete("replicaset", one["metadata"]["name"], propagation="Orphan")
    world.clock.advance(2)
    orphans = {pod["metadata"]["uid"] for pod in world.all("pods")}
    body = {"metadata": {"name": "otro"}, "spec": {
        "replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": cores("100m")}}}}  # fmt: skip
    world.api.create(kinds.REPLICASET, body, "default")
    world.clock.advance(2)
    assert {pod["metadata"]["uid"] for pod in world.all("pods")} == orphans
    for pod in world.all("pods"):
        world.delete("pod", pod["metadata"]["name"], grace=0)
    world.until(lambda: world.get("replicaset", "otro")["status"].get("readyReplicas") == 3)


def company(which):
    term = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "x"}}}
    return {"affinity": {which: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}


def test_who_waits_for_company_goes_as_soon_as_it_arrives(world):
    world.pod("solo", **company("podAffinity"))
    world.clock.advance(5)
    assert "3 node(s) didn't match pod affinity rules" in told(world, "solo")
    world.pod("x", labels={"app": "x"})
    world.until_ready("solo", timeout=10)
    assert world.get("pod", "solo")["spec"]["nodeName"] == world.get("pod", "x")["spec"]["nodeName"]


def test_who_waits_for_company_also_goes_with_whom_takes_its_name(world):
    world.pod("x", labels={"app": "y"})
    world.pod("solo", **company("podAffinity"))
    world.clock.advance(5)
    world.patch("pod", "x", {"metadata": {"labels": {"app": "x"}}})
    world.until_ready("solo", timeout=10)


def test_who_avoids_a_name_goes_where_nobody_has_it_any_more(small):
    small.pod("x", labels={"app": "x"})
    small.pod("solo", **company("podAntiAffinity"))
    small.clock.advance(5)
    assert "1 node(s) didn't match pod anti-affinity rules" in told(small, "solo")
    small.patch("pod", "x", {"metadata": {"labels": {"app": "y"}}})
    small.until_ready("solo", timeout=10)
