"""La despedida de un Pod: preStop, SIGTERM, la gracia y SIGKILL; primero los principales, después los acompañantes.

Los acompañantes se van de uno en uno, del último que se escribió al primero, y todos con la misma gracia: al que le
llega el turno cuando se acabó le quedan dos segundos.
Fuente: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination y
https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#pod-termination-with-sidecar-containers
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.hooks import Hooked
from lab_tools.embedded.workloads.program import KILLED, Ending

if TYPE_CHECKING:
    from lab_tools.embedded.kubelet.worker import PodWorker

# Lo que tarda un proceso en morir por SIGKILL, y el kubelet en recoger lo que queda del Pod.
_KILL = 0.02
_CLEAN_UP = 0.04
# Lo que se concede siempre a un programa tras su gancho preStop, y a un acompañante tras esperar su turno.
LEAST_GRACE = 2.0


def stop(container: Container, now: float, grace: float, hook: Hooked) -> tuple[float, Ending]:
    """Dentro de cuántos segundos y cómo acaba un contenedor al que se pide parar, con su gancho ya preguntado.

    Si el gancho se come la gracia, al programa aún le quedan `LEAST_GRACE` segundos.
    """
    farewell = container.program.farewell if container.program is not None else None
    held = min(hook.took, grace)
    left = max(grace - held, LEAST_GRACE) if hook.took else grace
    if farewell is not None:
        # Quien hace caso de SIGTERM deja de aceptar conexiones en cuanto le llega, acabado el gancho.
        container.close(now + held)
    if farewell is None or grace <= 0 or farewell.after > left:
        after = max(held + left, _KILL)
        return after, Ending(container.age(now) + after, KILLED)
    after = held + farewell.after
    return after, Ending(container.age(now) + after, farewell.code)


class Departure:
    """Un Pod que se va. `advance` se llama cuando algo terminó o cuando se acortó la gracia."""

    def __init__(self, worker: PodWorker, done: Callable[[], None]) -> None:
        self._worker = worker
        self._done = done
        self._deadline = float("inf")
        self._stopping: set[str] = set()
        self._finished = False
        for container in worker.containers:
            if not container.running:
                container.forget_timers()
                container.busy = False

    def advance(self) -> None:
        """Da el paso siguiente."""
        if self._finished:
            return
        shortened = self._shorten()
        turn = whose_turn(self._worker.containers)
        for container in turn:
            if container.name not in self._stopping or shortened:
                self._stop(container)
        if not turn:
            self._finished = True
            self._worker.clock.call_in(_CLEAN_UP, self._done)

    def _shorten(self) -> bool:
        deadline = self._worker.clock.now + self._worker.grace
        if deadline >= self._deadline:
            return False
        first, self._deadline = self._deadline == float("inf"), deadline
        return not first

    def _stop(self, container: Container) -> None:
        worker = self._worker
        if container.name not in self._stopping:
            worker.tell(container, "Normal", "Killing", f"Stopping container {container.name}")
        waited = container.sidecar and bool(self._stopping - {container.name})
        self._stopping.add(container.name)
        worker.kill(container, max(self._deadline - worker.clock.now, LEAST_GRACE if waited else 0.0))


def whose_turn(containers: Sequence[Container]) -> list[Container]:
    """A quién le toca parar: a los que no son acompañantes, todos a la vez; después, al último de los acompañantes."""
    running = [one for one in containers if one.running]
    return [one for one in running if not one.sidecar] or running[-1:]
