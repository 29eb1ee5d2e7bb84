"""Un Namespace: nace con lo suyo y se va con todo lo que tiene."""

from __future__ import annotations

from lab_tools.objects import kinds


def create(world, name="n"):
    world.api.create(kinds.NAMESPACE, {"metadata": {"name": name}})
    world.clock.advance(1)


def test_it_is_born_with_an_account_and_the_cluster_authority(world):
    create(world)
    assert world.get("serviceaccount", "default", "n")
    assert set(world.get("configmap", "kube-root-ca.crt", "n")["data"]) == {"ca.crt"}


def test_what_everybody_expects_is_put_back_when_deleted(world):
    create(world)
    world.delete("serviceaccount", "default", "n")
    world.until(lambda: world.get("serviceaccount", "default", "n") is not None)


def test_deleting_it_takes_all_that_is_in_it(world):
    create(world)
    world.pod("p", "n", terminationGracePeriodSeconds=1)
    world.until(lambda: world.get("pod", "p", "n")["status"]["phase"] == "Running")
    world.delete("namespace", "n")
    assert world.get("namespace", "n")["status"]["phase"] == "Terminating"
    world.until(lambda: world.get("namespace", "n") is None)
    assert world.all("pods", "n") == world.all("configmaps", "n") == world.all("events", "n") == []


def test_it_waits_for_finalizers_and_says_which(world):
    create(world)
    world.api.create(kinds.CONFIGMAP, {"metadata": {"name": "c", "finalizers": ["example.com/x"]}}, "n")
    world.delete("namespace", "n")
    world.clock.advance(5)
    found = {one["type"]: one for one in world.get("namespace", "n")["status"]["conditions"]}
    assert (
        found["NamespaceContentRemaining"]["message"]
        == "Some resources are remaining: configmaps. has 1 resource instances"
    )
    assert found["NamespaceFinalizersRemaining"]["status"] == "True"
    world.patch("configmap", "c", {"metadata": {"finalizers": None}}, "n")
    world.until(lambda: world.get("namespace", "n") is None)
