"""Un disco ReadWriteOnce se engancha a un nodo a la vez, y uno ReadWriteOncePod lo usa un solo Pod."""

from __future__ import annotations

import pytest

from lab_tools.embedded.controllers.attachdetach import FORCE_AFTER
from lab_tools.objects import kinds
from tests.embedded.test_volumes import claim, user, volume


def on(node):
    return {"nodeSelector": {"kubernetes.io/hostname": node}}


def shared(world, modes=("ReadWriteOnce",)):
    """Una petición con su disco, y un Pod `a` que lo usa en node-1."""
    claim(world, storage_class="standard", modes=modes)
    user(world, "a", **on("node-1"))
    world.until_ready("a")
    return world.get("pvc", "data")["spec"]["volumeName"]


def events(world, name, reason):
    return [one["message"] for one in world.all("event") if one["involvedObject"]["name"] == name
            and one["reason"] == reason]  # fmt: skip


def waits(world, name, seconds=30):
    world.clock.advance(seconds)
    status = world.get("pod", name)["status"]
    return status["phase"] == "Pending" and status["containerStatuses"][0]["state"]["waiting"]["reason"] == (
        "ContainerCreating"
    )


def test_the_disk_is_attached_before_the_pod_starts(world):
    disk = shared(world)
    assert events(world, "a", "SuccessfulAttachVolume") == [f'AttachVolume.Attach succeeded for volume "{disk}"']


def test_who_lands_on_another_node_waits_and_is_told_once_who_has_the_disk(world):
    disk = shared(world)
    user(world, "b", **on("node-2"))
    assert waits(world, "b", 60)
    why = f'Multi-Attach error for volume "{disk}" Volume is already used by pod(s) a'
    assert events(world, "b", "FailedAttachVolume") == [why]


def test_after_two_minutes_the_kubelet_says_it_too(world):
    shared(world)
    user(world, "b", **on("node-2"))
    assert waits(world, "b", 130)
    assert events(world, "b", "FailedMount") == [
        "Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], "
        "failed to process volumes=[]: context deadline exceeded"
    ]


def test_on_the_same_node_two_pods_share_it(world):
    shared(world)
    user(world, "b", **on("node-1"))
    world.until_ready("b")


def test_the_disk_is_free_as_soon_as_nobody_uses_it_there(world):
    shared(world)
    user(world, "b", **on("node-2"))
    assert waits(world, "b")
    world.delete("pod", "a", grace=0)
    world.until_ready("b", timeout=10)


def test_a_finished_pod_holds_nothing(world):
    claim(world, storage_class="standard")
    mounts = [{"name": "v", "mountPath": "/data"}]
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    world.busybox("a", "true", container={"volumeMounts": mounts}, volumes=volumes, restartPolicy="Never",
                  **on("node-1"))  # fmt: skip
    world.until(lambda: world.get("pod", "a")["status"]["phase"] == "Succeeded")
    user(world, "b", **on("node-2"))
    world.until_ready("b")


@pytest.mark.parametrize("mode", ["ReadWriteMany", "ReadOnlyMany"])
def test_what_admits_several_nodes_is_attached_to_all(world, mode):
    shared(world, (mode,))
    user(world, "b", **on("node-2"))
    world.until_ready("b")


def test_what_is_not_attached_is_not_watched(world):
    volume(world, "manual")
    claim(world)
    for name, node in (("a", "node-1"), ("b", "node-2")):
        user(world, name, **on(node))
        world.until_ready(name)


def test_a_lost_node_keeps_the_disk_six_minutes_after_its_pod_is_gone(world):
    shared(world)
    world.cluster.kubelet.disconnect("node-1")
    world.clock.advance(60)
    user(world, "b", **on("node-2"))
    assert waits(world, "b", 30)
    world.delete("pod", "a", grace=0)
    assert waits(world, "b", FORCE_AFTER - 30)
    world.until_ready("b", timeout=60)


def test_a_node_declared_out_of_service_gives_it_up_at_once(world):
    shared(world)
    world.cluster.kubelet.disconnect("node-1")
    world.clock.advance(60)
    user(world, "b", **on("node-2"))
    assert waits(world, "b", 30)
    node = world.api.get(kinds.NODE, None, "node-1")
    taint = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
    taints = [*(node["spec"].get("taints") or ()), taint]
    world.api.update(kinds.NODE, {**node, "spec": {**node["spec"], "taints": taints}})
    world.delete("pod", "a", grace=0)
    world.until_ready("b", timeout=10)


def test_a_saved_cluster_remembers_who_has_each_disk(world):
    from lab_tools.embedded.cluster import EmbeddedCluster

    shared(world)
    again = type(world)(EmbeddedCluster(saved=world.cluster.snapshot()))
    again.clock.advance(1)
    user(again, "b", **on("node-2"))
    assert waits(again, "b")


def test_a_disk_for_one_pod_leaves_the_second_without_node(world):
    shared(world, ("ReadWriteOncePod",))
    user(world, "b")
    world.clock.advance(5)
    (condition,) = [one for one in world.get("pod", "b")["status"]["conditions"] if one["type"] == "PodScheduled"]
    assert condition["message"] == (
        "0/3 nodes are available: 3 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod "
        "access mode. no new claims to deallocate, preemption: 0/3 nodes are available: 3 No preemption victims found "
        "for incoming pod."
    )
    world.delete("pod", "a", grace=0)
    world.until_ready("b", timeout=15)


def test_who_matters_more_takes_the_only_place_of_such_a_disk(world):
    world.api.create(kinds.PRIORITYCLASS, {"metadata": {"name": "high"}, "value": 1000})
    shared(world, ("ReadWriteOncePod",))
    user(world, "b", priorityClassName="high")
    world.until_ready("b", timeout=60)
    assert world.get("pod", "a") is None
