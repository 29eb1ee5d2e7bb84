"""Cambiar de tamaño un Pod en marcha: si cabe en el nodo se concede y se aplica; si no, espera o se descarta.

Lo pedido es `spec`; lo concedido, `allocatedResources`; lo que ya rige, `resources` en el estado del contenedor.
Fuente: https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab_tools.embedded.clock import Timer
from lab_tools.embedded.kubelet import launch, pod_status, timing
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.workloads.program import ServerProgram
from lab_tools.embedded.workloads.table import Reference
from lab_tools.objects import Object, kinds, pod_resources
from lab_tools.objects.quantity import bytes_, parse

if TYPE_CHECKING:
    from lab_tools.embedded.kubelet.worker import PodWorker

PENDING, IN_PROGRESS = "PodResizePending", "PodResizeInProgress"
_DEFERRED, _INFEASIBLE = "Deferred", "Infeasible"
# Lo que tarda el kubelet en cambiar los límites de un contenedor que sigue en marcha.
_ACTUATE = 0.3


@dataclass(frozen=True)
class Verdict:
    """Por qué no se concede un tamaño: `reason` es Deferred (ahora no) o Infeasible (nunca, en este nodo)."""

    reason: str
    message: str


class Resizing:
    """El tamaño de un Pod: qué se le ha concedido y qué falta por aplicar."""

    __slots__ = ("_applying", "_pending", "_timer", "_worker")

    def __init__(self, worker: PodWorker) -> None:
        self._worker = worker
        self._pending: Verdict | None = None
        self._applying = False
        self._timer: Timer | None = None

    def review(self) -> None:
        """Compara lo que el Pod pide con lo que tiene concedido, y empieza el cambio si cabe."""
        worker = self._worker
        own = resources_of(worker.pod["spec"])
        changed = [one for one in worker.containers if resources_of(one.spec) != one.allocated]
        if not changed and own == worker.allocated:
            self._pending = None
            return
        verdict = judge(worker.pod, worker.node_object(), self._neighbours())
        if verdict is not None:
            self._refuse(verdict)
            return
        self._pending, worker.allocated = None, own
        for container in changed:
            container.allocated = resources_of(container.spec)
        if own == worker.actual and not any(container.running for container in changed):
            return
        self._applying = True
        self._event("Normal", "ResizeStarted", "Pod resize started")
        self._again(_ACTUATE, self._actuate)

    def resume(self) -> None:
        """El proceso volvió a arrancar: lo que estaba a medio conceder se retoma."""
        worker = self._worker
        if worker.allocated != resources_of(worker.pod["spec"]) or any(
            one.allocated != resources_of(one.spec) for one in worker.containers
        ):
            self._again(timing.ADMIT, self._retry)
        if self._unsettled():
            self._applying = True
            self._again(_ACTUATE, self._actuate)

    def settle(self) -> None:
        """Un contenedor acaba de arrancar: lo concedido ya rige en él."""
        if self._applying and not self._unsettled():
            self._applying = False
            self._event("Normal", "ResizeCompleted", "Pod resize completed")

    def conditions(self, now: str, old: Iterable[Object]) -> list[Object]:
        """Las condiciones de un cambio que espera o que se está aplicando."""
        before = {one["type"]: one for one in old}
        observed = self._worker.pod["metadata"].get("generation", 1)
        found: list[Object] = []
        if self._pending is not None:
            found.append({"type": PENDING, "reason": self._pending.reason, "message": self._pending.message})
        if self._applying:
            found.append({"type": IN_PROGRESS})
        for one in found:
            since = before.get(one["type"], {}).get("lastTransitionTime", now)
            one.update(status="True", lastProbeTime=None, lastTransitionTime=since, observedGeneration=observed)
        return found

    def _refuse(self, verdict: Verdict) -> None:
        if verdict != self._pending:
            self._pending = verdict
            self._event("Warning", f"Resize{verdict.reason}", f"Pod resize {verdict.reason}", verdict.message)
        if verdict.reason == _DEFERRED:
            self._again(timing.RESYNC, self._retry)

    def _retry(self) -> None:
        self.review()
        self._worker.publish()

    def _actuate(self) -> None:
        """Aplica lo concedido: en marcha, o reiniciando el contenedor si su política lo pide."""
        worker = self._worker
        waiting = self._waiting()
        if worker.actual != worker.allocated:
            worker.actual = worker.allocated
            for container in (one for one in worker.containers if one.running and one not in waiting):
                self._fit(container)
            worker.ceiling.review()
        for container in waiting:
            if needs_restart(container):
                worker.tell(container, "Normal", "Killing", f"Container {container.name} resize requires restart")
                container.forced = True
                worker.kill(container)
            else:
                container.actual = container.allocated
                self._fit(container)
        self.settle()
        worker.publish()

    def _fit(self, container: Container) -> None:
        """Un programa que se quedaba sin memoria puede aguantar más, o menos, con su límite nuevo."""
        program, image = container.program, self._worker.workloads.image(Reference.parse(container.spec["image"]))
        if not container.started or image is None or not isinstance(program, ServerProgram):
            return
        fresh = launch.program_for(self._worker, container, image, container.started_at)
        if isinstance(fresh, ServerProgram) and fresh.end != program.end:
            program.end = fresh.end
            container.forget_timers()
            self._worker.stirred(container)

    def _waiting(self) -> list[Container]:
        lasting = (one for one in self._worker.containers if one.sidecar or not one.init)
        return [one for one in lasting if one.allocated != one.actual]

    def _unsettled(self) -> bool:
        """Si algo de lo concedido aún no rige."""
        return bool(self._waiting()) or self._worker.actual != self._worker.allocated

    def _neighbours(self) -> list[Object]:
        """Los demás Pods que ocupan sitio en el nodo."""
        worker = self._worker
        found = worker.api.list(kinds.POD).items
        return [pod for pod in found if pod["spec"].get("nodeName") == worker.agent.name
                and pod["metadata"]["uid"] != worker.pod["metadata"]["uid"]
                and pod["status"].get("phase") not in pod_status.TERMINAL]  # fmt: skip

    def _event(self, type_: str, reason: str, said: str, error: str = "") -> None:
        worker = self._worker
        sizes = [{"name": one.name, **({"resources": one.allocated} if one.allocated else {})} for one in worker.main]
        if error:
            sizes = [{"name": one.name, "resources": resources_of(one.spec)} for one in worker.main]
        detail = {"containers": sizes, "generation": worker.pod["metadata"].get("generation", 1)}
        if error:
            detail["error"] = error
        if worker.agent.connected:
            text = json.dumps(detail, separators=(",", ":"))
            worker.recorder.event(worker.pod, type_, reason, f"{said}: {text}")

    def _again(self, seconds: float, step: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        worker = self._worker

        def unless_over() -> None:
            if not worker.over:
                step()

        self._timer = worker.clock.call_in(seconds, unless_over)


def judge(pod: Object, node: Object | None, neighbours: Iterable[Object]) -> Verdict | None:
    """Si lo que pide `pod` cabe en su nodo junto a los demás; `None` si cabe. CPU en milésimas, memoria en bytes."""
    capacity = ((node or {}).get("status") or {}).get("allocatable") or {}
    wanted = pod_resources.total(pod, "requests")
    others = [pod_resources.total(one, "requests") for one in neighbours]
    for name in ("cpu", "memory"):
        if name not in capacity:
            continue
        asked, room = _units(name, wanted.get(name, "0")), _units(name, capacity[name])
        if asked > room:
            return Verdict(
                _INFEASIBLE, f"Node didn't have enough capacity: {name}, requested: {asked}, capacity: {room}"
            )
        used = sum(_units(name, one.get(name, "0")) for one in others)
        if asked + used > room:
            why = f"{name}, requested: {asked}, used: {used}, capacity: {room}"
            return Verdict(_DEFERRED, f"Node didn't have enough resource: {why}")
    return None


def needs_restart(container: Container) -> bool:
    """Si alguno de los recursos que cambian pide reiniciar el contenedor."""
    policies = {one["resourceName"]: one["restartPolicy"] for one in container.spec.get("resizePolicy") or ()}
    return any(
        policies.get(name) == "RestartContainer"
        and _amount(container.allocated, name) != _amount(container.actual, name)
        for name in ("cpu", "memory")
    )


def resources_of(spec: Object) -> Object:
    """Lo que un contenedor pide y sus límites."""
    found: Object = spec.get("resources") or {}
    return found


def _amount(resources: Object, name: str) -> tuple[str | None, str | None]:
    return (resources.get("requests") or {}).get(name), (resources.get("limits") or {}).get(name)


def _units(name: str, amount: str) -> int:
    return bytes_(amount) if name == "memory" else int(parse(amount) * 1000)
