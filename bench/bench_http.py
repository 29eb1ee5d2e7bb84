"""Lo que tarda la API por TLS: leer, crear, listar 300 y 5 000 Pods y enterarse (uno o cien) de un cambio.

Al lado, lo que se midió en un kube-apiserver 1.36 con su etcd en una máquina de esta clase.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from bench.figure import Figure, median_ms, resident_mb
from tests.conformance.servers import Served, served

PODS, MANY, NODES = 300, 5000, 50
WATCHERS, PODS_A_DEPLOYMENT = 100, 100
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
CONFIGMAPS = "/api/v1/namespaces/default/configmaps"
_REAL = "kube-apiserver"
_TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    with served(nodes=NODES, speed=1) as server:
        created = _creator(server)
        created()
        one = median_ms(_getter(server, f"{CONFIGMAPS}/uno-1"), 300)
        figures = [
            Figure("GET de un objeto por TLS", one, "ms", 1.3, 1.3, _REAL),
            Figure("segundos de mil GET seguidos, un cliente", _thousand(server), "s", 1.3, 1.3, _REAL),
            Figure("POST de un objeto por TLS", median_ms(created, 200), "ms", 3.5, 3.5, _REAL),
            Figure("de un POST a su noticia en una vigilancia", _to_event_ms(server, created), "ms", 5.0, 5.0, _REAL),
            Figure(f"de un POST a sus {WATCHERS} noticias", _to_all_ms(server, created), "ms"),
        ]
        _fill(server, PODS)
        figures += _lists(server, PODS, 10, 31)
        _fill(server, MANY)
        return [
            *figures,
            *_lists(server, MANY),
            Figure(f"memoria del servidor con {MANY} Pods en marcha", resident_mb(server.pid), "MB", 250),
        ]


def _lists(server: Served, pods: int, limit: float | None = None, real: float | None = None) -> list[Figure]:
    runs, path = 30 if pods <= PODS else 5, "/api/v1/namespaces/default/pods"
    whole = median_ms(_getter(server, path), runs)
    table = median_ms(_getter(server, path, _TABLE), runs)
    return [
        Figure(f"LIST de {pods} Pods por TLS", whole, "ms", limit, real, _REAL if real else ""),
        Figure(f"LIST de {pods} Pods como tabla por TLS", table, "ms"),
    ]


def _thousand(server: Served) -> float:
    get = _getter(server, f"{CONFIGMAPS}/uno-1")
    started = time.perf_counter()
    for _ in range(1000):
        get()
    return time.perf_counter() - started


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


def _to_all_ms(server: Served, create: Callable[[], None]) -> float:
    """Lo que tarda en llegar la misma noticia al último de cien que miran."""
    connections, responses = [server.connection() for _ in range(WATCHERS)], []
    path = f"{CONFIGMAPS}?watch=1&resourceVersion={_revision(server)}"
    for connection in connections:
        connection.request("GET", path, headers=server.authorization)
        responses.append(connection.getresponse())
    times = []
    for _ in range(20):
        started = time.perf_counter()
        create()
        for response in responses:
            response.readline()
        times.append((time.perf_counter() - started) * 1000)
    for connection in connections:
        connection.close()
    return statistics.median(times)


def _revision(server: Served) -> str:
    found: Any = server.request("GET", CONFIGMAPS)[1]
    return str(found["metadata"]["resourceVersion"])


def _fill(server: Served, pods: int) -> None:
    """Añade Deployments hasta que haya tantos Pods, todos listos."""
    there = _ready(server)
    step = PODS if not there else PODS_A_DEPLOYMENT
    for number in range(there, pods, step):
        server.request("POST", DEPLOYMENTS, body=_deployment(f"muchos-{number}", step))
        server.sleep(5)
    server.speed(100)
    while (ready := _ready(server)) < pods:
        server.sleep(0.1)
    server.speed(1)
    if ready != pods:
        raise RuntimeError(f"hay {ready} Pods listos y se pidieron {pods}")


def _ready(server: Served) -> int:
    found: Any = server.request("GET", DEPLOYMENTS)[1]
    return sum(one["status"].get("readyReplicas", 0) for one in found["items"])


def _deployment(name: str, replicas: int) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}
    return {"metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}}  # fmt: skip
