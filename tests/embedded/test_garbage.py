"""Cuando un dueño se va: detrás de él, antes que él, o sin él."""

from __future__ import annotations

from lab_tools.objects import kinds


def test_background_takes_the_whole_tree_after_the_owner(world):
    world.deployment(template={"terminationGracePeriodSeconds": 0})
    world.until_available()
    world.delete("deployment", "web")
    assert world.get("deployment", "web") is None
    world.until(lambda: world.all("replicasets") == [] and world.all("pods") == [])


def test_foreground_makes_the_owner_wait_for_its_own(world):
    world.deployment(template={"terminationGracePeriodSeconds": 1})
    world.until_available()
    world.delete("deployment", "web", propagation="Foreground")
    order = []
    for word in ("deployments", "replicasets", "pods"):
        world.api.watch(kinds.named(word), lambda event, word=word: event.type == "DELETED" and order.append(word))
    world.until(lambda: world.get("deployment", "web") is None)
    assert order == ["pods", "pods", "replicasets", "deployments"]


def test_orphan_leaves_them_behind_without_an_owner(world):
    world.deployment()
    world.until_available()
    world.delete("deployment", "web", propagation="Orphan")
    world.until(lambda: world.get("deployment", "web") is None)
    world.clock.advance(10)
    [left] = world.all("replicasets")
    assert "ownerReferences" not in left["metadata"]
    assert len(world.all("pods")) == 2


def test_an_object_whose_owner_never_was_goes_at_once(world):
    ghost = {"apiVersion": "v1", "kind": "ConfigMap", "name": "ghost", "uid": "6f1c3a52-0000-4000-8000-000000000000"}
    world.api.create(kinds.SECRET, {"metadata": {"name": "lost", "ownerReferences": [ghost]}}, "default")
    world.until(lambda: world.get("secret", "lost") is None, timeout=5)


def test_with_two_owners_one_is_enough_to_stay(world):
    owners = [world.api.create(kinds.CONFIGMAP, {"metadata": {"name": name}}, "default") for name in ("a", "b")]
    refs = [
        {"apiVersion": "v1", "kind": "ConfigMap", **{key: one["metadata"][key] for key in ("name", "uid")}}
        for one in owners
    ]
    world.api.create(kinds.SECRET, {"metadata": {"name": "child", "ownerReferences": refs}}, "default")
    world.delete("configmap", "a")
    world.clock.advance(2)
    assert [one["name"] for one in world.get("secret", "child")["metadata"]["ownerReferences"]] == ["b"]
    world.delete("configmap", "b")
    world.until(lambda: world.get("secret", "child") is None, timeout=5)


def reference(owner):
    return {"apiVersion": "v1", "kind": "ConfigMap", **{key: owner["metadata"][key] for key in ("name", "uid")}}


def test_an_owner_of_another_namespace_is_as_if_it_were_not_there_and_it_is_said(world):
    world.api.create(kinds.NAMESPACE, {"metadata": {"name": "otro"}})
    owner = world.api.create(kinds.CONFIGMAP, {"metadata": {"name": "a"}}, "otro")
    world.api.create(kinds.SECRET, {"metadata": {"name": "child", "ownerReferences": [reference(owner)]}}, "default")
    world.until(lambda: world.get("secret", "child") is None, timeout=5)
    named = f"[v1/ConfigMap, namespace: default, name: a, uid: {owner['metadata']['uid']}]"
    said = f'ownerRef {named} does not exist in namespace "default"'
    assert world.events("child") == [("Warning", "OwnerRefInvalidNamespace", said)]


def test_what_has_no_namespace_outlives_an_owner_that_has_one(world):
    owner = world.api.create(kinds.CONFIGMAP, {"metadata": {"name": "a"}}, "default")
    body = {"metadata": {"name": "rol", "ownerReferences": [reference(owner)]}, "rules": []}
    world.api.create(kinds.CLUSTERROLE, body)
    world.delete("configmap", "a")
    world.clock.advance(30)
    assert world.get("clusterrole", "rol") is not None
    assert [reason for _, reason, _ in world.events("rol")] == ["OwnerRefInvalidNamespace"]


def test_who_does_not_block_its_owner_may_still_be_there_when_it_goes(world):
    owner = world.api.create(kinds.CONFIGMAP, {"metadata": {"name": "a"}}, "default")
    held = {"finalizers": ["example.com/hold"]}
    for name, blocks in (("suelto", False), ("firme", True)):
        ref = {**reference(owner), "blockOwnerDeletion": blocks}
        world.api.create(kinds.SECRET, {"metadata": {"name": name, "ownerReferences": [ref], **held}}, "default")
    world.delete("configmap", "a", propagation="Foreground")
    world.clock.advance(5)
    assert world.get("configmap", "a")["metadata"]["finalizers"] == ["foregroundDeletion"]
    world.patch("secret", "firme", {"metadata": {"finalizers": None}})
    world.until(lambda: world.get("configmap", "a") is None, timeout=5)
    assert world.get("secret", "suelto")["metadata"]["deletionTimestamp"] and world.get("secret", "firme") is None
