"""ResourceQuota: lo que un Namespace gasta se cuenta, y lo que no cabe no entra."""

from __future__ import annotations

import random

import pytest

from lab_tools.embedded.api import Options
from lab_tools.errors import StatusError
from lab_tools.objects import kinds


def quota(world, hard, name="q", **spec):
    world.api.create(kinds.RESOURCEQUOTA, {"metadata": {"name": name}, "spec": {"hard": hard, **spec}}, "default")
    world.clock.settle()


def used(world, name="q"):
    return world.get("resourcequota", name)["status"]["used"]


def config(world, name, **how):
    return world.api.create(kinds.CONFIGMAP, {"metadata": {"name": name}}, "default", **how)


def sized(cpu):
    return [{"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": cpu}}}]


def refused(act, *args, **how):
    with pytest.raises(StatusError) as caught:
        act(*args, **how)
    assert caught.value.code == 403
    return caught.value.message


def test_a_new_quota_counts_what_was_there(world):
    world.pod("p", containers=sized("600m"))
    quota(world, {"configmaps": "3", "pods": "2", "requests.cpu": "1"})
    assert used(world) == {"configmaps": "1", "pods": "1", "requests.cpu": "600m"}
    assert world.get("quota", "q")["status"]["hard"] == {"configmaps": "3", "pods": "2", "requests.cpu": "1"}


def test_what_enters_is_counted_at_once(world):
    quota(world, {"pods": "2", "requests.cpu": "1"})
    world.pod("p", containers=sized("600m"))
    assert used(world) == {"pods": "1", "requests.cpu": "600m"}


def test_what_does_not_fit_is_told_with_all_its_figures(world):
    quota(world, {"pods": "1", "requests.cpu": "1"})
    world.pod("a", containers=sized("600m"))
    assert refused(world.pod, "b", containers=sized("600m")) == (
        'pods "b" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=600m, '
        "used: pods=1,requests.cpu=600m, limited: pods=1,requests.cpu=1"
    )


def test_a_silent_container_cannot_be_counted(world):
    quota(world, {"requests.cpu": "1", "limits.memory": "1Gi"})
    assert refused(world.pod, "p") == (
        'pods "p" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c'
    )


def test_what_fails_or_is_only_tried_is_not_counted(world):
    quota(world, {"configmaps": "3"})
    config(world, "tried", options=Options(dry_run=True))
    config(world, "c")
    with pytest.raises(StatusError) as caught:
        config(world, "c")
    assert caught.value.reason == "AlreadyExists"
    assert used(world) == {"configmaps": "2"}


def test_what_leaves_makes_room(world):
    quota(world, {"configmaps": "2"})
    config(world, "a")
    assert "exceeded quota" in refused(config, world, "b")
    world.delete("configmap", "a")
    world.until(lambda: used(world) == {"configmaps": "1"}, timeout=1)
    config(world, "b")


def test_a_finished_pod_makes_room_but_still_counts_as_an_object(world):
    quota(world, {"pods": "1", "count/pods": "5"})
    world.busybox("p", "true", restartPolicy="Never")
    world.until_phase("p", "Succeeded")
    world.until(lambda: used(world)["pods"] == "0", timeout=1)
    assert used(world)["count/pods"] == "1"


def test_any_kind_can_be_counted_by_name(world):
    quota(world, {"count/deployments.apps": "1"})
    world.deployment("one", replicas=0)
    assert "count/deployments.apps=1" in refused(world.deployment, "two", replicas=0)


def test_a_replica_set_stops_at_the_quota_and_says_so(world):
    quota(world, {"pods": "2"})
    world.deployment("web", replicas=5)
    world.until(lambda: world.condition("deployment", "web", "ReplicaFailure").get("status") == "True")
    assert len(world.all("pods")) == 2 and used(world) == {"pods": "2"}


def test_a_scope_leaves_the_rest_out(world):
    quota(world, {"pods": "1"}, scopes=["BestEffort"])
    world.pod("burst", containers=sized("1m"))
    world.pod("best")
    assert used(world) == {"pods": "1"}
    assert "exceeded quota" in refused(world.pod, "other")


