"""Lo que cuesta el tráfico simulado: peticiones por segundo de CPU, y diez minutos de un HPA con carga de verdad."""

from __future__ import annotations

import time
from typing import Any

from bench.figure import Figure
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.metrics import SERVICE
from lab_tools.embedded.network import Ask
from lab_tools.embedded.traffic.load import Load, Plan
from lab_tools.objects import kinds

MINUTES = 10
RPS = 200.0
LEAST = 50_000
# Peticiones por segundo en cada minuto: con 10 ms de CPU por petición, de una décima de núcleo a un núcleo.
LOAD = (10, 30, 60, 90, 90, 60, 30, 10, 10, 10)
_CHAIN = {"frontend": "api", "api": "catalogo", "catalogo": ""}


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    steady, sent = _steady()
    chained, hops = _chained()
    return [
        Figure(f"{MINUTES} minutos a {RPS:g} por segundo", steady, "s", RPS * MINUTES * 60 / LEAST),
        Figure("una petición sencilla", steady / sent * 1e6, "µs", 1e6 / LEAST),
        Figure(
            "un salto de una petición con llamadas", chained / hops * 1e6, "µs", None, steady / sent * 1e6, "sencilla"
        ),
        Figure(f"{MINUTES} minutos de un HPA con tráfico", _autoscaled(), "s", 2.0),
    ]


def _steady() -> tuple[float, int]:
    cluster = _shop({"api": ""})
    load = _start(cluster, "http://api/pedidos", ((MINUTES * 60.0, RPS),))
    return _spent(cluster, MINUTES * 60 + 15), _sent(cluster, load)


def _chained() -> tuple[float, int]:
    cluster = _shop(_CHAIN)
    load = _start(cluster, "http://frontend/", ((60.0, RPS),))
    return _spent(cluster, 75), _sent(cluster, load) * len(_CHAIN)


def _autoscaled() -> float:
    cluster = _shop({"api": ""}, 2)
    cluster.api.create(kinds.APISERVICE, SERVICE)
    cluster.api.create(kinds.HORIZONTALPODAUTOSCALER, _autoscaler(), "default")
    cluster.clock.advance(60)
    load = _start(cluster, "http://api/pedidos", tuple((60.0, float(rps)) for rps in LOAD))
    spent = _spent(cluster, MINUTES * 60 + 15)
    if len(load.document(cluster.clock.now)["pods"]) < 5:
        raise RuntimeError("el HPA no siguió a la carga")
    return spent


def _sent(cluster: EmbeddedCluster, load: Load) -> int:
    return int(load.document(cluster.clock.now, whole=False)["sent"])


def _spent(cluster: EmbeddedCluster, seconds: float) -> float:
    started = time.process_time()
    cluster.clock.advance(seconds)
    return time.process_time() - started


def _start(cluster: EmbeddedCluster, url: str, steps: tuple[tuple[float, float], ...]) -> Load:
    source = ("default", "cliente")
    return cluster.traffic.start(Plan(Ask.url(url, source), url, steps))


def _shop(services: dict[str, str], replicas: int = 3) -> EmbeddedCluster:
    cluster = EmbeddedCluster()
    container = {"name": "c", "image": "busybox:1.36", "command": ["sleep", "infinity"]}
    cluster.api.create(kinds.POD, {"metadata": {"name": "cliente"}, "spec": {"containers": [container]}}, "default")
    for name, calls in services.items():
        cluster.api.create(kinds.DEPLOYMENT, _deployment(name, calls, replicas), "default")
        ports = [{"port": 80, "targetPort": 8080}]
        cluster.api.create(kinds.SERVICE, {"metadata": {"name": name},
                                           "spec": {"selector": {"app": name}, "ports": ports}}, "default")  # fmt: skip
    cluster.clock.advance(30)
    return cluster


def _deployment(name: str, calls: str, replicas: int) -> dict[str, Any]:
    env = [{"name": f"{calls.upper()}_URL", "value": f"http://{calls}"}] if calls else []
    one = {"name": name, "image": f"tienda-{name}:1.0", "env": env, "resources": {"requests": {"cpu": "200m"}}}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [one]}}
    return {"metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}}  # fmt: skip


def _autoscaler() -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    return {"metadata": {"name": "api"}, "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 10}}
