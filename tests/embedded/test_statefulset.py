"""Un StatefulSet: nombres que no cambian, orden para nacer e irse, y discos que esperan a su dueño."""

from __future__ import annotations

import pytest

from lab_tools.embedded.controllers.history import HASH_LABEL
from lab_tools.objects import kinds


def stateful_set(world, replicas=3, image="nginx:1.27", template=None, **spec):
    pod = {"containers": [{"name": "c", "image": image}], "terminationGracePeriodSeconds": 0, **(template or {})}
    body = {"serviceName": "db", "replicas": replicas, "selector": {"matchLabels": {"app": "db"}}, **spec,
            "template": {"metadata": {"labels": {"app": "db"}}, "spec": pod}}  # fmt: skip
    return world.api.create(kinds.STATEFULSET, {"metadata": {"name": "db"}, "spec": body}, "default")


def status(world):
    return world.get("sts", "db")["status"]


def names(world):
    return sorted(pod["metadata"]["name"] for pod in world.all("pods"))


def until_ready(world, count=3, timeout=90):
    def settled():
        found = status(world)
        return (found.get("observedGeneration") == world.get("sts", "db")["metadata"]["generation"]
                and found["replicas"] == found["availableReplicas"] == count)  # fmt: skip

    return world.until(settled, timeout)


def until_rolled(world, count=3, timeout=120):
    def rolled():
        found = status(world)
        return found["currentRevision"] == found["updateRevision"] and found["availableReplicas"] == count and (
            found["observedGeneration"] == world.get("sts", "db")["metadata"]["generation"])  # fmt: skip

    return world.until(rolled, timeout)


def scale(world, replicas):
    world.patch("sts", "db", {"spec": {"replicas": replicas}})


def set_image(world, image):
    world.patch("sts", "db", {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}})


def images(world):
    pods = sorted(world.all("pods"), key=lambda pod: pod["metadata"]["name"])
    return [pod["spec"]["containers"][0]["image"].partition(":")[2] for pod in pods]


def record(world):
    """Lo que pasa con los Pods, por orden: nace, listo, se va."""
    story = []

    def note(event):
        name = event.object["metadata"]["name"]
        ready = any(one["type"] == "Ready" and one["status"] == "True" for one in event.object["status"].get(
            "conditions", ()))  # fmt: skip
        word = {"ADDED": "+", "DELETED": "-"}.get(event.type, "ready" if ready else "")
        if word and (not story or story[-1] != (word, name)):
            story.append((word, name))

    world.api.watch(kinds.POD, note)
    return story


def test_each_pod_waits_for_the_one_before(world):
    story = record(world)
    stateful_set(world)
    until_ready(world)
    assert story == [("+", "db-0"), ("ready", "db-0"), ("+", "db-1"), ("ready", "db-1"), ("+", "db-2"),
                     ("ready", "db-2")]  # fmt: skip
    pod = world.get("pod", "db-1")
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-1", "db")
    assert pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "1"
    assert world.events("db")[0] == ("Normal", "SuccessfulCreate", "Create Pod db-0 in StatefulSet db successful")


def test_parallel_does_not_wait(world):
    story = record(world)
    stateful_set(world, podManagementPolicy="Parallel")
    until_ready(world)
    assert [name for word, name in story[:3] if word == "+"] == ["db-0", "db-1", "db-2"]


def test_it_shrinks_from_the_last_and_one_at_a_time(world):
    stateful_set(world)
    until_ready(world)
    story = record(world)
    scale(world, 0)
    world.until(lambda: not world.all("pods"))
    assert [name for word, name in story if word == "-"] == ["db-2", "db-1", "db-0"]


def test_a_lost_pod_comes_back_with_its_name(world):
    stateful_set(world)
    until_ready(world)
    before = world.get("pod", "db-1")["metadata"]["uid"]
    world.delete("pod", "db-1")
    world.until(lambda: world.get("pod", "db-1") is not None and world.get("pod", "db-1")["metadata"]["uid"] != before)
    until_ready(world)
    assert names(world) == ["db-0", "db-1", "db-2"]


def test_a_pod_that_failed_is_made_again(world):
    stateful_set(world, 1)
    until_ready(world, 1)
    before = world.get("pod", "db-0")["metadata"]["uid"]
    world.api.update(kinds.POD, {"metadata": {"name": "db-0", "namespace": "default"}, "status": {"phase": "Failed"}},
                     subresource="status")  # fmt: skip
    world.until(lambda: (world.get("pod", "db-0") or {"metadata": {"uid": before}})["metadata"]["uid"] != before)
    assert world.events("db", "RecreatingFailedPod") == [
        ("Warning", "RecreatingFailedPod", "StatefulSet default/db is recreating failed Pod db-0")]  # fmt: skip


def test_numbers_may_start_elsewhere(world):
    stateful_set(world, 2, ordinals={"start": 5})
    until_ready(world, 2)
    assert names(world) == ["db-5", "db-6"]


def test_a_rollout_goes_from_the_last_to_the_first_and_waits_for_each(world):
    stateful_set(world)
    until_ready(world)
    story = record(world)
    set_image(world, "nginx:1.28")
    until_rolled(world)
    assert images(world) == ["1.28", "1.28", "1.28"]
    assert [(word, name) for word, name in story if word in "+-"] == [
        ("-", "db-2"), ("+", "db-2"), ("-", "db-1"), ("+", "db-1"), ("-", "db-0"), ("+", "db-0")]  # fmt: skip
    assert len(world.all("controllerrevisions")) == 2


