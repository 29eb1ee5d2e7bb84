"""Lo que cuesta bifurcar un clúster en marcha."""

from __future__ import annotations

import copy
import gc
import statistics
import time
from collections.abc import Callable

from bench.bench_world import _ready, _wanted
from bench.figure import Figure
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds

PODS = 100
ROUNDS = 25


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    cluster = EmbeddedCluster()
    cluster.api.create(kinds.DEPLOYMENT, _wanted("web", PODS), "default")
    cluster.clock.run_until(lambda: _ready(cluster) == PODS, timeout=300)
    gc.collect()
    gc.freeze()
    try:
        return [
            Figure(f"bifurcar un clúster de {PODS} Pods en marcha", _median_ms(cluster.fork), "ms", 20.0,
                   _median_ms(lambda: copy.deepcopy(cluster.snapshot()), 3), "copiar solo lo guardado con deepcopy"),
            Figure("y abrirlo otra vez desde su foto", _median_ms(lambda: _reopened(cluster), 5), "ms"),
        ]  # fmt: skip
    finally:
        gc.unfreeze()


def _reopened(cluster: EmbeddedCluster) -> EmbeddedCluster:
    """La otra manera: rehacerlo desde lo guardado. Pierde guiones a medias, archivos, pausas y memoria."""
    return EmbeddedCluster(seed=cluster.seed, saved=cluster.snapshot())


def _median_ms(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        # CPU y no pared: es un solo hilo que no espera a nadie, y así no cuenta lo que hagan los vecinos.
        started = time.process_time()
        found = action()
        times.append((time.process_time() - started) * 1000)
        del found
    return statistics.median(times)
