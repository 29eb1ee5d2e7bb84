"""Lo que cuenta el plano de control en `/metrics`: la API, el almacén, los controladores y el planificador.

En un clúster de verdad son procesos distintos, cada uno con su puerta; aquí, como en k3s, comparten una.
Los nombres, tipos y etiquetas son los de
https://kubernetes.io/docs/reference/instrumentation/metrics/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lab_tools.embedded.faults.control import named_queues
from lab_tools.embedded.observe.family import Family, counter, gauge, histogram
from lab_tools.embedded.observe.tally import Asked, Tally
from lab_tools.objects.kinds import Kind

if TYPE_CHECKING:
    from lab_tools.embedded.cluster import EmbeddedCluster
    from lab_tools.embedded.scheduler import Scheduler
    from lab_tools.embedded.store import Store

PROFILE = "default-scheduler"


def families(cluster: EmbeddedCluster) -> list[Family]:
    """Todas las familias del plano de control."""
    return [*_requests(cluster.tally), *_stored(cluster.store, cluster.api.kinds.all), *_queues(cluster),
            *_scheduler(cluster.scheduler), _build()]  # fmt: skip


def _labels(asked: Asked) -> dict[str, str]:
    return {"component": "apiserver" if asked.resource else "", "dry_run": "All" if asked.dry_run else "",
            "group": asked.group, "resource": asked.resource, "scope": asked.scope, "subresource": asked.subresource,
            "verb": asked.verb, "version": asked.version}  # fmt: skip


def _requests(tally: Tally) -> list[Family]:
    total = counter("apiserver_request_total", "Requests answered by the API server, by verb, resource and HTTP code.")
    took = histogram("apiserver_request_duration_seconds", "How long requests took to answer, in seconds.")
    for (asked, code), times in sorted(tally.counts().items()):
        total.add(times, code=str(code), **_labels(asked))
    for asked, found in sorted(tally.durations().items()):
        took.spread(found, **_labels(asked))
    return [total, took]


def _stored(store: Store, kinds: Iterable[Kind]) -> list[Family]:
    objects = gauge("apiserver_resource_objects", "Objects stored, by group and resource.")
    old = gauge("apiserver_storage_objects", "Objects stored, by resource (since 1.34, apiserver_resource_objects).")
    seen = sorted({(kind.group, kind.plural, kind.resource) for kind in kinds if kind.hub is kind})
    for group, plural, resource in seen:
        if count := store.count(resource):
            objects.add(count, group=group, resource=plural)
            old.add(count, resource=f"{plural}.{group}" if group else plural)
    revision = gauge("etcd_debugging_mvcc_current_revision", "Revision of the last change stored.")
    revision.add(store.revision)
    return [objects, old, revision]


def _queues(cluster: EmbeddedCluster) -> list[Family]:
    adds = counter("workqueue_adds_total", "Keys added to the work queue of a controller.")
    depth = gauge("workqueue_depth", "Keys in the work queue of a controller that are due and not yet attended.")
    retries = counter("workqueue_retries_total", "Keys put back in the work queue of a controller after a failure.")
    done = counter("controller_runtime_reconcile_total", "Reconciliations of a controller, by result.")
    running = gauge("running_managed_controllers", "Whether a controller is running.")
    for name, queue in named_queues(cluster):
        adds.add(queue.adds, name=name)
        depth.add(queue.depth, name=name)
        retries.add(queue.retries, name=name)
        for result, times in (("success", queue.done), ("error", queue.retries)):
            done.add(times, controller=name, result=result)
        running.add(0 if queue.held else 1, manager="kube-controller-manager", name=name)
    return [adds, depth, retries, done, running]


def _scheduler(scheduler: Scheduler) -> list[Family]:
    attempts = counter("scheduler_schedule_attempts_total", "Attempts to place a Pod, by result.")
    for result, times in scheduler.attempts.items():
        attempts.add(times, profile=PROFILE, result=result)
    pending = gauge("scheduler_pending_pods", "Pods waiting for a node, by the queue they wait in.")
    for queue, count in scheduler.waiting().items():
        pending.add(count, queue=queue)
    return [attempts, pending]


def _build() -> Family:
    from lab_tools.embedded.rest.discovery import VERSION  # la misma versión que dice `/version`

    info = gauge("kubernetes_build_info", "Version of the Kubernetes whose API this cluster serves; always 1.")
    info.add(1, git_version=str(VERSION["gitVersion"]), major=str(VERSION["major"]), minor=str(VERSION["minor"]))
    return info
