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
