"""Almacenamiento: a cada petición su volumen, nada en uso se va, y lo fabricado se devuelve."""

from __future__ import annotations

import random

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import StatusError
from lab_tools.objects import kinds, storage


def volume(world, name, size="1Gi", storage_class="manual", modes=("ReadWriteOnce",), **spec):
    body = {"capacity": {"storage": size}, "accessModes": list(modes), "storageClassName": storage_class,
            "hostPath": {"path": "/tmp/x"}, **spec}  # fmt: skip
    return world.api.create(kinds.PERSISTENTVOLUME, {"metadata": {"name": name}, "spec": body})


def claim(world, name="data", size="1Gi", storage_class="manual", modes=("ReadWriteOnce",), **spec):
    body = {"accessModes": list(modes), "resources": {"requests": {"storage": size}}, **spec}
    if storage_class is not None:
        body["storageClassName"] = storage_class
    return world.api.create(kinds.PERSISTENTVOLUMECLAIM, {"metadata": {"name": name}, "spec": body}, "default")


def storage_class(world, name, provisioner="disk.orquesta.local", mode="Immediate", **more):
    return world.api.create(kinds.STORAGECLASS, {"metadata": {"name": name}, "provisioner": provisioner,
                                                 "volumeBindingMode": mode, **more})  # fmt: skip


def user(world, name="p", claim_name="data", **spec):
    mounts = [{"name": "v", "mountPath": "/data"}]
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": claim_name}}]
    return world.busybox(name, "sleep", "3600", container={"volumeMounts": mounts}, volumes=volumes, **spec)


def phase(world, word, name):
    found = world.get(word, name)
    return found and found["status"]["phase"]


def until_bound(world, name="data"):
    return world.until(lambda: phase(world, "pvc", name) == "Bound", timeout=10)


def message(world, name="p"):
    return world.condition("pod", name, "PodScheduled").get("message", "")


def test_a_claim_takes_the_smallest_volume_that_fits(world):
    for name, size in (("huge", "9Gi"), ("big", "5Gi"), ("small", "1Gi")):
        volume(world, name, size)
    claim(world, size="2Gi")
    until_bound(world)
    found = world.get("pvc", "data")
    assert found["spec"]["volumeName"] == "big" and found["status"]["capacity"] == {"storage": "5Gi"}
    assert world.get("pv", "big")["spec"]["claimRef"]["uid"] == found["metadata"]["uid"]
    assert [phase(world, "pv", name) for name in ("huge", "big", "small")] == ["Available", "Bound", "Available"]


@pytest.mark.parametrize("wrong", [
    {"storage_class": "other"}, {"size": "2Gi"}, {"modes": ["ReadWriteMany"]}, {"volumeMode": "Block"},
    {"selector": {"matchLabels": {"disk": "ssd"}}},
])  # fmt: skip
def test_a_volume_that_does_not_fit_stays_available(world, wrong):
    volume(world, "v")
    claim(world, **wrong)
    world.clock.advance(5)
    assert (phase(world, "pv", "v"), phase(world, "pvc", "data")) == ("Available", "Pending")


def test_two_claims_never_share_a_volume(world):
    volume(world, "v")
    claim(world, "a")
    claim(world, "b")
    world.clock.advance(5)
    assert sorted([phase(world, "pvc", "a"), phase(world, "pvc", "b")]) == ["Bound", "Pending"]


def test_a_late_volume_serves_who_waits(world):
    claim(world)
    world.clock.advance(5)
    volume(world, "v")
    until_bound(world)


def test_a_reserved_volume_is_for_its_claim(world):
    volume(world, "v", claimRef={"namespace": "default", "name": "mine"})
    claim(world, "other")
    claim(world, "mine")
    until_bound(world, "mine")
    assert phase(world, "pvc", "other") == "Pending"


def test_why_a_claim_waits_is_told(world):
    claim(world, "none", storage_class=None)
    claim(world, "lost", storage_class="nothing")
    world.clock.advance(1)
    assert world.events("none") == [
        ("Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set")
    ]
    assert world.events("lost") == [
        ("Warning", "ProvisioningFailed", 'storageclass.storage.k8s.io "nothing" not found')
    ]


