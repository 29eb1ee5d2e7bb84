"""Lo que les pasa a los contenedores: mueren, pierden memoria o se comen la CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab_tools.embedded import status
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.worker import PodWorker
from lab_tools.embedded.workloads.program import KILLED, Ending
from lab_tools.errors import StatusError
from lab_tools.objects import kinds
from lab_tools.objects.quantity import bytes_

if TYPE_CHECKING:
    from lab_tools.embedded.cluster import EmbeddedCluster
    from lab_tools.embedded.faults.board import Active

# Las que crecen con el tiempo, y cada cuántos segundos se miran.
TICKING = ("memory-leak", "cpu-hog")
PERIOD = 5.0
_MEBI = 2**20


def containers(cluster: EmbeddedCluster, options: dict[str, Any], strict: bool = False) -> list[
        tuple[PodWorker, Container]]:  # fmt: skip
    """Los contenedores en marcha de los que habla una avería. Con `strict`, lanza 404 o 409 si no hay ninguno."""
    namespace, name, wanted = options.get("namespace", "default"), options["pod"], options.get("container", "")
    try:
        uid = cluster.api.get(kinds.POD, namespace, name)["metadata"]["uid"]
    except StatusError:
        if strict:
            raise
        return []
    worker = cluster.kubelet.worker(uid)
    found = [(worker, one) for one in worker.containers if one.running and wanted in ("", one.name)] if worker else []
    if strict and not found:
        raise status.failure(409, "Conflict", f'pod "{name}" has no such container running', {"name": name})
    return found


def kill_container(cluster: EmbeddedCluster, options: dict[str, Any]) -> None:
    """Mata el proceso 1: el kubelet lo verá acabar con 137 y hará lo que diga su política."""
    for worker, container in containers(cluster, options, strict=True):
        worker.finish(container, Ending(container.age(cluster.clock.now), KILLED))


def tick(cluster: EmbeddedCluster, fault: Active) -> None:
    """Lo que ha pasado desde la última mirada. Un contenedor que vuelve a arrancar empieza otra vez de cero."""
    now = cluster.clock.now
    for worker, container in containers(cluster, fault.options):
        uid = worker.pod["metadata"]["uid"]
        if fault.kind == "cpu-hog":
            cores = float(fault.options["cores"])
            cluster.metrics.charge(uid, container.name, cores * PERIOD, born=container.started_at)
            # Hasta el próximo vistazo, lo que corre con él va más despacio.
            container.hogged = cores, now + PERIOD
            continue
        lost = int((now - max(container.started_at, fault.since)) * float(fault.options["rate"]) * _MEBI)
        cluster.kubelet.demand(uid, container.name, lost)
        cluster.metrics.occupy(uid, container.name, lost, fault.kind)
        limit = ((container.spec.get("resources") or {}).get("limits") or {}).get("memory")
        if limit and worker.agent.usage.of((uid, container.name), now) > bytes_(limit):
            worker.finish(container, Ending(container.age(now), KILLED, "OOMKilled"))
