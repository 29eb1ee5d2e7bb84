"""Cada disco de red en cada nodo tiene su VolumeAttachment, y nadie lo usa hasta que está enganchado."""

from __future__ import annotations

import hashlib

from lab_tools.embedded.controllers.attachdetach import FORCE_AFTER
from lab_tools.objects import kinds
from tests.embedded.kubelet.test_attachments import events, on, shared, waits
from tests.embedded.test_volumes import claim, user, volume

DRIVER = "disk.orquesta.local"


def attachments(world):
    return world.api.list(kinds.VOLUMEATTACHMENT).items


def foreign(world, driver="disk.example.com"):
    """Un volumen que sirve un controlador que nadie ha instalado, y un Pod que lo usa en node-1."""
    volume(world, "far", hostPath=None, csi={"driver": driver, "volumeHandle": "vol-1"})
    claim(world)
    user(world, "a", **on("node-1"))


def test_an_attachment_says_which_volume_is_on_which_node_and_who_put_it_there(world):
    disk = shared(world)
    (found,) = attachments(world)
    digest = hashlib.sha256(f"{disk}{DRIVER}node-1".encode()).hexdigest()
    assert found["metadata"]["name"] == f"csi-{digest}"
    assert found["spec"] == {"attacher": DRIVER, "nodeName": "node-1", "source": {"persistentVolumeName": disk}}
    assert found["status"] == {"attached": True}
    assert found["metadata"]["finalizers"] == ["external-attacher/disk-orquesta-local"]
    assert found["metadata"]["annotations"] == {"csi.alpha.kubernetes.io/node-id": "node-1"}


def test_two_pods_on_one_node_share_one_attachment_and_the_last_to_leave_removes_it(world):
    shared(world)
    user(world, "b", **on("node-1"))
    world.until_ready("b")
    world.delete("pod", "a", grace=0)
    world.clock.advance(5)
    assert len(attachments(world)) == 1
    world.delete("pod", "b", grace=0)
    world.until(lambda: not attachments(world), timeout=5)


def test_a_volume_that_admits_several_nodes_has_one_attachment_for_each(world):
    shared(world, ("ReadWriteMany",))
    user(world, "b", **on("node-2"))
    world.until_ready("b")
    assert sorted(one["spec"]["nodeName"] for one in attachments(world)) == ["node-1", "node-2"]


def test_an_exclusive_one_moves_only_after_leaving_the_other_node(world):
    shared(world)
    user(world, "b", **on("node-2"))
    assert waits(world, "b")
    assert [one["spec"]["nodeName"] for one in attachments(world)] == ["node-1"]
    world.delete("pod", "a", grace=0)
    world.until_ready("b", timeout=10)
    assert [one["spec"]["nodeName"] for one in attachments(world)] == ["node-2"]


def test_a_folder_of_the_node_needs_no_attachment(world):
    volume(world, "manual")
    claim(world)
    user(world, "a")
    world.until_ready("a")
    assert attachments(world) == []


def test_a_driver_that_says_so_needs_no_attachment(world):
    spec = {"attachRequired": False}
    world.api.create(kinds.CSIDRIVER, {"metadata": {"name": "disk.example.com"}, "spec": spec})
    foreign(world)
    world.until_ready("a")
    assert attachments(world) == []


def test_without_its_driver_a_volume_is_never_attached_and_the_pod_is_told_why(world):
    foreign(world)
    assert waits(world, "a", 121)
    assert [one["status"]["attached"] for one in attachments(world)] == [False]
    why = ('AttachVolume.Attach failed for volume "far" : timed out waiting for external-attacher of disk.example.com '
           "CSI driver to attach volume vol-1")  # fmt: skip
    assert events(world, "a", "FailedAttachVolume") == [why]
    world.delete("pod", "a", grace=0)
    world.until(lambda: not attachments(world), timeout=5)


def test_an_attachment_deleted_by_hand_comes_back_while_a_pod_uses_it(world):
    shared(world)
    (before,) = attachments(world)
    world.delete("volumeattachments", before["metadata"]["name"])
    world.clock.advance(1)
    (after,) = attachments(world)
    assert after["metadata"]["name"] == before["metadata"]["name"]
    assert after["metadata"]["uid"] != before["metadata"]["uid"] and after["status"] == {"attached": True}