def test_a_retained_volume_waits_for_a_person(world):
    volume(world, "v")
    claim(world)
    until_bound(world)
    world.delete("pvc", "data")
    world.until(lambda: phase(world, "pv", "v") == "Released", timeout=5)
    claim(world)
    world.clock.advance(5)
    assert phase(world, "pvc", "data") == "Pending"


def test_a_claim_in_use_does_not_go_until_its_pod_does(world):
    volume(world, "v")
    claim(world)
    user(world)
    world.until_ready("p")
    world.delete("pvc", "data")
    world.clock.advance(30)
    assert world.get("pvc", "data")["metadata"]["deletionTimestamp"]
    world.delete("pod", "p", grace=0)
    world.until(lambda: world.get("pvc", "data") is None, timeout=5)


def test_a_claim_that_only_a_pod_without_a_node_waits_for_goes_at_once(world):
    claim(world, storage_class="de-nadie")
    user(world)
    world.clock.advance(5)
    assert not world.get("pod", "p")["spec"].get("nodeName")
    world.delete("pvc", "data")
    world.until(lambda: world.get("pvc", "data") is None, timeout=2)
    volume(world, "v")
    claim(world)  # la siguiente con ese nombre le sirve
    world.until_ready("p")


def test_a_bound_volume_does_not_go_until_its_claim_does(world):
    volume(world, "v")
    claim(world)
    until_bound(world)
    world.delete("pv", "v")
    world.clock.advance(5)
    assert phase(world, "pv", "v") == "Bound"
    world.delete("pvc", "data")
    world.until(lambda: world.get("pv", "v") is None, timeout=5)


def test_a_class_of_ours_makes_the_volume_and_takes_it_back(world):
    storage_class(world, "fast")
    claim(world, size="3Gi", storage_class="fast")
    assert until_bound(world) >= 1
    name = world.get("pvc", "data")["spec"]["volumeName"]
    assert world.get("pv", name)["spec"]["capacity"] == {"storage": "3Gi"}
    assert [reason for _, reason, _ in world.events("data")] == [
        "ExternalProvisioning", "Provisioning", "ProvisioningSucceeded"]  # fmt: skip
    world.delete("pvc", "data")
    world.until(lambda: world.get("pv", name) is None, timeout=10)


def test_another_provisioner_is_waited_for(world):
    storage_class(world, "cloud", provisioner="example.com/disk")
    claim(world, storage_class="cloud")
    world.clock.advance(60)
    assert phase(world, "pvc", "data") == "Pending" and world.all("pv", None) == []
    assert "external provisioner 'example.com/disk'" in world.events("data", "ExternalProvisioning")[0][2]


def test_the_default_class_serves_who_names_none(world):
    fast = storage_class(world, "fast")
    world.api.patch(kinds.STORAGECLASS, None, "fast", {"metadata": {"annotations": {
        "storageclass.kubernetes.io/is-default-class": "true"}}}, "merge")  # fmt: skip
    assert claim(world, "a", storage_class=None)["spec"]["storageClassName"] == fast["metadata"]["name"]
    assert claim(world, "b", storage_class="")["spec"]["storageClassName"] == ""


def test_a_claim_grows_when_its_class_lets_it(world):
    storage_class(world, "fast", allowVolumeExpansion=True)
    claim(world, storage_class="fast")
    until_bound(world)
    more = {"spec": {"resources": {"requests": {"storage": "4Gi"}}}}
    world.patch("pvc", "data", more)
    world.until(lambda: world.get("pvc", "data")["status"]["capacity"] == {"storage": "4Gi"}, timeout=10)
    name = world.get("pvc", "data")["spec"]["volumeName"]
    assert world.get("pv", name)["spec"]["capacity"] == {"storage": "4Gi"}


def test_a_claim_of_a_rigid_class_does_not_grow(world):
    storage_class(world, "fast")
    claim(world, storage_class="fast")
    until_bound(world)
    with pytest.raises(StatusError) as caught:
        world.patch("pvc", "data", {"spec": {"resources": {"requests": {"storage": "4Gi"}}}})
    assert "only dynamically provisioned pvc can be resized" in caught.value.message


