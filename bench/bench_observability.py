"""Lo que cuesta contar: una petición a la puerta, una petición simulada y una lectura de las métricas, con y sin."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.bench_traffic import _shop, _spent, _start
from bench.figure import Figure
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.observe.tally import Tally
from lab_tools.embedded.rest import Request, handler
from lab_tools.embedded.traffic.ledger import Ledger
from lab_tools.embedded.user import SYSTEM

POD = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}
ROUNDS, REQUESTS = 15, 400
PODS = 300


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    cluster = _busy()
    counted, plain = _pairs(lambda: _gets(cluster), lambda: _uncounted(cluster))
    traced, dark = _pairs(lambda: _follow(True), lambda: _follow(False))
    noted, bare = _pairs(_traffic, lambda: _without(Ledger, "note", _traffic))
    return [
        Figure("un GET, contado", counted * 1e6 / REQUESTS, "µs", plain * 1.1e6 / REQUESTS,
               plain * 1e6 / REQUESTS, "sin contar"),
        Figure("diez mil peticiones simuladas, apuntadas", noted * 1e3, "ms", bare * 1.25e3, bare * 1e3, "sin apuntar"),
        Figure("diez mil peticiones simuladas, con trazas", traced * 1e3, "ms", None, dark * 1e3, "apagadas"),
        *(Figure(f"leer «{source}» con {PODS} Pods", _best(partial(_page, cluster, source)) * 1e3, "ms", 100)
          for source in ("control-plane", "state", "cadvisor")),
    ]  # fmt: skip


def _busy() -> EmbeddedCluster:
    from lab_tools.objects import kinds

    cluster = EmbeddedCluster(nodes=3)
    for number in range(PODS):
        cluster.api.create(kinds.POD, {**POD, "metadata": {"name": f"p-{number}"}}, "default")
    cluster.clock.advance(30)
    return cluster


def _gets(cluster: EmbeddedCluster) -> None:
    for _ in range(REQUESTS):
        cluster.handle(Request("GET", "/api/v1/namespaces/default/pods/p-7", user=SYSTEM))


def _uncounted(cluster: EmbeddedCluster) -> None:
    """Los mismos, sin contar nada ni averiguar de qué clase son."""
    _without(Tally, "count", lambda: _without(handler, "_class", lambda: _gets(cluster)))


def _traffic() -> None:
    _follow(False)


def _follow(on: bool) -> None:
    cluster = _shop({"api": ""})
    cluster.trace(on)
    _start(cluster, "http://api/pedidos", ((50.0, 200.0),))
    _spent(cluster, 60)


def _page(cluster: EmbeddedCluster, source: str) -> bytes:
    from lab_tools.embedded.observe.exposition import render

    return render(cluster.scrape(source, lambda instant: instant, "node-1"))[1]


def _without(owner: Any, name: str, action: Callable[[], None]) -> None:
    """Hace algo con un método que no hace nada."""
    kept = getattr(owner, name)
    setattr(owner, name, lambda *_, **__: None)
    try:
        action()
    finally:
        setattr(owner, name, kept)


def _pairs(one: Callable[[], None], other: Callable[[], None]) -> tuple[float, float]:
    """Los segundos de CPU de dos acciones: la menor de varias rondas alternadas, que es la que menos ruido lleva."""
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, action in enumerate((one, other)):
            best[place] = min(best[place], _best(action, 1))
    return best[0], best[1]


def _best(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Los segundos de CPU de una acción: la vez que menos."""
    found = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        action()
        found = min(found, time.process_time() - started)
    return found
