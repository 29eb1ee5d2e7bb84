"""Lo que cuestan los nodos que van y vienen, y el recomendador: diez minutos de cada uno, en proceso."""

from __future__ import annotations

import time
from typing import Any

import yaml

from bench.figure import Figure
from lab_tools import addons
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.metrics import SERVICE
from lab_tools.objects import kinds, vertical

PODS, MINUTES = 200, 10


def measure() -> list[Figure]:
    """Todas las cifras de este módulo. La otra parte es el mismo rato sin nadie que escale."""
    quiet, nodes = _nodes(on=False)
    busy, bought = _nodes(on=True)
    alone, watched = _recommender(0), _recommender(1)
    return [
        Figure(f"{MINUTES} minutos del escalador con {bought} nodos y {PODS} Pods", busy, "s", None, quiet,
               f"sin escalador, {nodes} nodos"),
        Figure(f"{MINUTES} minutos del recomendador con 20 Pods", watched, "s", None, alone, "con sus tipos y nadie"),
    ]  # fmt: skip


def _nodes(*, on: bool) -> tuple[float, int]:
    cluster = EmbeddedCluster(nodes=1 if on else 50)
    if on:
        group = {"name": "general", "max": 60, "price": 0.1, "boot": 30}
        data = {"config.yaml": yaml.safe_dump({"groups": [group]})}
        meta = {"name": "cluster-autoscaler", "namespace": "kube-system"}
        cluster.api.create(kinds.CONFIGMAP, {"metadata": meta, "data": data}, "kube-system")
    cluster.api.create(kinds.DEPLOYMENT, _deployment(PODS, "900m"), "default")
    if not cluster.clock.run_until(lambda: _available(cluster) == PODS, 600):
        raise RuntimeError(f"solo hay {_available(cluster)} Pods en marcha")
    return _spent(cluster), len(cluster.api.list(kinds.NODE).items)


def _recommender(count: int) -> float:
    cluster = EmbeddedCluster()
    for definition in yaml.safe_load_all(addons.path("vertical-pod-autoscaler").read_text(encoding="utf-8")):
        cluster.api.create(kinds.CUSTOMRESOURCEDEFINITION, definition)
    cluster.api.create(kinds.APISERVICE, SERVICE)
    cluster.api.create(kinds.DEPLOYMENT, _deployment(20, "50m"), "default")
    cluster.clock.advance(30)
    kind = cluster.api.kinds.by_plural(vertical.GROUP, vertical.VERSION, vertical.PLURAL)
    if kind is None:
        raise RuntimeError("el clúster no sirve el tipo VerticalPodAutoscaler")
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"targetRef": target, "updatePolicy": {"updateMode": "Off"}}
    for _ in range(count):
        cluster.api.create(kind, {"metadata": {"name": "web"}, "spec": spec}, "default")
    return _spent(cluster)


def _spent(cluster: EmbeddedCluster) -> float:
    started = time.perf_counter()
    cluster.clock.advance(MINUTES * 60)
    return time.perf_counter() - started


def _available(cluster: EmbeddedCluster) -> int:
    return int(cluster.api.get(kinds.DEPLOYMENT, "default", "web")["status"].get("availableReplicas", 0))


def _deployment(replicas: int, cpu: str) -> dict[str, Any]:
    labels = {"app": "web"}
    one = {"name": "web", "image": "nginx:1.27", "resources": {"requests": {"cpu": cpu}}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [one]}}
    return {"metadata": {"name": "web"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}}  # fmt: skip
