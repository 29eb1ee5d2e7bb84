"""Encender y apagar las trazas de un clúster: se engancha a la API, a las colas, al planificador y al tráfico."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab_tools.embedded.faults.control import SCHEDULER, named_queues
from lab_tools.embedded.observe.journeys import Journeys
from lab_tools.embedded.observe.tracer import MANAGER, Tracer
from lab_tools.embedded.store import Change

if TYPE_CHECKING:
    from lab_tools.embedded.cluster import EmbeddedCluster


def make(cluster: EmbeddedCluster) -> Tracer:
    """Un trazador, aún apagado, que ya oye lo que se guarda."""
    tracer = Tracer(cluster.clock, cluster.seed)

    def stored(change: Change) -> None:
        tracer.stored(change.type, change.key, change.revision)

    cluster.store.subscribe(stored)
    return tracer


def turn(cluster: EmbeddedCluster, tracer: Tracer, on: bool) -> None:
    """Empieza a apuntar, o deja de hacerlo. Lo apuntado se queda."""
    tracer.on = on
    cluster.api.step = tracer.step if on else None
    for name, queue in named_queues(cluster):
        queue.around = tracer.around(MANAGER, f"reconcile {name}") if on else None
    cluster.scheduler.around = tracer.around(SCHEDULER, "schedule") if on else None
    cluster.traffic.witness = Journeys(tracer, cluster.api) if on else None