def test_the_partition_keeps_the_lower_ones_even_if_they_are_born_again(world):
    stateful_set(world, updateStrategy={"rollingUpdate": {"partition": 2}})
    until_ready(world)
    set_image(world, "nginx:1.28")
    world.until(lambda: status(world).get("updatedReplicas") == 1 and status(world)["availableReplicas"] == 3)
    assert images(world) == ["1.27", "1.27", "1.28"]
    before = world.get("pod", "db-0")["metadata"]["uid"]
    world.delete("pod", "db-0")
    world.until(lambda: (world.get("pod", "db-0") or {"metadata": {"uid": before}})["metadata"]["uid"] != before)
    assert images(world) == ["1.27", "1.27", "1.28"]
    assert (status(world)["currentRevision"], status(world)["updateRevision"]) == (
        world.get("pod", "db-0")["metadata"]["labels"][HASH_LABEL],
        world.get("pod", "db-2")["metadata"]["labels"][HASH_LABEL])  # fmt: skip


def test_on_delete_changes_only_what_someone_deletes(world):
    stateful_set(world, updateStrategy={"type": "OnDelete"})
    until_ready(world)
    set_image(world, "nginx:1.28")
    world.clock.advance(30)
    assert images(world) == ["1.27", "1.27", "1.27"]
    world.delete("pod", "db-1")
    world.until(lambda: images(world) == ["1.27", "1.28", "1.27"])


def test_a_broken_version_stops_at_the_first_and_mending_it_needs_a_hand(world):
    stateful_set(world)
    until_ready(world)
    set_image(world, "nginx:none")
    world.clock.advance(60)
    assert images(world) == ["1.27", "1.27", "none"]
    set_image(world, "nginx:1.28")
    world.clock.advance(60)
    assert images(world) == ["1.27", "1.27", "none"]
    world.delete("pod", "db-2")
    until_rolled(world)
    assert images(world) == ["1.28", "1.28", "1.28"]


def test_going_back_to_an_old_template_reuses_its_revision(world):
    stateful_set(world, 1)
    until_ready(world, 1)
    first = status(world)["currentRevision"]
    set_image(world, "nginx:1.28")
    until_rolled(world, 1)
    set_image(world, "nginx:1.27")
    world.until(lambda: status(world)["currentRevision"] == first)
    assert sorted(one["revision"] for one in world.all("controllerrevisions")) == [2, 3]


def test_min_ready_seconds_delay_the_next(world):
    stateful_set(world, 2, minReadySeconds=10)
    assert until_ready(world, 2) > 20


# Los discos

CLAIMS = [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                                                  "resources": {"requests": {"storage": "1Gi"}}}}]  # fmt: skip


def claims(world):
    """Los que se quedan: quien ya está marcado para irse solo espera a que lo suelten."""
    staying = [one["metadata"] for one in world.all("pvc") if not one["metadata"].get("deletionTimestamp")]
    return sorted(meta["name"] for meta in staying)


def test_each_pod_has_its_own_claim_and_it_outlives_the_pod(world):
    stateful_set(world, 2, podManagementPolicy="Parallel", volumeClaimTemplates=CLAIMS)
    world.until(lambda: names(world) == ["db-0", "db-1"])
    assert claims(world) == ["data-db-0", "data-db-1"]
    assert world.get("pod", "db-1")["spec"]["volumes"][0] == {
        "name": "data", "persistentVolumeClaim": {"claimName": "data-db-1"}}  # fmt: skip
    assert world.get("pvc", "data-db-0")["metadata"]["labels"] == {"app": "db"}
    scale(world, 0)
    world.until(lambda: not world.all("pods"))
    world.delete("sts", "db", propagation="Background")
    world.clock.advance(5)
    assert claims(world) == ["data-db-0", "data-db-1"]


def test_when_scaled_delete_takes_the_claim_with_its_pod(world):
    stateful_set(world, 2, podManagementPolicy="Parallel", volumeClaimTemplates=CLAIMS,
                 persistentVolumeClaimRetentionPolicy={"whenScaled": "Delete"})  # fmt: skip
    world.until(lambda: names(world) == ["db-0", "db-1"])
    scale(world, 1)
    world.until(lambda: names(world) == ["db-0"])
    world.until(lambda: claims(world) == ["data-db-0"])


def test_when_deleted_delete_takes_the_claims_with_the_set(world):
    stateful_set(world, 2, podManagementPolicy="Parallel", volumeClaimTemplates=CLAIMS,
                 persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete"})  # fmt: skip
    world.until(lambda: names(world) == ["db-0", "db-1"])
    scale(world, 1)
    world.until(lambda: names(world) == ["db-0"])
    world.clock.advance(5)
    assert claims(world) == ["data-db-0", "data-db-1"]
    world.delete("sts", "db", propagation="Background")
    world.until(lambda: claims(world) == [])


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
def test_asking_for_two_thousand_million_stops_nobody(world, policy):
    labels = {"app": "db"}
    pod = {"containers": [{"name": "c", "image": "nginx:1.27"}]}
    spec = {"replicas": 2**31 - 1, "serviceName": "db", "podManagementPolicy": policy,
            "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}  # fmt: skip
    world.api.create(kinds.STATEFULSET, {"metadata": {"name": "db"}, "spec": spec}, "default")
    world.clock.advance(0.02)
    assert 1 <= len(world.all("pods")) <= 1500


def test_the_last_leaves_even_if_it_has_not_been_ready_long_enough(world):
    stateful_set(world, replicas=2, minReadySeconds=30)
    world.until(lambda: world.get("statefulset", "db")["status"].get("readyReplicas") == 2, timeout=90)
    assert world.get("statefulset", "db")["status"]["availableReplicas"] == 1
    world.patch("statefulset", "db", {"spec": {"replicas": 1}})
    world.until(lambda: world.get("pod", "db-1") is None, timeout=5)
