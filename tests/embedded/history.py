"""Una historia en la que pasa de todo, y su huella. `python -m tests.embedded.history SEMILLA [VECES]` la imprime."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request
from lab_tools.objects import kinds
from tests.fuzz.moves import examples

_PROBE = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 3}
_DOOR = "/orquesta/v1"
_PATH = "/apis/apps/v1/namespaces/default/deployments"


def print_of(seed: int) -> str:
    """La huella de todo lo que se guardó, en orden, y de todo lo que se contestó."""
    told = hashlib.sha256()
    cluster = EmbeddedCluster(3, seed)
    cluster.store.subscribe(lambda change: told.update(_line(change.revision, change.type, change.key, change.value)))
    _live(cluster, told)
    told.update(_line(cluster.clock.now, *cluster.snapshot().values))
    return told.hexdigest()


def _line(*what: Any) -> bytes:
    # Sin ordenar las claves: también su orden es parte de la historia.
    return json.dumps(what).encode()


def _live(cluster: EmbeddedCluster, told: Any) -> None:
    for one in examples():
        kind = cluster.api.kinds.find(one["apiVersion"], one["kind"])
        if kind is not None and one["kind"] != "ResourceQuota":
            _ask(cluster, told, "POST", kind.path("default"), one)
    cluster.clock.advance(30)
    _ask(cluster, told, "POST", _PATH, _deployment("tienda", 4))
    _ask(cluster, told, "POST", kinds.HORIZONTALPODAUTOSCALER.path("default"), _autoscaler())
    for step in range(20):
        _work(cluster, step)
        cluster.clock.advance(7)
    _trouble(cluster, told)
    cluster.clock.advance(400)
    for path in (_PATH, "/api/v1/pods", "/api/v1/events", "/apis/metrics.k8s.io/v1beta1/pods"):
        _ask(cluster, told, "GET", path)
    _ask(cluster, told, "GET", "/api/v1/pods", None, {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})


def _trouble(cluster: EmbeddedCluster, told: Any) -> None:
    """Un despliegue roto y deshecho, un nodo acordonado y otro apagado, carga, desalojos y un espacio que se borra."""
    image = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "nginx:no-existe"}]}}}}
    media = {"content-type": "application/strategic-merge-patch+json"}
    _ask(cluster, told, "PATCH", f"{_PATH}/tienda", image, media)
    cluster.clock.advance(45)
    image["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:1.28"
    _ask(cluster, told, "PATCH", f"{_PATH}/tienda", image, media)
    _ask(cluster, told, "PATCH", "/api/v1/nodes/node-1", {"spec": {"unschedulable": True}}, media)
    for pod in cluster.api.list(kinds.POD, "default").items[:5]:
        name = pod["metadata"]["name"]
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        _ask(cluster, told, "POST", kinds.POD.path("default", name, "eviction"), body)
    _ask(cluster, told, "POST", f"{_DOOR}/faults", {"kind": "node-off", "node": "node-3"})
    _ask(cluster, told, "POST", f"{_DOOR}/traffic/loads", {"url": "http://a.default/", "rps": 3, "seconds": 60})
    cluster.clock.advance(100)
    _ask(cluster, told, "DELETE", f"{_DOOR}/faults")
    _ask(cluster, told, "DELETE", "/api/v1/nodes/node-2")
    _ask(cluster, told, "DELETE", "/api/v1/namespaces/b")
    _ask(cluster, told, "DELETE", f"{_PATH}/a", {"propagationPolicy": "Foreground"})


def _ask(cluster: EmbeddedCluster, told: Any, method: str, path: str, body: Any = None,
         headers: dict[str, str] | None = None) -> None:  # fmt: skip
    data = json.dumps(body).encode() if body is not None else b""
    response = cluster.handle(Request(method, path, {}, dict(headers or {}), data))
    assert isinstance(response.body, bytes)
    told.update(_line(method, path, response.status) + response.body)


def _work(cluster: EmbeddedCluster, step: int) -> None:
    """Trabajo que sube y baja, para que el autoescalador tenga algo que decidir."""
    for pod in cluster.api.list(kinds.POD, "default").items:
        if pod["metadata"].get("labels", {}).get("app") == "tienda" and pod["status"].get("phase") == "Running":
            cluster.metrics.charge(pod["metadata"]["uid"], "c", 3.0 if step < 10 else 0.05)


def _deployment(name: str, replicas: int) -> dict[str, Any]:
    one = {"name": "c", "image": "nginx:1.27", "ports": [{"containerPort": 80}], "readinessProbe": _PROBE,
           "livenessProbe": _PROBE, "resources": {"requests": {"cpu": "100m"}}}  # fmt: skip
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [one]}}
    return {"metadata": {"name": name}, "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                                                 "template": template}}  # fmt: skip


def _autoscaler() -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "tienda"}
    return {"metadata": {"name": "tienda"}, "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 7}}


if __name__ == "__main__":
    for _ in range(int(sys.argv[2]) if sys.argv[2:] else 1):
        print(print_of(int(sys.argv[1])))