def test_a_claim_that_waits_for_its_first_consumer_is_made_for_it(world):
    claim(world, storage_class="standard")
    world.clock.advance(10)
    assert phase(world, "pvc", "data") == "Pending"
    assert world.events("data") == [
        ("Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
    ]
    user(world)
    world.until_ready("p")
    node = world.get("pod", "p")["spec"]["nodeName"]
    notes = world.get("pvc", "data")["metadata"]["annotations"]
    assert phase(world, "pvc", "data") == "Bound" and notes["volume.kubernetes.io/selected-node"] == node


def test_a_pod_waits_for_its_volume_and_says_why(world):
    claim(world)
    user(world)
    world.clock.advance(5)
    assert message(world).startswith("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.")
    volume(world, "v")
    world.until_ready("p")


def test_a_pod_without_its_claim_waits_for_it(world):
    user(world)
    world.clock.advance(5)
    assert message(world) == '0/3 nodes are available: persistentvolumeclaim "data" not found. not found'
    volume(world, "v")
    claim(world)
    world.until_ready("p")


def test_a_local_volume_takes_the_pod_to_its_node(world):
    storage_class(world, "local", provisioner="kubernetes.io/no-provisioner", mode="WaitForFirstConsumer")
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-2"]}]}
    volume(world, "v", storage_class="local", nodeAffinity={"required": {"nodeSelectorTerms": [term]}})
    claim(world, storage_class="local")
    user(world)
    world.until_ready("p")
    assert world.get("pod", "p")["spec"]["nodeName"] == "node-2"
    user(world, "q", nodeSelector={"kubernetes.io/hostname": "node-1"})
    world.clock.advance(5)
    assert "1 node(s) didn't match PersistentVolume's node affinity" in message(world, "q")


def test_without_volumes_to_choose_no_node_serves(world):
    storage_class(world, "local", provisioner="kubernetes.io/no-provisioner", mode="WaitForFirstConsumer")
    claim(world, storage_class="local")
    user(world)
    world.clock.advance(5)
    assert message(world).startswith(
        "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind."
    )


def test_data_survives_its_pod(world):
    claim(world, storage_class="standard")
    mounts = [{"name": "v", "mountPath": "/data"}]
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]

    def run(name, command):
        container = {"volumeMounts": mounts, "terminationMessagePath": "/dev/termination-log"}
        world.busybox(name, "sh", "-c", command, container=container, volumes=volumes, restartPolicy="Never")
        world.until(lambda: phase(world, "pod", name) in ("Succeeded", "Failed"))
        return world.container(name)["state"]["terminated"].get("message", "")

    run("writes", "echo hola > /data/saludo")
    world.delete("pod", "writes", grace=0)
    assert run("reads", "cat /data/saludo > /dev/termination-log").strip() == "hola"


@pytest.mark.parametrize(("path", "ends"), [("/tmp/x", None), ("/srv/x", "Failed")])
def test_what_a_person_made_is_deleted_only_if_it_is_temporary(world, path, ends):
    volume(world, "v", persistentVolumeReclaimPolicy="Delete", hostPath={"path": path})
    claim(world)
    until_bound(world)
    world.delete("pvc", "data")
    world.until(lambda: phase(world, "pv", "v") == ends, timeout=5)
    if ends:
        assert world.events("v", "VolumeFailedDelete")[0][2].endswith(f"received provided {path}")


def test_a_recycled_volume_serves_again(world):
    volume(world, "v", persistentVolumeReclaimPolicy="Recycle")
    claim(world, "a")
    until_bound(world, "a")
    world.delete("pvc", "a")
    world.until(lambda: phase(world, "pv", "v") == "Available", timeout=5)
    claim(world, "b")
    until_bound(world, "b")