def test_a_priority_class_can_have_its_own_quota(world):
    world.api.create(kinds.PRIORITYCLASS, {"metadata": {"name": "high"}, "value": 10})
    term = {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}
    quota(world, {"pods": "0"}, scopeSelector={"matchExpressions": [term]})
    world.pod("common")
    assert "exceeded quota" in refused(world.pod, "p", priorityClassName="high")


def test_node_ports_and_storage_have_their_own_names(world):
    quota(world, {"services.nodeports": "1", "requests.storage": "2Gi",
                  "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "5"})  # fmt: skip
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    service = {"metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": ports}}
    assert "requested: services.nodeports=2" in refused(world.api.create, kinds.SERVICE, service, "default")
    claim = {"metadata": {"name": "c"}, "spec": {"storageClassName": "fast", "accessModes": ["ReadWriteOnce"],
                                                 "resources": {"requests": {"storage": "1536Mi"}}}}  # fmt: skip
    world.api.create(kinds.PERSISTENTVOLUMECLAIM, claim, "default")
    assert used(world) == {"services.nodeports": "0", "requests.storage": "1536Mi",
                           "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "1"}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_the_count_is_never_exceeded_and_ends_true(world, seed):
    rng = random.Random(seed)
    quota(world, {"pods": "4", "requests.cpu": "1"})
    for step in range(60):
        try:
            if rng.random() < 0.6:
                world.pod(f"p{step}", containers=sized(f"{rng.randint(1, 500)}m"))
            elif pods := world.all("pods"):
                world.delete("pod", rng.choice(pods)["metadata"]["name"], grace=0)
        except StatusError as error:
            assert error.code in (403, 404)
        world.clock.advance(rng.random())
        pods = world.all("pods")
        assert len(pods) <= 4
        cpu = [int(pod["spec"]["containers"][0]["resources"]["requests"]["cpu"][:-1]) for pod in pods]
        assert sum(cpu) <= 1000
    world.clock.advance(60)
    assert used(world)["pods"] == str(len(world.all("pods")))


@pytest.mark.parametrize(("hard", "spec", "said"), [
    ({"pods": "1"}, {"scopes": ["Nada"]},
     'spec.scopes: Invalid value: ["Nada"]: unsupported scope, '
     'spec.scopes: Invalid value: ["Nada"]: unsupported scope applied to resource'),
    ({"cpu": "1"}, {"scopes": ["BestEffort"]},
     'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'),
    ({"services": "1"}, {"scopes": ["Terminating"]},
     'spec.scopes: Invalid value: ["Terminating"]: unsupported scope applied to resource'),
    ({"pods": "1"}, {"scopes": ["BestEffort", "NotBestEffort"]},
     'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'),
    ({"pods": "1"}, {"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]}},
     "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' "
     "or 'NotIn' for scope selector"),
])  # fmt: skip
def test_scopes_that_do_not_go_together_are_refused(world, hard, spec, said):
    with pytest.raises(StatusError) as caught:
        quota(world, hard, **spec)
    assert caught.value.code == 422
    assert caught.value.message.endswith((f" is invalid: {said}", f" is invalid: [{said}]"))


@pytest.mark.parametrize(("hard", "scopes"), [
    ({"pods": "1"}, ["BestEffort", "NotTerminating"]),
    ({"requests.cpu": "1", "limits.memory": "1Gi", "pods": "2"}, ["NotBestEffort", "Terminating"]),
    ({"count/configmaps": "1"}, ["BestEffort"]),
])  # fmt: skip
def test_scopes_that_do_are_accepted_and_do_not_change(world, hard, scopes):
    quota(world, hard, scopes=scopes)
    world.patch("resourcequota", "q", {"spec": {"scopes": scopes[::-1]}})
    with pytest.raises(StatusError) as caught:
        world.patch("resourcequota", "q", {"spec": {"scopes": None}})
    assert "spec.scopes: Invalid value: null: field is immutable" in caught.value.message
