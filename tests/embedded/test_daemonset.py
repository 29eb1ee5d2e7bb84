"""Un DaemonSet: un Pod en cada nodo que sirva, y solo en ellos, también mientras cambia de versión."""

from __future__ import annotations

from lab_tools.objects import kinds


def daemon_set(world, name="agent", image="nginx:1.27", template=None, **spec):
    pod = {"containers": [{"name": "c", "image": image}], "terminationGracePeriodSeconds": 0, **(template or {})}
    body = {"selector": {"matchLabels": {"app": name}}, **spec,
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod}}  # fmt: skip
    return world.api.create(kinds.DAEMONSET, {"metadata": {"name": name}, "spec": body}, "default")


def status(world, name="agent"):
    return world.get("daemonset", name)["status"]


def until_settled(world, count=3, timeout=60):
    def settled():
        found = status(world)
        return (found.get("observedGeneration") == world.get("ds", "agent")["metadata"]["generation"]
                and found.get("updatedNumberScheduled", 0) == found.get("numberAvailable", 0) == count)  # fmt: skip

    return world.until(settled, timeout)


def nodes_of(world):
    return sorted(pod["spec"].get("nodeName", "") for pod in world.all("pods"))


def set_image(world, image):
    world.patch("ds", "agent", {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}})


def images(world):
    return sorted(pod["spec"]["containers"][0]["image"] for pod in world.all("pods"))


def test_each_node_gets_one_pod(world):
    daemon_set(world)
    until_settled(world)
    assert nodes_of(world) == ["node-1", "node-2", "node-3"]
    assert status(world) == {"currentNumberScheduled": 3, "desiredNumberScheduled": 3, "numberAvailable": 3,
                             "numberMisscheduled": 0, "numberReady": 3, "updatedNumberScheduled": 3,
                             "observedGeneration": 1}  # fmt: skip


def test_a_new_node_gets_its_pod_and_a_node_that_stops_fitting_loses_it(world):
    daemon_set(world, template={"nodeSelector": {"disk": "ssd"}})
    world.clock.advance(5)
    assert world.all("pods") == []
    world.patch("node", "node-2", {"metadata": {"labels": {"disk": "ssd"}}})
    until_settled(world, 1)
    assert nodes_of(world) == ["node-2"]
    world.patch("node", "node-2", {"metadata": {"labels": {"disk": None}}})
    world.until(lambda: world.all("pods") == [])


def test_a_cordoned_node_keeps_its_pod_and_gets_it_back(world):
    daemon_set(world)
    until_settled(world)
    world.patch("node", "node-1", {"spec": {"unschedulable": True}})
    [pod] = [one for one in world.all("pods") if one["spec"]["nodeName"] == "node-1"]
    world.delete("pod", pod["metadata"]["name"])
    world.until(lambda: len(world.all("pods")) == 2)
    world.until(lambda: nodes_of(world) == ["node-1", "node-2", "node-3"])


def test_an_untolerated_taint_keeps_new_pods_out_but_evicts_nobody_unless_it_says_no_execute(world):
    daemon_set(world)
    until_settled(world)
    world.patch("node", "node-3", {"spec": {"taints": [{"key": "team", "value": "blue", "effect": "NoSchedule"}]}})
    world.until(lambda: status(world)["numberMisscheduled"] == 1)
    assert nodes_of(world) == ["node-1", "node-2", "node-3"]
    world.patch("node", "node-3", {"spec": {"taints": [{"key": "team", "value": "blue", "effect": "NoExecute"}]}})
    world.until(lambda: nodes_of(world) == ["node-1", "node-2"])


def test_a_rollout_never_has_more_nodes_down_than_allowed(world):
    daemon_set(world)
    until_settled(world)
    least = []

    def count(_):
        conditions = [world.condition("pod", one["metadata"]["name"], "Ready") for one in world.all("pods")]
        least.append(sum(one.get("status") == "True" for one in conditions))

    world.api.watch(kinds.POD, count)
    set_image(world, "nginx:1.28")
    until_settled(world)
    assert images(world) == ["nginx:1.28"] * 3
    assert min(least) == 2


def test_with_surge_the_new_pod_serves_before_the_old_one_leaves(world):
    daemon_set(world, updateStrategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})
    until_settled(world)
    seen = []
    world.api.watch(kinds.POD, lambda _: seen.append(len(world.all("pods"))))
    set_image(world, "nginx:1.28")
    until_settled(world)
    world.until(lambda: len(world.all("pods")) == 3)
    assert (min(seen), max(seen)) == (3, 4)


def test_on_delete_waits_for_someone_to_delete(world):
    daemon_set(world, updateStrategy={"type": "OnDelete"})
    until_settled(world)
    set_image(world, "nginx:1.28")
    world.clock.advance(30)
    assert images(world) == ["nginx:1.27"] * 3
    world.delete("pod", world.all("pods")[0]["metadata"]["name"])
    world.until(lambda: images(world) == ["nginx:1.27", "nginx:1.27", "nginx:1.28"])


def test_every_template_leaves_a_revision_up_to_the_limit(world):
    daemon_set(world, revisionHistoryLimit=1)
    until_settled(world)
    for image in ("nginx:1.28", "busybox:1.36", "nginx:1.27"):
        set_image(world, image)
        world.clock.advance(90)
    revisions = sorted(one["revision"] for one in world.all("controllerrevisions"))
    assert revisions[-1] == 4
    assert len(revisions) == 2


def test_a_daemon_that_ends_is_replaced_with_growing_pauses(world):
    daemon_set(world)
    until_settled(world)
    [victim] = [one["metadata"]["name"] for one in world.all("pods") if one["spec"]["nodeName"] == "node-1"]
    world.api.update(kinds.POD, {"metadata": {"name": victim, "namespace": "default"},
                                 "status": {"phase": "Failed"}}, subresource="status")  # fmt: skip
    world.until(lambda: world.get("pod", victim) is None)
    until_settled(world)
    assert world.events("agent", "FailedDaemonPod") == [
        ("Warning", "FailedDaemonPod",
         f"Found failed daemon pod default/{victim} on node node-1, will try to kill it")]  # fmt: skip
