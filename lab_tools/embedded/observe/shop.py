"""Lo que cuenta de sí mismo un programa de la tienda en su `/metrics`: las señales doradas de su servicio.

Peticiones, duración y códigos con los nombres acostumbrados, y el proceso con los de las bibliotecas de Prometheus.
Fuente: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lab_tools.embedded.observe.exposition import render
from lab_tools.embedded.observe.family import Family, Histogram, counter, gauge, histogram
from lab_tools.embedded.traffic.ledger import BOUNDS
from lab_tools.embedded.workloads.program import Answer
from lab_tools.objects import kinds

if TYPE_CHECKING:
    from lab_tools.embedded.cluster import EmbeddedCluster
    from lab_tools.embedded.traffic.box import Box
    from lab_tools.embedded.traffic.ledger import Ledger


def told(cluster: EmbeddedCluster, pod: tuple[str, str], port: int, answer: Answer) -> Answer:
    """La respuesta de quien escucha en un puerto de un Pod, con sus métricas dentro."""
    found = cluster.traffic.tell(*pod, port)
    if found is None:
        return answer
    ledger, busy = found
    server, metrics = ledger.server, cluster.metrics
    spec = next(
        one for one in cluster.api.get(kinds.POD, *pod)["spec"]["containers"] if one["name"] == server.container
    )
    cpu = metrics.idle_cpu(spec) * (cluster.clock.now - server.born)
    cpu += metrics.spent(server.uid, server.container, server.born).cpu
    memory = metrics.memory(server.uid, spec, server.born)
    found_all = families(ledger, busy, cpu, memory, server.born + cluster.clock.offset)
    _, body = render([*found_all, *queue(ledger.box, cluster.clock.now)] if ledger.box is not None else found_all)
    return replace(answer, body=body.decode())


def queue(box: Box, now: float) -> list[Family]:
    """Lo que cuenta una cola de sus mensajes."""
    waiting = gauge("queue_messages_ready", "Messages waiting for a worker.")
    waiting.add(box.waiting(now))
    taken = gauge("queue_messages_unacknowledged", "Messages that a worker has taken and not finished.")
    taken.add(box.taken(now))
    done = counter("queue_messages_done_total", "Messages that a worker has finished.")
    done.add(box.finished)
    return [waiting, taken, done]


def families(ledger: Ledger, busy: int, cpu: float, memory: int, born: float) -> list[Family]:
    """Lo que cuenta. `busy`: peticiones a medias; `cpu`: segundos gastados; `memory`: bytes; `born`: cuándo arrancó."""
    total = counter("http_requests_total", "Requests answered, by route and HTTP code.")
    took = histogram("http_request_duration_seconds", "Time to answer a request, in seconds, by route.")
    routes: dict[str, Histogram] = {}
    for (route, code), found in sorted(ledger.spreads.items()):
        total.add(sum(found.counts), code=str(code), route=route)
        whole = routes.setdefault(route, Histogram(BOUNDS))
        whole.counts = [one + other for one, other in zip(whole.counts, found.counts, strict=True)]
        whole.total += found.total
    for route, found in routes.items():
        took.spread(found, route=route)
    doing = gauge("http_requests_in_progress", "Requests being answered.")
    doing.add(busy)
    version = gauge("app_info", "Version of the program; always 1.")
    version.add(1, version=ledger.server.program.version)
    spent = counter("process_cpu_seconds_total", "CPU time used by the process, in seconds.")
    spent.add(round(cpu, 6))
    resident = gauge("process_resident_memory_bytes", "Resident memory of the process, in bytes.")
    resident.add(memory)
    started = gauge("process_start_time_seconds", "When the process started, in seconds since the Unix epoch.")
    started.add(round(born, 3))
    return [total, took, doing, version, spent, resident, started]
