"""Un objeto dice lo mismo en cualquiera de sus versiones."""

from __future__ import annotations

from typing import Any

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds
from lab_tools.objects.conversion import METRICS, convert

V1, V2 = kinds.HORIZONTALPODAUTOSCALER_V1, kinds.HORIZONTALPODAUTOSCALER
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
MEMORY = {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}}
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}
REQUESTS = {
    "type": "Object",
    "object": {
        "describedObject": {"kind": "Ingress", "name": "i"},
        "metric": {"name": "requests"},
        "target": {"type": "Value", "value": "100"},
    },
}


def autoscaler(*metrics: Any) -> dict[str, Any]:
    spec = {"scaleTargetRef": TARGET, "maxReplicas": 3, "minReplicas": 1, "metrics": list(metrics)}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
            "spec": spec, "status": {"desiredReplicas": 1, "currentReplicas": 1, "currentMetrics": None}}  # fmt: skip


def test_the_old_autoscaler_names_only_its_cpu_target() -> None:
    seen = convert(autoscaler(CPU), V2, V1)
    assert seen["apiVersion"] == "autoscaling/v1"
    assert seen["spec"]["targetCPUUtilizationPercentage"] == 60
    assert "metrics" not in seen["spec"]
    assert "annotations" not in seen["metadata"]


def test_what_the_old_version_cannot_say_travels_in_annotations_and_comes_back() -> None:
    stored = autoscaler(MEMORY, REQUESTS, CPU)
    seen = convert(stored, V2, V1)
    assert METRICS in seen["metadata"]["annotations"]
    assert convert(seen, V1, V2) == stored


def test_one_autoscaler_has_two_faces_and_one_storage() -> None:
    api = EmbeddedCluster(nodes=0).api
    api.create(V1, {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3,
                                                          "targetCPUUtilizationPercentage": 70}})  # fmt: skip
    assert api.get(V2, "default", "web")["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 70
    seen: list[Any] = []
    api.watch(V1, lambda event: seen.append(event.object["spec"]["targetCPUUtilizationPercentage"]))
    api.patch(V1, "default", "web", {"spec": {"targetCPUUtilizationPercentage": 50}})
    assert seen == [50]
    assert [one["apiVersion"] for one in api.list(V2).items] == ["autoscaling/v2"]


def test_an_event_is_the_same_in_both_groups() -> None:
    api = EmbeddedCluster(nodes=0).api
    regarding = {"kind": "Pod", "name": "p", "namespace": "default"}
    api.create(kinds.EVENT, {"metadata": {"name": "e"}, "involvedObject": regarding, "message": "hola",
                             "reason": "Started", "type": "Normal", "count": 2})  # fmt: skip
    found = api.get(kinds.EVENT_NEW, "default", "e")
    assert (found["apiVersion"], found["note"], found["regarding"]) == ("events.k8s.io/v1", "hola", regarding)
    assert found["deprecatedCount"] == 2
