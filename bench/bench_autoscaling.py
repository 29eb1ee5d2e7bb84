"""Lo que cuesta escalar solo: diez minutos de un HPA con carga que sube y baja, en proceso y en tiempo virtual."""

from __future__ import annotations

import time
from typing import Any

from bench.figure import Figure
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.metrics import SERVICE
from lab_tools.objects import kinds

MINUTES = 10
STEP = 5
# Núcleos que pide la carga en cada minuto.
LOAD = (0.1, 0.3, 0.6, 0.9, 0.9, 0.6, 0.3, 0.1, 0.1, 0.1)


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    return [Figure(f"{MINUTES} minutos de un HPA con carga", _under_load(), "s", 2.0)]


def _under_load() -> float:
    cluster = EmbeddedCluster()
    cluster.api.create(kinds.APISERVICE, SERVICE)
    cluster.api.create(kinds.DEPLOYMENT, _deployment(), "default")
    cluster.api.create(kinds.HORIZONTALPODAUTOSCALER, _autoscaler(), "default")
    cluster.clock.advance(60)
    started, most = time.perf_counter(), 0
    for cores in LOAD:
        for _ in range(60 // STEP):
            most = max(most, _work(cluster, cores * STEP))
            cluster.clock.advance(STEP)
    took = time.perf_counter() - started
    if most < 5:
        raise RuntimeError(f"el HPA no siguió a la carga: como mucho hubo {most} Pods")
    return took


def _work(cluster: EmbeddedCluster, cpu_seconds: float) -> int:
    """Reparte un trabajo entre los Pods en marcha; devuelve cuántos son."""
    pods = [pod for pod in cluster.api.list(kinds.POD, "default").items if pod["status"].get("phase") == "Running"]
    for pod in pods:
        cluster.metrics.charge(pod["metadata"]["uid"], "web", cpu_seconds / len(pods))
    return len(pods)


def _deployment() -> dict[str, Any]:
    labels = {"app": "web"}
    one = {"name": "web", "image": "nginx:1.27", "resources": {"requests": {"cpu": "200m"}}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [one]}}
    return {"metadata": {"name": "web"},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}}  # fmt: skip


def _autoscaler() -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 10}}
