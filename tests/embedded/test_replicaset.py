"""Un ReplicaSet: crea los que faltan, borra los que sobran por el orden real, adopta y suelta."""

from __future__ import annotations

from collections import Counter

import pytest

from lab_tools.embedded.controllers import replicaset
from lab_tools.embedded.controllers.census import Census, sort_of
from lab_tools.embedded.controllers.replicaset import first_to_go
from lab_tools.embedded.reconciler import Cache, by_owner
from lab_tools.errors import StatusError
from lab_tools.objects import clone, kinds

NOW = 1767225700.0


def replica_set(world, name="r", replicas=2, labels=None):
    labels = labels or {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}
    body = {
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template},
    }
    return world.api.create(kinds.REPLICASET, body, "default")


def available(world, name="r"):
    return world.get("replicaset", name)["status"].get("availableReplicas", 0)


def test_it_makes_what_is_missing_and_says_so(world):
    replica_set(world)
    world.until(lambda: available(world) == 2)
    assert world.get("replicaset", "r")["status"] == {
        "replicas": 2, "fullyLabeledReplicas": 2, "readyReplicas": 2, "availableReplicas": 2, "terminatingReplicas": 0,
        "observedGeneration": 1}  # fmt: skip
    names = {pod["metadata"]["name"] for pod in world.all("pods")}
    assert world.events("r") == [("Normal", "SuccessfulCreate", f"Created pod: {name}") for name in
                                 [message.split()[-1] for _, _, message in world.events("r")]]  # fmt: skip
    assert {message.split()[-1] for _, _, message in world.events("r")} == names


def test_a_deleted_pod_is_replaced_by_another_with_another_name(world):
    replica_set(world)
    world.until(lambda: available(world) == 2)
    before = {pod["metadata"]["name"] for pod in world.all("pods")}
    world.delete("pod", min(before))
    took = world.until(
        lambda: available(world) == 2 and min(before) not in {p["metadata"]["name"] for p in world.all("pods")}
    )
    assert took < 5
    assert len(before & {pod["metadata"]["name"] for pod in world.all("pods")}) == 1


def test_it_adopts_a_pod_that_matches_and_lets_go_of_one_that_stops(world):
    world.pod("solo", labels={"app": "r"})
    world.until_ready("solo")
    replica_set(world)
    world.until(lambda: available(world) == 2)
    assert len(world.all("pods")) == 2
    assert world.get("pod", "solo")["metadata"]["ownerReferences"][0]["name"] == "r"
    world.patch("pod", "solo", {"metadata": {"labels": {"app": "other"}}})
    world.until(lambda: len(world.all("pods")) == 3)
    assert "ownerReferences" not in world.get("pod", "solo")["metadata"]


def test_a_pod_that_failed_no_longer_counts(world):
    replica_set(world, replicas=1)
    world.until(lambda: available(world) == 1)
    [pod] = world.all("pods")
    world.api.update(kinds.POD, {"metadata": {"name": pod["metadata"]["name"], "namespace": "default"},
                                 "status": {"phase": "Failed"}}, subresource="status")  # fmt: skip
    world.until(lambda: len(world.all("pods")) == 2)


def test_the_first_to_go_are_those_that_are_missed_least():
    def pod(name, node="n1", phase="Running", ready=True, restarts=0, created="2026-01-01T00:00:10Z", cost=None):
        since = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": "2026-01-01T00:01:00Z"}
        notes = {"controller.kubernetes.io/pod-deletion-cost": cost} if cost else {}
        return {"metadata": {"name": name, "creationTimestamp": created, "annotations": notes},
                "spec": {"nodeName": node} if node else {},
                "status": {"phase": phase, "conditions": [since],
                           "containerStatuses": [{"restartCount": restarts}]}}  # fmt: skip

    pods = [pod("old", created="2026-01-01T00:00:00Z"), pod("dear", cost="10", created="2026-01-01T00:00:30Z"),
            pod("crowded", node="n2", created="2026-01-01T00:00:00Z"), pod("restarted", restarts=3), pod("new"),
            pod("cheap", cost="-1"), pod("unready", ready=False), pod("pending", phase="Pending", ready=False),
            pod("homeless", node="", phase="Pending", ready=False)]  # fmt: skip
    order = [one["metadata"]["name"] for one in first_to_go(pods, Counter({"n1": 1, "n2": 2}), NOW)]
    assert order == ["homeless", "pending", "unready", "cheap", "crowded", "restarted", "new", "old", "dear"]


def test_once_settled_it_counts_without_looking_at_each_pod(world, monkeypatch):
    replica_set(world, replicas=5)
    world.until(lambda: available(world) == 5)
    looked = []
    monkeypatch.setattr(replicaset, "claim", lambda *found: looked.append(found))
    one = clone(world.all("pods")[0])
    next(each for each in one["status"]["conditions"] if each["type"] == "Ready")["status"] = "False"
    world.api.update(kinds.POD, one, subresource="status")
    world.until(lambda: available(world) == 4)
    assert looked == []


def test_the_census_is_always_what_a_recount_would_say(world):
    pods = Cache(world.api, kinds.POD, {"owner": by_owner})
    census = Census(pods, lambda pod: next(iter(by_owner(pod)), ""))

    def agree():
        told = {uid: dict(census.of(uid)) for uid in pods._buckets["owner"]}
        assert told == {uid: Counter(map(sort_of, pods.by("owner", uid))) for uid in told}
        assert set(census._counts) == set(told)
        return True

    for name, replicas in (("r", 4), ("s", 2)):
        replica_set(world, name, replicas)
    world.until(lambda: agree() and available(world) == 4)
    first = world.all("pods")[0]["metadata"]["name"]
    world.patch("pod", first, {"metadata": {"labels": {"app": "otra"}}})
    world.until(lambda: agree() and available(world) == 4)
    world.delete("pod", world.all("pods")[1]["metadata"]["name"])
    world.patch("replicaset", "s", {"spec": {"replicas": 0}})
    world.until(lambda: agree() and available(world, "s") == 0 and available(world) == 4)
    world.delete("replicaset", "r")
    world.until(lambda: agree() and len(world.all("pods")) == 1)


COST = "controller.kubernetes.io/pod-deletion-cost"


@pytest.mark.parametrize("cost", ["+10", "010", "diez", "2147483648", "1.5"])
def test_a_deletion_cost_that_is_not_a_plain_integer_is_refused(world, cost):
    world.pod("p")
    with pytest.raises(StatusError) as caught:
        world.patch("pod", "p", {"metadata": {"annotations": {COST: cost}}})
    assert caught.value.message == (
        f'Pod "p" is invalid: metadata.annotations[{COST}]: Invalid value: "": must be a 32bit integer'
    )
