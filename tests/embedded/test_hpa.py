"""El HPA decide lo que decidió el controlador de verdad, caso por caso, y al ritmo que se le pide."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lab_tools.embedded.clock import timestamp
from lab_tools.embedded.controllers import hpa
from lab_tools.embedded.metrics import SERVICE
from lab_tools.objects import kinds

CASES = json.loads((Path(__file__).parent / "data" / "hpa.json").read_text(encoding="utf-8"))
REASONS = {"SuccessfulRescale", "FailedComputeMetricsReplicas", "FailedGetResourceMetric"}


class Meter:
    """Una API de métricas de mentira: gasta lo que diga `usage(pod, número)`."""

    def __init__(self, world, usage):
        self.world, self.usage = world, usage
        if not any(one["metadata"]["name"] == SERVICE["metadata"]["name"] for one in world.all("apiservices", None)):
            world.api.create(kinds.APISERVICE, SERVICE)
        world.api.extend(kinds.POD_METRICS, self.items)

    def items(self, namespace):
        pods = [pod for pod in self.world.all("pods", namespace) if pod["status"]["phase"] == "Running"
                and "deletionTimestamp" not in pod["metadata"]]  # fmt: skip
        pods.sort(key=lambda pod: (pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]))
        found = [self._one(pod, self.usage(pod, number)) for number, pod in enumerate(pods)]
        return [one for one in found if one]

    def _one(self, pod, usage):
        meta = {key: pod["metadata"][key] for key in ("name", "namespace", "labels")}
        names = [one["name"] for one in pod["spec"]["containers"]]
        return usage and {"metadata": meta, "timestamp": timestamp(self.world.clock.now), "window": "1s",
                          "containers": [{"name": name, "usage": usage} for name in names]}  # fmt: skip


def target(world, replicas, requests=None):
    resources = {"resources": {"requests": requests}} if requests else {}
    template = {"containers": [{"name": "c", "image": "nginx:1.27", **resources}], "terminationGracePeriodSeconds": 0}
    world.deployment("web", replicas, template=template)
    world.until_available("web", replicas)
    world.clock.advance(30)


def autoscale(world, name="web", to="web", kind="Deployment", **spec):
    reference = {"apiVersion": "apps/v1", "kind": kind, "name": to}
    body = {"metadata": {"name": name}, "spec": {"scaleTargetRef": reference, **spec}}
    return world.api.create(kinds.HORIZONTALPODAUTOSCALER, body, "default")


def cpu(percent):
    target = {"type": "Utilization", "averageUtilization": percent}
    return [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]


def replicas(world, name="web"):
    return world.get("deployment", name)["spec"]["replicas"]


def decided(world):
    status = world.get("hpa", "web")["status"]
    return any(one["type"] == "ScalingActive" for one in status.get("conditions") or ())


def plain(status):
    conditions = [{key: one[key] for key in ("type", "status", "reason", "message")} for one in status["conditions"]]
    kept = {key: value for key, value in status.items() if key not in ("lastScaleTime", "conditions")}
    return {**kept, "conditions": conditions}


def anonymous(value):
    return json.loads(re.sub(r"of Pod web-[a-z0-9]+-[a-z0-9]+", "of Pod <pod>", json.dumps(value)))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_it_decides_what_the_real_one_decided(world, monkeypatch, case):
    monkeypatch.setattr(hpa, "PERIOD", 1.0)
    target(world, case["replicas"], case["requests"])
    Meter(world, lambda pod, number: case["pods"][number] if number < len(case["pods"]) else None)
    autoscale(world, **case["spec"])
    world.until(lambda: decided(world))
    assert anonymous(plain(world.get("hpa", "web")["status"])) == case["status"]
    if case["name"] != "limited-by-min":
        assert replicas(world) == case["replicas_after"]
    if case["name"] == "up-rate-default":
        world.clock.advance(1)  # lo grabado alcanza a la segunda mirada
    said = sorted(f"{reason}: {message}" for _, reason, message in world.events("web") if reason in REASONS)
    assert anonymous(said) == case["events"]


def condition(world, kind, name="web"):
    found = world.condition("hpa", name, kind)
    return found.get("status"), found.get("reason"), found.get("message")


def test_the_first_look_comes_after_a_period_and_then_one_each_fifteen_seconds(world):
    target(world, 1, {"cpu": "100m"})
    looks = []
    Meter(world, lambda pod, number: looks.append(world.clock.now) or {"cpu": "50m", "memory": "1Mi"})
    autoscale(world, maxReplicas=5, metrics=cpu(50))
    began = world.clock.now
    world.clock.advance(60)
    assert [round(look - began) for look in looks] == [15, 30, 45, 60]


def test_a_quiet_autoscaler_writes_nothing(world):
    target(world, 1, {"cpu": "100m"})
    Meter(world, lambda pod, number: {"cpu": "50m", "memory": "1Mi"})
    autoscale(world, maxReplicas=5, metrics=cpu(50))
    world.clock.advance(30)
    before = world.get("hpa", "web")["metadata"]["resourceVersion"]
    world.clock.advance(300)
    assert world.get("hpa", "web")["metadata"]["resourceVersion"] == before


@pytest.mark.parametrize(
    ("kind", "to", "why"),
    [
        ("Deployment", "nope", 'deployments.apps "nope" not found'),
        ("Nope", "web", 'no matches for kind "Nope" in group "apps"'),
        ("DaemonSet", "web", "the server could not find the requested resource"),
    ],
)
def test_a_target_that_cannot_be_scaled_is_said(world, kind, to, why):
    autoscale(world, to=to, kind=kind, maxReplicas=2)
    world.clock.advance(20)
    assert world.events("web") == [("Warning", "FailedGetScale", why)]
    message = f"the HPA controller was unable to get the target's current scale: {why}"
    assert condition(world, "AbleToScale") == ("False", "FailedGetScale", message)


def test_a_replicas_count_above_the_maximum_comes_down_at_once(world):
    target(world, 4)
    autoscale(world, maxReplicas=2)
    world.clock.advance(16)
    assert replicas(world) == 2
    reason = "New size: 2; reason: Current number of replicas above Spec.MaxReplicas"
    assert ("Normal", "SuccessfulRescale", reason) in world.events("web")


CUSTOM = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
MISSING = "the server could not find the requested resource (get queue.external.metrics.k8s.io)"
EXTERNAL = f"unable to fetch metrics from external metrics API: {MISSING}"
VALUE = {"type": "AverageValue", "averageValue": "10"}
SERVED = {"kind": "Service", "name": "web", "apiVersion": "v1"}


@pytest.mark.parametrize(
    ("kind", "source", "reason", "why"),
    [
        ("Pods", {"metric": {"name": "rps"}}, "FailedGetPodsMetric", f"unable to get metric rps: {CUSTOM}"),
        ("Object", {"metric": {"name": "rps"}, "describedObject": SERVED}, "FailedGetObjectMetric",
         f"unable to get metric rps: Service on default web/{CUSTOM}"),
        ("External", {"metric": {"name": "queue"}}, "FailedGetExternalMetric",
         f"unable to get external metric default/queue/nil: {EXTERNAL}"),
    ],
)  # fmt: skip
def test_metrics_that_nobody_serves_here_fail_as_in_a_cluster_without_adapter(world, kind, source, reason, why):
    target(world, 1)
    autoscale(world, maxReplicas=2, metrics=[{"type": kind, kind.lower(): {**source, "target": VALUE}}])
    world.until(lambda: decided(world))
    message = f"the HPA was unable to compute the replica count: {why}"
    assert condition(world, "ScalingActive") == ("False", reason, message)


def test_with_one_metric_broken_it_may_grow_but_not_shrink(world):
    target(world, 2, {"cpu": "100m"})
    used = {"cpu": "90m", "memory": "1Mi"}
    Meter(world, lambda pod, number: used)
    broken = {"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": VALUE}}
    calm = {"scaleDown": {"stabilizationWindowSeconds": 0}}
    autoscale(world, maxReplicas=4, metrics=[*cpu(50), broken], behavior=calm)
    world.until(lambda: replicas(world) == 4)
    used["cpu"] = "1m"
    world.clock.advance(60)
    assert replicas(world) == 4
    assert condition(world, "ScalingActive")[:2] == ("False", "FailedGetPodsMetric")


def test_one_container_of_many_can_be_the_measure(world):
    container = {"name": "cpu", "container": "c", "target": {"type": "Utilization", "averageUtilization": 50}}
    target(world, 1, {"cpu": "100m"})
    Meter(world, lambda pod, number: {"cpu": "100m", "memory": "1Mi"})
    autoscale(world, maxReplicas=4, metrics=[{"type": "ContainerResource", "containerResource": container}])
    world.until(lambda: replicas(world) == 2)
    why = "New size: 2; reason: cpu container resource utilization (percentage of request) above target"
    assert ("Normal", "SuccessfulRescale", why) in world.events("web")


def test_two_autoscalers_over_the_same_pods_stop_and_say_so(world):
    target(world, 1, {"cpu": "100m"})
    Meter(world, lambda pod, number: {"cpu": "90m", "memory": "1Mi"})
    autoscale(world, "one", maxReplicas=4, metrics=cpu(90))
    autoscale(world, "two", maxReplicas=4, metrics=cpu(90))
    world.clock.advance(40)
    why = "pods by selector app=web are controlled by multiple HPAs: [default/one default/two]"
    assert condition(world, "ScalingActive", "two") == ("False", "AmbiguousSelector", why)


def ready(pod):
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions") or ())


def shop(world, load):
    """Un trabajo de `load["cores"]` núcleos repartido entre los Pods listos, apuntado cada segundo."""
    hands = [pod for pod in world.all("pods") if ready(pod)]
    for pod in hands:
        world.cluster.metrics.charge(pod["metadata"]["uid"], "c", load["cores"] / len(hands))
    world.clock.call_in(1.0, lambda: shop(world, load))


def test_ten_minutes_under_load_follow_it_up_and_down(world):
    load = {"cores": 0.0}
    world.api.create(kinds.APISERVICE, SERVICE)
    shop(world, load)
    target(world, 2, {"cpu": "100m"})
    autoscale(world, minReplicas=2, maxReplicas=10, metrics=cpu(50))
    world.clock.advance(60)
    load["cores"] = 0.4
    grown = world.until(lambda: replicas(world) >= 8, 120)
    load["cores"] = 0.1
    world.clock.advance(600 - grown)
    assert grown < 90
    assert replicas(world) == 3
