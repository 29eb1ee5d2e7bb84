"""Lo que tarda la API por TLS: leer, crear, listar 300 Pods y enterarse de un cambio.

Al lado, lo que se midió en un kube-apiserver 1.36 con su etcd en una máquina de esta clase.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from bench.figure import Figure, median_ms
from tests.conformance.servers import Served, served

PODS = 300
CONFIGMAPS = "/api/v1/namespaces/default/configmaps"
_REAL = "kube-apiserver"
_TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}
_DEPLOYMENT = {
    "metadata": {"name": "muchos"},
    "spec": {
        "replicas": PODS,
        "selector": {"matchLabels": {"app": "muchos"}},
        "template": {
            "metadata": {"labels": {"app": "muchos"}},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
        },
    },
}


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    with served(nodes=3, speed=1) as server:
        created = _creator(server)
        created()
        one = f"{CONFIGMAPS}/uno-1"
        figures = [
            Figure("GET de un objeto por TLS", median_ms(_getter(server, one), 300), "ms", 1.3, 1.3, _REAL),
            Figure("POST de un objeto por TLS", median_ms(created, 200), "ms", 3.5, 3.5, _REAL),
            Figure("de un POST a su noticia en una vigilancia", _to_event_ms(server, created), "ms", 5.0, 5.0, _REAL),
        ]
        _fill(server)
        pods = "/api/v1/namespaces/default/pods"
        lists = median_ms(_getter(server, pods), 30)
        table = median_ms(_getter(server, pods, _TABLE), 30)
        return [
            *figures,
            Figure(f"LIST de {PODS} Pods por TLS", lists, "ms", 10, 31, _REAL),
            Figure(f"LIST de {PODS} Pods como tabla por TLS", table, "ms"),
        ]


def _getter(server: Served, path: str, headers: dict[str, str] | None = None) -> Callable[[], None]:
    """Una lectura con la conexión ya abierta. Los bytes llegan enteros, pero no se interpretan."""
    connection, sent = server.connection(), {**server.authorization, **(headers or {})}

    def get() -> None:
        connection.request("GET", path, headers=sent)
        response = connection.getresponse()
        response.read()
        assert response.status == 200

    return get


def _creator(server: Served) -> Callable[[], None]:
    """Cada llamada crea un ConfigMap nuevo."""
    connection, numbers = server.connection(), count(1)
    sent = {**server.authorization, "Content-Type": "application/json"}

    def create() -> None:
        body = json.dumps({"metadata": {"name": f"uno-{next(numbers)}"}, "data": {"color": "azul", "cuantos": "10"}})
        connection.request("POST", CONFIGMAPS, body.encode(), sent)
        response = connection.getresponse()
        response.read()
        assert response.status == 201

    return create


def _to_event_ms(server: Served, create: Callable[[], None]) -> float:
    connection = server.connection()
    connection.request("GET", f"{CONFIGMAPS}?watch=1&resourceVersion={_revision(server)}", headers=server.authorization)
    response = connection.getresponse()
    times = []
    for _ in range(100):
        started = time.perf_counter()
        create()
        response.readline()
        times.append((time.perf_counter() - started) * 1000)
    connection.close()
    return statistics.median(times)


def _revision(server: Served) -> str:
    found: Any = server.request("GET", CONFIGMAPS)[1]
    return str(found["metadata"]["resourceVersion"])


def _fill(server: Served) -> None:
    server.request("POST", "/apis/apps/v1/namespaces/default/deployments", body=_DEPLOYMENT)
    server.speed(100)
    path, ready = "/apis/apps/v1/namespaces/default/deployments/muchos", 0
    while ready != PODS:
        server.sleep(0.1)
        ready = server.request("GET", path)[1]["status"].get("readyReplicas", 0)
    server.speed(1)
