"""Lo demás que la admisión añade o niega: prioridades, clases y valores que salen de otro objeto."""

from __future__ import annotations

import pytest

from lab_tools.errors import StatusError
from lab_tools.objects import kinds


def refused(act, *args, **how):
    with pytest.raises(StatusError) as caught:
        act(*args, **how)
    assert caught.value.code == 403
    return caught.value.message


def priority_class(world, name, value, **more):
    return world.api.create(kinds.PRIORITYCLASS, {"metadata": {"name": name}, "value": value, **more})


def test_a_priority_comes_from_its_class_alone(world):
    priority_class(world, "high", 1000, preemptionPolicy="Never")
    spec = world.pod("p", priorityClassName="high")["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (1000, "Never")
    assert "must not be provided in pod spec; priority admission controller computed 0" in refused(
        world.pod, "q", priority=7
    )
    assert "no PriorityClass with name none was found" in refused(world.pod, "q", priorityClassName="none")


def test_the_default_priority_serves_who_names_none(world):
    priority_class(world, "usual", 5, globalDefault=True)
    spec = world.pod("p")["spec"]
    assert (spec["priorityClassName"], spec["priority"]) == ("usual", 5)
    assert "usual is already marked as default" in refused(priority_class, world, "other", 6, globalDefault=True)


def test_every_cluster_is_born_with_the_system_priorities(world):
    assert world.pod("p", priorityClassName="system-node-critical")["spec"]["priority"] == 2_000_001_000


def test_a_runtime_class_adds_its_overhead_and_its_nodes(world):
    place = {"nodeSelector": {"vm": "yes"}, "tolerations": [{"key": "vm", "operator": "Exists"}]}
    world.api.create(kinds.RUNTIMECLASS, {"metadata": {"name": "vm"}, "handler": "vm", "scheduling": place,
                                          "overhead": {"podFixed": {"cpu": "100m"}}})  # fmt: skip
    spec = world.pod("p", runtimeClassName="vm")["spec"]
    assert spec["overhead"] == {"cpu": "100m"} and spec["nodeSelector"] == {"vm": "yes"}
    assert {"key": "vm", "operator": "Exists"} in spec["tolerations"]
    assert "conflict: runtimeClass.scheduling.nodeSelector[vm] = yes" in refused(
        world.pod, "q", runtimeClassName="vm", nodeSelector={"vm": "no"}
    )
    assert refused(world.pod, "q", runtimeClassName="none") == (
        'pods "q" is forbidden: pod rejected: RuntimeClass "none" not found'
    )


def test_the_default_ingress_class_serves_who_names_none(world):
    meta = {"name": "web", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    world.api.create(kinds.INGRESSCLASS, {"metadata": meta, "spec": {"controller": "example.com/web"}})
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    made = world.api.create(kinds.INGRESS, {"metadata": {"name": "i"}, "spec": {"defaultBackend": backend}}, "default")
    assert made["spec"]["ingressClassName"] == "web"