def test_nobody_attaches_while_the_controller_is_stopped(world):
    name = "persistentvolume-attach-detach-controller"
    fault = world.cluster.faults.inject({"kind": "controller-stopped", "controller": name}).name
    claim(world, storage_class="standard")
    user(world, "a")
    assert waits(world, "a")
    assert attachments(world) == []
    world.cluster.faults.heal(fault)
    world.until_ready("a", timeout=10)


def test_a_disk_is_not_destroyed_while_a_lost_node_still_has_it(world):
    disk = shared(world)
    world.cluster.kubelet.disconnect("node-1")
    world.clock.advance(60)
    world.delete("pod", "a", grace=0)
    world.delete("pvc", "data")
    world.clock.advance(30)
    assert world.get("pv", disk)["status"]["phase"] == "Released"
    why = f"persistentvolume {disk} is still attached to node node-1"
    assert ("Warning", "VolumeFailedDelete", why) in world.events(disk)
    world.until(lambda: world.get("pv", disk) is None, timeout=FORCE_AFTER + 30)
    assert attachments(world) == []


def test_a_node_removed_as_soon_as_its_pod_leaves_gives_the_disk_up_with_it(world):
    shared(world)
    world.cluster.api.watch(kinds.POD, lambda event: event.type == "DELETED" and world.clock.call_in(
        0.001, lambda: world.delete("node", "node-1")))  # fmt: skip
    world.delete("pod", "a")
    world.until(lambda: not attachments(world), timeout=60)
    user(world, "b", **on("node-2"))
    world.until_ready("b", timeout=10)


def test_each_node_says_who_serves_its_disks_and_the_word_leaves_with_the_node(world):
    found = world.all("csinodes", None)
    assert [one["metadata"]["name"] for one in found] == ["node-1", "node-2", "node-3"]
    node = world.get("node", "node-1")["metadata"]
    assert found[0]["spec"] == {"drivers": [{"name": DRIVER, "nodeID": "node-1", "topologyKeys": None}]}
    assert found[0]["metadata"]["ownerReferences"] == [
        {"apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": node["uid"]}
    ]
    world.delete("node", "node-1")
    world.until(lambda: world.get("csinode", "node-1") is None, timeout=5)
    world.cluster.kubelet.retire("node-1")
    world.cluster.kubelet.register("node-1")
    (owner,) = world.get("csinode", "node-1")["metadata"]["ownerReferences"]
    world.clock.advance(5)
    assert owner["uid"] == world.get("node", "node-1")["metadata"]["uid"] and world.get("csinode", "node-1")


def told(world, node="node-1"):
    """Los discos que un nodo dice usar, y los que tiene enganchados."""
    status = world.get("node", node)["status"]
    return status.get("volumesInUse", []), [one["name"] for one in status.get("volumesAttached", [])]


def test_a_node_says_which_disks_it_uses_and_which_it_has(world):
    disk = shared(world)
    name = f"kubernetes.io/csi/{DRIVER}^{world.get('pv', disk)['spec']['csi']['volumeHandle']}"
    assert told(world) == ([name], [name]) and told(world, "node-2") == ([], [])
    assert world.get("node", "node-1")["status"]["volumesAttached"] == [{"name": name, "devicePath": ""}]
    user(world, "b", **on("node-1"))
    world.until_ready("b")
    world.delete("pod", "a")
    world.until(lambda: world.get("pod", "a") is None)
    assert told(world) == ([name], [name])
    world.delete("pod", "b")
    world.until(lambda: not attachments(world))
    assert told(world) == ([], [])


def test_a_node_without_network_goes_on_saying_that_it_uses_the_disk_until_it_can_speak(world):
    disk = shared(world)
    before = told(world)
    world.cluster.kubelet.disconnect("node-1")
    world.delete("pod", "a", grace=0)
    world.clock.advance(20)
    assert told(world) == before and len(attachments(world)) == 1
    world.cluster.kubelet.reconnect("node-1")
    world.until(lambda: not attachments(world), timeout=5)
    assert told(world) == ([], []) and world.get("pv", disk)


def test_a_cluster_that_comes_back_says_the_same_of_its_disks_and_still_gives_them_up(world):
    from lab_tools.embedded.cluster import EmbeddedCluster

    shared(world)
    before = world.get("node", "node-1")
    again = type(world)(EmbeddedCluster(saved=world.cluster.snapshot()))
    again.clock.advance(1)
    assert again.get("node", "node-1")["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    again.delete("pod", "a")
    again.until(lambda: not attachments(again), timeout=40)
    assert told(again) == ([], [])
