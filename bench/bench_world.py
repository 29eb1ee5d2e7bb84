"""Lo que cuesta que pasen cosas dentro del clúster, en proceso y en tiempo virtual."""

from __future__ import annotations

import statistics
import time
from typing import Any

from bench.figure import Figure
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds

ROUNDS = 5
PODS = 300
# Lo que tarda un plano de control de verdad en poner 300 Pods en marcha, con su propio límite de ritmo.
_REAL_SECONDS = 14.3
PROBED = 20
HOUR = 3600.0


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    return [
        Figure(f"un Deployment de {PODS} Pods en marcha, en proceso", _deployment(), "s", 1.5, _REAL_SECONDS,
               "plano de control real"),
        Figure(f"una hora de un clúster quieto con {PROBED} Pods sondeados", _idle_hour(), "s", 2.0),
    ]  # fmt: skip


def _deployment() -> float:
    times = []
    for _ in range(ROUNDS):
        cluster = EmbeddedCluster()
        started = time.perf_counter()
        cluster.api.create(kinds.DEPLOYMENT, _wanted("web", PODS), "default")
        arrived = cluster.clock.run_until(lambda found=cluster: _ready(found) == PODS, timeout=300)
        times.append(time.perf_counter() - started)
        if not arrived:
            raise RuntimeError(f"solo {_ready(cluster)} de {PODS} Pods llegaron a estar listos")
    return statistics.median(times)


def _idle_hour() -> float:
    cluster = EmbeddedCluster()
    probe = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 10}
    cluster.api.create(kinds.DEPLOYMENT, _wanted("web", PROBED, readinessProbe=probe, livenessProbe=probe), "default")
    cluster.clock.advance(60)
    started = time.perf_counter()
    cluster.clock.advance(HOUR)
    return time.perf_counter() - started


def _ready(cluster: EmbeddedCluster) -> int:
    return int(cluster.api.get(kinds.DEPLOYMENT, "default", "web")["status"].get("readyReplicas", 0))


def _wanted(name: str, replicas: int, **container: Any) -> dict[str, Any]:
    labels = {"app": name}
    one = {"name": name, "image": "nginx:1.27", "ports": [{"containerPort": 80}], **container}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [one]}}
    return {"metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}}  # fmt: skip
