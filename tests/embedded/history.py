"""Una historia en la que pasa de todo, y su huella. `python -m tests.embedded.history SEMILLA [VECES]` la imprime."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request
from lab_tools.embedded.store import Change
from lab_tools.objects import kinds
from tests.fuzz.moves import examples

_PROBE = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 3}
_DOOR = "/orquesta/v1"
_PATH = "/apis/apps/v1/namespaces/default/deployments"


class Told:
    """La huella de todo lo que se guardó en un clúster, en orden, y de todo lo que contestó."""

    fork_outside = True

    def __init__(self, cluster: EmbeddedCluster, start: Any = None) -> None:
        self._hash = start or hashlib.sha256()
        cluster.store.subscribe(self._hear)

    def _hear(self, change: Change) -> None:
        self.update(_line(change.revision, change.type, change.key, change.value))

    def update(self, what: bytes) -> None:
        """Pasa también esto."""
        self._hash.update(what)

    def so_far(self) -> Any:
        """Lo que va contado, para seguir por dos caminos."""
        return self._hash.copy()

    def print(self) -> str:
        """La huella."""
        return str(self._hash.hexdigest())


def print_of(seed: int) -> str:
    """La huella de la historia. A la mitad se bifurca: la copia, que vive primero, ha de contar lo mismo."""
    cluster = EmbeddedCluster(3, seed)
    told = Told(cluster)
    _live(cluster, told)
    copy = cluster.fork()
    branch = Told(copy, told.so_far())
    for one, listener in ((copy, branch), (cluster, told)):
        _end(one, listener)
    assert branch.print() == told.print(), "la copia ha vivido otra cosa"
    return told.print()


def _line(*what: Any) -> bytes:
    # Sin ordenar las claves: también su orden es parte de la historia.
    return json.dumps(what).encode()


def _live(cluster: EmbeddedCluster, told: Told) -> None:
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
    _queue(cluster, told)
    _trouble(cluster, told)


def _end(cluster: EmbeddedCluster, told: Told) -> None:
    """Lo que queda por vivir, y la foto del final."""
    _ask(cluster, told, "DELETE", f"{_DOOR}/faults")
    _ask(cluster, told, "DELETE", "/api/v1/nodes/node-2")
    _ask(cluster, told, "DELETE", "/api/v1/namespaces/b")
    _ask(cluster, told, "DELETE", f"{_PATH}/a", {"propagationPolicy": "Foreground"})
    cluster.clock.advance(400)
    for path in (_PATH, "/api/v1/pods", "/api/v1/events", "/apis/metrics.k8s.io/v1beta1/pods"):
        _ask(cluster, told, "GET", path)
    _ask(cluster, told, "GET", "/api/v1/pods", None, {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
    told.update(_line(cluster.clock.now, *cluster.snapshot().values))


def _queue(cluster: EmbeddedCluster, told: Told) -> None:
    """Una cola, quien la vacía, un HPA que mira cuántos mensajes quedan y una base de datos con su disco de red."""
    metric = {"metrics": [{"name": "mensajes", "series": "queue_messages_ready", "selector": {"app": "cola"}}]}
    config = {"metadata": {"name": "metrics-adapter"}, "data": {"config.yaml": json.dumps(metric)}}
    _do(cluster, told, "POST", kinds.CONFIGMAP.path("kube-system"), config)
    _do(cluster, told, "POST", _PATH, _deployment("cola", 1, "tienda-cola:1.0", 8080))
    spec = {"selector": {"app": "cola"}, "ports": [{"port": 8080}]}
    _do(cluster, told, "POST", kinds.SERVICE.path("default"), {"metadata": {"name": "cola"}, "spec": spec})
    worker = _deployment("trabajador", 1, "tienda-trabajador:1.0", 0)
    worker["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "COLA_URL", "value": "http://cola:8080"}]
    _do(cluster, told, "POST", _PATH, worker)
    about = {"apiVersion": "v1", "kind": "Service", "name": "cola"}
    left = {"describedObject": about, "metric": {"name": "mensajes"}, "target": {"type": "Value", "value": "5"}}
    scaler = _autoscaler("trabajador", metrics=[{"type": "Object", "object": left}])
    _do(cluster, told, "POST", kinds.HORIZONTALPODAUTOSCALER.path("default"), scaler)
    _do(cluster, told, "POST", kinds.STATEFULSET.path("default"), _database())
    cluster.clock.advance(20)
    _do(cluster, told, "POST", f"{_DOOR}/traffic/loads", {"url": "http://cola.default:8080/poner?pedido", "rps": 4,
                                                             "seconds": 60})  # fmt: skip
    _do(cluster, told, "POST", f"{_DOOR}/faults", {"kind": "network-slow", "seconds": 0.1, "between": [
        "pods/default/app=trabajador", "pods/default/app=cola"]})  # fmt: skip
    _do(cluster, told, "POST", f"{_DOOR}/faults", {"kind": "controller-stopped", "controller": "job-controller"})
    cluster.clock.advance(60)


def _trouble(cluster: EmbeddedCluster, told: Told) -> None:
    """Un despliegue roto y otro encima, un nodo acordonado y otro apagado, carga y desalojos."""
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
    # Todo queda a medias: el despliegue, las averías, la carga y las citas.
    cluster.clock.advance(45.3)


def _ask(cluster: EmbeddedCluster, told: Told, method: str, path: str, body: Any = None,
         headers: dict[str, str] | None = None) -> int:  # fmt: skip
    data = json.dumps(body).encode() if body is not None else b""
    response = cluster.handle(Request(method, path, {}, dict(headers or {}), data))
    assert isinstance(response.body, bytes)
    told.update(_line(method, path, response.status) + response.body)
    return response.status


def _do(cluster: EmbeddedCluster, told: Told, method: str, path: str, body: Any) -> None:
    """Lo mismo, de algo que tiene que salir bien."""
    assert _ask(cluster, told, method, path, body) in (200, 201), path


def _work(cluster: EmbeddedCluster, step: int) -> None:
    """Trabajo que sube y baja, para que el autoescalador tenga algo que decidir."""
    for pod in cluster.api.list(kinds.POD, "default").items:
        if pod["metadata"].get("labels", {}).get("app") == "tienda" and pod["status"].get("phase") == "Running":
            cluster.metrics.charge(pod["metadata"]["uid"], "c", 3.0 if step < 10 else 0.05)


def _deployment(name: str, replicas: int, image: str = "nginx:1.27", port: int = 80) -> dict[str, Any]:
    one: dict[str, Any] = {"name": "c", "image": image, "resources": {"requests": {"cpu": "100m"}}}
    if port:
        probe = {**_PROBE, "httpGet": {"path": "/", "port": port}}
        one |= {"ports": [{"containerPort": port}], "readinessProbe": probe, "livenessProbe": probe}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [one]}}
    return {"metadata": {"name": name}, "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                                                 "template": template}}  # fmt: skip


def _autoscaler(name: str = "tienda", **spec: Any) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return {"metadata": {"name": name}, "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 7, **spec}}


def _database() -> dict[str, Any]:
    claim = {"storageClassName": "standard", "accessModes": ["ReadWriteOnce"],
             "resources": {"requests": {"storage": "1Gi"}}}  # fmt: skip
    script = "while true; do date >> /datos/latidos; sleep 5; done"
    one = {"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", script],
           "volumeMounts": [{"name": "datos", "mountPath": "/datos"}]}  # fmt: skip
    template = {"metadata": {"labels": {"app": "bd"}}, "spec": {"containers": [one]}}
    return {"metadata": {"name": "bd"}, "spec": {
        "serviceName": "bd", "replicas": 2, "selector": {"matchLabels": {"app": "bd"}}, "template": template,
        "volumeClaimTemplates": [{"metadata": {"name": "datos"}, "spec": claim}]}}  # fmt: skip


if __name__ == "__main__":
    for _ in range(int(sys.argv[2]) if sys.argv[2:] else 1):
        print(print_of(int(sys.argv[1])))