def test_an_ephemeral_volume_lives_as_long_as_its_pod(world):
    template = {"spec": {"storageClassName": "standard", "accessModes": ["ReadWriteOnce"],
                         "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
    world.pod("p", volumes=[{"name": "v", "ephemeral": {"volumeClaimTemplate": template}}])
    world.until_ready("p")
    assert phase(world, "pvc", "p-v") == "Bound"
    world.delete("pod", "p", grace=0)
    world.until(lambda: world.all("pvc") == [] and world.all("pv", None) == [], timeout=10)


def test_a_namespace_that_goes_gives_its_volumes_back(world):
    world.api.create(kinds.NAMESPACE, {"metadata": {"name": "shop"}})
    world.clock.settle()
    body = {"storageClassName": "standard", "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}  # fmt: skip
    world.api.create(kinds.PERSISTENTVOLUMECLAIM, {"metadata": {"name": "data"}, "spec": body}, "shop")
    world.clock.advance(1)
    user(world, namespace="shop")
    world.until(lambda: world.all("pv", None) != [])
    world.clock.advance(10)
    world.delete("namespace", "shop")
    world.until(lambda: world.get("namespace", "shop") is None and world.all("pv", None) == [], timeout=120)


def test_each_replica_of_a_stateful_set_keeps_its_own_disk(world):
    template = {"metadata": {"name": "data"},
                "spec": {"storageClassName": "standard", "accessModes": ["ReadWriteOnce"],
                         "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
    container = {"name": "c", "image": "nginx:1.27", "volumeMounts": [{"name": "data", "mountPath": "/d"}]}
    labels = {"app": "db"}
    spec = {"serviceName": "db", "replicas": 2, "selector": {"matchLabels": labels}, "volumeClaimTemplates": [template],
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}  # fmt: skip
    world.api.create(kinds.STATEFULSET, {"metadata": {"name": "db"}, "spec": spec}, "default")
    world.until(lambda: world.get("statefulset", "db")["status"].get("readyReplicas") == 2)
    disks = {one["metadata"]["name"]: one["spec"]["volumeName"] for one in world.all("pvc")}
    assert sorted(disks) == ["data-db-0", "data-db-1"] and len(set(disks.values())) == 2
    world.delete("pod", "db-1", grace=0)
    world.until(lambda: world.get("pod", "db-1") is not None)
    world.until_ready("db-1")
    assert {one["metadata"]["name"]: one["spec"]["volumeName"] for one in world.all("pvc")} == disks


@pytest.mark.parametrize("seed", range(4))
def test_claims_and_volumes_end_in_pairs_and_nobody_waits_in_vain(world, seed):
    rng = random.Random(seed)
    for step in range(40):
        word = rng.choice(["pv", "pvc"])
        present = [one["metadata"]["name"] for one in world.all(word, None if word == "pv" else "default")]
        if present and rng.random() < 0.4:
            world.delete(word, rng.choice(present))
        elif word == "pv":
            volume(world, f"v{step}", f"{rng.randint(1, 3)}Gi")
        else:
            claim(world, f"c{step}", f"{rng.randint(1, 3)}Gi")
        world.clock.advance(rng.random() / 10)
    world.clock.advance(30)
    claims, volumes = world.all("pvc"), world.all("pv", None)
    pairs = {one["metadata"]["uid"]: one["spec"]["volumeName"] for one in claims if one["status"]["phase"] == "Bound"}
    owners = {one["metadata"]["name"]: one["spec"]["claimRef"]["uid"] for one in volumes
              if one["status"]["phase"] == "Bound"}  # fmt: skip
    assert {name: uid for uid, name in pairs.items()} == owners
    free = [one for one in volumes if one["status"]["phase"] == "Available"]
    assert not any(storage.best(free, one) for one in claims if one["status"]["phase"] == "Pending")


def test_a_saved_cluster_goes_on_with_its_volumes(world):
    storage_class(world, "fast")
    claim(world, "one", storage_class="fast")
    until_bound(world, "one")
    claim(world, "two", storage_class="fast")
    world.clock.advance(0.5)
    again = type(world)(EmbeddedCluster(saved=world.cluster.snapshot()))
    assert phase(again, "pvc", "one") == "Bound"
    until_bound(again, "two")
    again.delete("pvc", "one")
    again.until(lambda: again.get("pvc", "one") is None and len(again.all("pv", None)) == 1, timeout=10)


ZONE = "topology.kubernetes.io/zone"


def refused(world, name):
    world.clock.advance(3)
    return world.condition("pod", name, "PodScheduled").get("message", "")


def test_a_class_that_only_makes_disks_in_some_places_takes_the_pod_there(world):
    zone = world.get("node", "node-2")["metadata"]["labels"][ZONE]
    for name, place in (("aqui", zone), ("lejos", "luna")):
        world.api.create(kinds.STORAGECLASS, {
            "metadata": {"name": name}, "provisioner": "disk.orquesta.local",
            "volumeBindingMode": "WaitForFirstConsumer",
            "allowedTopologies": [{"matchLabelExpressions": [{"key": ZONE, "values": [place]}]}]})  # fmt: skip
    claim(world, storage_class="aqui")
    user(world, "a")
    world.until_ready("a")
    assert world.get("pod", "a")["spec"]["nodeName"] == "node-2"
    world.delete("pod", "a", grace=0)
    world.delete("pvc", "data")
    world.until(lambda: world.get("pvc", "data") is None)
    claim(world, storage_class="lejos")
    user(world, "b")
    assert "3 node(s) didn't find available persistent volumes to bind" in refused(world, "b")


def test_a_disk_with_a_zone_takes_its_pod_to_the_nodes_of_that_zone(world):
    zone = world.get("node", "node-3")["metadata"]["labels"][ZONE]
    volume(world, "manual")
    world.patch("pv", "manual", {"metadata": {"labels": {ZONE: zone}}})
    claim(world)
    user(world, "a")
    world.until_ready("a")
    assert world.get("pod", "a")["spec"]["nodeName"] == "node-3"
    world.patch("pv", "manual", {"metadata": {"labels": {ZONE: "luna"}}})
    user(world, "b")
    assert "3 node(s) had no available volume zone" in refused(world, "b")


def test_who_named_no_class_gets_the_default_one_when_it_comes(world):
    body = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    for name, more in (("una", {}), ("ninguna", {"storageClassName": ""})):
        world.api.create(kinds.PERSISTENTVOLUMECLAIM, {"metadata": {"name": name}, "spec": {**body, **more}}, "default")
    world.clock.advance(5)
    assert "storageClassName" not in world.get("pvc", "una")["spec"]
    notes = {"storageclass.kubernetes.io/is-default-class": "true"}
    world.api.create(kinds.STORAGECLASS, {"metadata": {"name": "tarde", "annotations": notes},
                                          "provisioner": "disk.orquesta.local"})  # fmt: skip
    world.until(lambda: world.get("pvc", "una")["status"]["phase"] == "Bound")
    assert world.get("pvc", "una")["spec"]["storageClassName"] == "tarde"
    assert world.get("pvc", "ninguna")["status"]["phase"] == "Pending"


def test_what_was_asked_by_mistake_and_has_not_grown_may_be_lowered_but_not_to_what_there_is(world):
    storage_class(world, "fast", allowVolumeExpansion=True)
    claim(world, storage_class="fast")
    until_bound(world)

    def ask(size):
        world.patch("pvc", "data", {"spec": {"resources": {"requests": {"storage": size}}}})

    ask("40Gi")
    ask("4Gi")
    for size in ("1Gi", "512Mi"):
        with pytest.raises(StatusError, match=r"field can not be less than status\.capacity"):
            ask(size)
    world.until(lambda: world.get("pvc", "data")["status"]["capacity"] == {"storage": "4Gi"}, timeout=10)


def test_a_node_takes_no_more_disks_than_it_says(world):
    driver = {"name": "disk.orquesta.local", "nodeID": "node-1", "topologyKeys": None}

    def admits(count):
        world.patch("csinode", "node-1", {"spec": {"drivers": [{**driver, "allocatable": {"count": count}}]}})

    admits(2)
    for name in "abc":
        claim(world, name, storage_class="standard")
        user(world, name, name, nodeSelector={"kubernetes.io/hostname": "node-1"})
        world.clock.advance(10)
    user(world, "tambien-a", "a", nodeSelector={"kubernetes.io/hostname": "node-1"})
    world.until_ready("tambien-a")
    assert refused(world, "c") == (
        "0/3 nodes are available: 1 node(s) exceed max volume count, 2 node(s) didn't match Pod's node "
        "affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims "
        "found for incoming pod, 2 Preemption is not helpful for scheduling."
    )
    admits(3)
    world.until_ready("c")
