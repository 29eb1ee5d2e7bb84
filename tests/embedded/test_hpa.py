"""El HPA decide lo que decidió el controlador de verdad, caso por caso, y al ritmo que se le pide."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lab_tools.embedded.clock import timestamp
from lab_tools.embedded.controllers import hpa
from lab_tools.objects import kinds

CASES = json.loads((Path(__file__).parent / "data" / "hpa.json").read_text(encoding="utf-8"))
SERVICE = {"metadata": {"name": "v1beta1.metrics.k8s.io"},
           "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100,
                    "versionPriority": 100, "insecureSkipTLSVerify": True,
                    "service": {"name": "metrics-server", "namespace": "kube-system"}}}  # fmt: skip


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


REASONS = {"SuccessfulRescale", "FailedComputeMetricsReplicas", "FailedGetResourceMetric"}
