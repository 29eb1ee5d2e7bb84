"""Un presupuesto de interrupciones: cuántos Pods se pueden quitar, y que nadie quite más."""

from __future__ import annotations

import json

import pytest

from lab_tools.embedded.rest import Request
from lab_tools.objects import kinds


def budget(world, name="web", app="web", **spec):
    body = {"selector": {"matchLabels": {"app": app}}, **spec}
    return world.api.create(kinds.PODDISRUPTIONBUDGET, {"metadata": {"name": name}, "spec": body}, "default")


def counts(world, name="web"):
    status = world.get("pdb", name)["status"]
    return tuple(status[key] for key in ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed"))


def evict(world, pod, **options):
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}, **options}
    path = f"/api/v1/namespaces/default/pods/{pod}/eviction"
    response = world.cluster.handle(Request("POST", path, {}, {}, json.dumps(body).encode()))
    return response.status, json.loads(response.body)


def first(world):
    return min(pod["metadata"]["name"] for pod in world.all("pods"))


@pytest.mark.parametrize(("spec", "expected"), [
    ({"minAvailable": 3}, (4, 3, 4, 1)),
    ({"minAvailable": "30%"}, (4, 2, 4, 2)),
    ({"maxUnavailable": 1}, (4, 3, 4, 1)),
    ({"maxUnavailable": "30%"}, (4, 2, 4, 2)),
    ({"maxUnavailable": 9}, (4, 0, 4, 4)),
    ({"minAvailable": 9}, (4, 9, 4, 0)),
])  # fmt: skip
def test_it_counts_as_the_real_controller_does(world, spec, expected):
    world.deployment(replicas=4)
    world.until_available(replicas=4)
    budget(world, **spec)
    world.clock.advance(2)
    assert counts(world) == expected
    [condition] = world.get("pdb", "web")["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == (
        "DisruptionAllowed", "SufficientPods" if expected[3] else "InsufficientPods")  # fmt: skip


def test_it_expects_what_the_deployment_asks_even_while_there_is_less(world):
    world.deployment(replicas=2, image="nginx:none")
    budget(world, maxUnavailable=1)
    world.clock.advance(10)
    assert counts(world) == (2, 1, 0, 0)


def test_an_eviction_spends_the_budget_until_a_replacement_is_healthy(world):
    world.deployment(replicas=3)
    world.until_available(replicas=3)
    budget(world, maxUnavailable=1)
    world.clock.advance(2)
    pod = first(world)
    assert evict(world, pod)[0] == 201
    assert world.condition("pod", pod, "DisruptionTarget")["reason"] == "EvictionByEvictionAPI"
    code, refusal = evict(world, max(one["metadata"]["name"] for one in world.all("pods")))
    assert (code, refusal["reason"]) == (429, "TooManyRequests")
    world.until(lambda: counts(world)[3] == 1 and world.get("pod", pod) is None)
    assert "disruptedPods" not in world.get("pdb", "web")["status"]


def test_a_dry_run_spends_nothing(world):
    world.deployment(replicas=2)
    world.until_available()
    budget(world, maxUnavailable=1)
    world.clock.advance(2)
    assert evict(world, first(world), deleteOptions={"dryRun": ["All"]})[0] == 201
    assert counts(world)[3] == 1
    assert len(world.all("pods")) == 2


def test_a_change_not_yet_counted_is_not_trusted(world):
    world.deployment(replicas=2)
    world.until_available()
    budget(world, maxUnavailable=1)
    world.clock.advance(2)
    world.patch("pdb", "web", {"spec": {"maxUnavailable": 0}})
    code, refusal = evict(world, first(world))
    assert code == 429
    assert refusal["details"]["causes"][0]["message"] == (
        "The disruption budget web is still being processed by the server.")  # fmt: skip


def test_two_budgets_over_one_pod_are_an_error(world):
    world.deployment(replicas=2)
    world.until_available()
    budget(world, maxUnavailable=1)
    budget(world, "other", maxUnavailable=1)
    world.clock.advance(2)
    code, refusal = evict(world, first(world))
    assert code == 500
    assert "more than one PodDisruptionBudget" in refusal["message"]


def test_what_does_not_serve_may_go_only_if_the_rest_is_enough_or_it_is_always_allowed(world):
    budget(world, minAvailable=1)
    world.busybox("sick", "sleep", "3600", labels={"app": "web"}, container={
        "readinessProbe": {"exec": {"command": ["false"]}}})  # fmt: skip
    world.until_phase("sick", "Running")
    world.clock.advance(2)
    assert evict(world, "sick")[0] == 429
    world.patch("pdb", "web", {"spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"}})
    world.clock.advance(2)
    assert evict(world, "sick")[0] == 201


def test_without_knowing_how_many_there_should_be_none_may_go(world):
    container = {"name": "c", "image": "nginx:1.27"}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    world.api.create(kinds.DAEMONSET, {"metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "web"}}, "template": template}}, "default")  # fmt: skip
    budget(world, maxUnavailable=1)
    world.until(lambda: world.get("ds", "agent")["status"].get("numberReady") == 3)
    world.clock.advance(2)
    status = world.get("pdb", "web")["status"]
    assert (status["disruptionsAllowed"], status["conditions"][0]["reason"]) == (0, "SyncFailed")
    code, refusal = evict(world, first(world))
    assert code == 429
    assert "because it failed sync: found no controllers for pod" in refusal["details"]["causes"][0]["message"]


def test_a_promise_that_is_not_kept_is_forgotten_after_two_minutes(world):
    world.deployment(replicas=2)
    world.until_available()
    budget(world, maxUnavailable=1)
    world.clock.advance(2)
    pod = first(world)
    since = world.get("pdb", "web")["status"]["conditions"][0]["lastTransitionTime"]
    status = {**world.get("pdb", "web")["status"], "disruptedPods": {pod: since}, "disruptionsAllowed": 0}
    world.api.update(kinds.PODDISRUPTIONBUDGET, {"metadata": {"name": "web", "namespace": "default"},
                                                 "status": status}, subresource="status")  # fmt: skip
    world.clock.advance(60)
    assert counts(world) == (2, 1, 1, 0)
    world.clock.advance(90)
    assert counts(world) == (2, 1, 2, 1)


def test_a_budget_over_nobody_says_so(world):
    budget(world, minAvailable=1)
    world.clock.advance(2)
    assert world.events("web") == [("Normal", "NoPods", "No matching pods found")]
    assert counts(world) == (0, 1, 0, 0)
