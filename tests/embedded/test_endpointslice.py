"""Las direcciones de un Service: su selector, sus puertos con nombre, y quién está listo."""

from __future__ import annotations

import pytest

from lab_tools.objects import kinds


def service(world, name="e", **spec):
    spec = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "web"}], **spec}
    return world.api.create(kinds.SERVICE, {"metadata": {"name": name}, "spec": spec}, "default")


def slices(world):
    return [
        one
        for one in world.all("endpointslices")
        if one["metadata"]["labels"]["kubernetes.io/service-name"] != "kubernetes"
    ]


def with_port(name="c", port=8080, **more):
    return [{"name": name, "image": "nginx:1.27", "ports": [{"containerPort": port, "name": "web"}], **more}]


def test_a_slice_follows_the_selector_and_the_named_port(world):
    service(world)
    world.pod("one", labels={"app": "e"}, containers=with_port())
    world.until_ready("one")
    world.clock.advance(1)
    [one] = slices(world)
    [endpoint] = one["endpoints"]
    assert one["metadata"]["generateName"] == "e-"
    assert one["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
    assert endpoint["addresses"] == [world.get("pod", "one")["status"]["podIP"]]
    assert endpoint["conditions"] == {"ready": True, "serving": True, "terminating": False}
    world.patch("pod", "one", {"metadata": {"labels": {"app": "other"}}})
    world.until(lambda: not slices(world)[0]["endpoints"])


def test_a_pod_that_is_not_ready_is_listed_but_not_served(world):
    service(world)
    probe = {"httpGet": {"path": "/", "port": 9}, "periodSeconds": 1}
    world.pod("one", labels={"app": "e"}, containers=with_port(readinessProbe=probe))
    world.until_phase("one", "Running")
    world.clock.advance(1)
    assert slices(world)[0]["endpoints"][0]["conditions"] == {"ready": False, "serving": False, "terminating": False}


def test_a_service_that_wants_those_not_ready_sends_to_them_and_still_says_how_they_are(world):
    service(world, publishNotReadyAddresses=True)
    probe = {"httpGet": {"path": "/", "port": 9}, "periodSeconds": 1}
    world.pod("one", labels={"app": "e"}, containers=with_port(readinessProbe=probe))
    world.until_phase("one", "Running")
    world.clock.advance(1)
    assert slices(world)[0]["endpoints"][0]["conditions"] == {"ready": True, "serving": False, "terminating": False}


def test_a_pod_that_leaves_stops_receiving_before_it_is_gone(world):
    service(world)
    world.pod(
        "one",
        labels={"app": "e"},
        containers=[{**with_port()[0], "image": "busybox:1.36", "command": ["sleep", "3600"]}],
    )
    world.until_ready("one")
    world.delete("pod", "one")
    world.clock.advance(1)
    assert slices(world)[0]["endpoints"][0]["conditions"] == {"ready": False, "serving": True, "terminating": True}
    world.until(lambda: not slices(world)[0]["endpoints"])


def test_a_service_without_selector_has_no_slices_and_a_deleted_one_takes_its_own(world):
    service(world, "manual", selector=None)
    service(world)
    world.clock.advance(1)
    assert len(slices(world)) == 1
    world.delete("service", "e")
    world.until(lambda: slices(world) == [] and world.get("endpoints", "e") is None)


def test_pods_with_different_ports_go_to_different_slices(world):
    service(world)
    world.pod("one", labels={"app": "e"}, containers=with_port(port=8080))
    world.pod("two", labels={"app": "e"}, containers=with_port(port=9090))
    world.until_ready("one")
    world.until_ready("two")
    world.clock.advance(1)
    assert sorted(one["ports"][0]["port"] for one in slices(world)) == [8080, 9090]


def test_more_than_a_hundred_addresses_need_more_slices(world):
    service(world)
    world.deployment("e", replicas=120, template={"containers": with_port()})
    world.until_available("e", replicas=120)
    world.clock.advance(1)
    assert sorted(len(one["endpoints"]) for one in slices(world)) == [20, 100]


@pytest.mark.parametrize("wish", ["PreferClose", "PreferSameZone", "PreferSameNode"])
def test_each_address_says_who_is_near_it_if_the_service_prefers_the_near_ones(world, wish):
    service(world, trafficDistribution=wish)
    world.deployment("e", replicas=3, template={"containers": with_port()})
    world.until_available("e", replicas=3)
    world.clock.advance(1)
    for one in slices(world)[0]["endpoints"]:
        nodes = {"forNodes": [{"name": one["nodeName"]}]} if wish == "PreferSameNode" else {}
        assert one["hints"] == {"forZones": [{"name": one["zone"]}], **nodes}


def test_without_a_preference_or_without_zones_nothing_is_said(world):
    service(world)
    world.deployment("e", replicas=2, template={"containers": with_port()})
    world.until_available("e", replicas=2)
    for node in world.all("nodes", None):
        labels = {name: value for name, value in node["metadata"]["labels"].items() if "zone" not in name}
        world.api.update(kinds.NODE, {**node, "metadata": {**node["metadata"], "labels": labels}})
    service(world, "cerca", trafficDistribution="PreferSameZone")
    world.deployment("cerca", replicas=2, template={"containers": with_port()})
    world.until_available("cerca", replicas=2)
    world.clock.advance(1)
    listed = [one for found in slices(world) for one in found["endpoints"]]
    assert len(listed) == 4 and not any("hints" in one for one in listed)
