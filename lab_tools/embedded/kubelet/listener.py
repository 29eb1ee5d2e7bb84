"""Los contenedores vistos desde sus puertos: quién atiende, con cuánta CPU y memoria, y hasta cuándo.

Es lo que necesita quien les manda peticiones. Quien pregunta por un Pod queda avisado de sus cambios desde entonces.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.worker import PodWorker
from lab_tools.embedded.workloads.program import KILLED, Ending, Program
from lab_tools.embedded.workloads.table import InvalidReference, Reference
from lab_tools.errors import StatusError
from lab_tools.objects import kinds, pod_resources
from lab_tools.objects.quantity import bytes_, parse

_NODE_CORES = 4.0
# La parte de su CPU que a un programa le queda siempre, por mucho que otro abuse: el kernel reparte por turnos.
_LEAST = 0.2


class Listener:
    """Un contenedor en marcha que escucha, en una de sus vidas: si vuelve a arrancar, es otro."""

    def __init__(self, worker: PodWorker, container: Container, program: Program) -> None:
        meta = worker.pod["metadata"]
        self.uid, self.namespace, self.pod = str(meta["uid"]), str(meta["namespace"]), str(meta["name"])
        self.container, self.born, self.program = container.name, container.started_at, program
        self.memory = _rest(worker, container)
        farewell = program.farewell
        self.drains = farewell is None or farewell.drain
        self._worker, self._container = worker, container
        self._node_cores = _cores_of_node(worker)
        self._lost_at = math.inf

    @property
    def cores(self) -> float:
        """Los que puede usar: su límite, el de su Pod o, si no hay ninguno, los del nodo."""
        limit = self._limit("cpu")
        return self._left(_cores(limit) if limit else self._node_cores, [self._container])

    @property
    def shared_cores(self) -> float | None:
        """Los que puede usar su Pod entre todos sus contenedores; `None` si no lo dice."""
        limit = (self._worker.actual.get("limits") or {}).get("cpu")
        return self._left(_cores(limit), [one for one in self._worker.containers if one.running]) if limit else None

    @property
    def memory_limit(self) -> int | None:
        """Bytes; `None` sin límite."""
        limit = self._limit("memory")
        return bytes_(limit) if limit else None

    @property
    def closes_at(self) -> float:
        """Instante en que deja de aceptar conexiones; infinito si nadie se lo ha pedido."""
        return min(self._container.closes_at, self.gone_at) if self._same else self.gone_at

    @property
    def gone_at(self) -> float:
        """Instante en que murió; infinito si vive."""
        if self._same and not self._worker.over:
            return self._container.gone_at
        # El Pod desapareció entero, o ya vive otra vez: murió, a más tardar, cuando se supo.
        self._lost_at = min(self._lost_at, self._container.gone_at, self._worker.clock.now)
        return self._lost_at

    def _limit(self, name: str) -> str | None:
        mine, pods = self._container.actual.get("limits") or {}, self._worker.actual.get("limits") or {}
        return pod_resources.ceiling(mine, pods, name)

    def _left(self, whole: float, containers: Sequence[Container]) -> float:
        """Lo que queda de `whole` núcleos sin lo que algo se come dentro de esos contenedores."""
        now = self._worker.clock.now
        stolen = sum(cores for cores, until in (one.hogged for one in containers) if now < until)
        return max(whole - stolen, whole * _LEAST) if stolen else whole

    @property
    def _same(self) -> bool:
        return self._container.started_at == self.born


class Listeners:
    """Quién escucha en cada Pod. `worker` busca la máquina de estados de un Pod por su uid."""

    def __init__(self, api: Api, clock: Clock, worker: Callable[[str], PodWorker | None]) -> None:
        self._api, self._clock, self._worker = api, clock, worker
        self.changing: Callable[[], None] = lambda: None
        """A quién avisar justo antes de que cambie un contenedor por el que se ha preguntado."""

    def server(self, namespace: str, pod: str, port: int) -> Listener | None:
        """El contenedor que escucha ahora en ese puerto, o `None`."""
        worker, now = self._named(namespace, pod), self._clock.now
        for container in worker.containers if worker is not None and not worker.over else ():
            container.changing = self.changing
            program = container.program
            if worker is not None and container.running and program is not None and now < container.closes_at \
                    and program.listening(port, container.age(now)):  # fmt: skip
                return Listener(worker, container, program)
        return None

    def worker(self, namespace: str, pod: str, name: str) -> Listener | None:
        """El contenedor de ese nombre, si corre y nadie le ha pedido que pare, o `None`: no hace falta que escuche."""
        worker, now = self._named(namespace, pod), self._clock.now
        for container in worker.containers if worker is not None and not worker.over else ():
            program = container.program
            if worker is not None and container.name == name and container.running and program is not None \
                    and now < container.closes_at:  # fmt: skip
                container.changing = self.changing
                return Listener(worker, container, program)
        return None

    def change_at(self, namespace: str, pod: str) -> float:
        """El próximo instante en que un contenedor del Pod puede abrir o cerrar algo por su cuenta; infinito si no."""
        worker, found = self._named(namespace, pod), math.inf
        for container in worker.containers if worker is not None else ():
            container.changing = self.changing
            if container.running and container.program is not None:
                change = container.program.next_change(container.age(self._clock.now))
                found = min(found, container.started_at + change if change is not None else math.inf)
        return found

    def exhaust(self, uid: str, container: str) -> None:
        """Un contenedor pidió más memoria de la que tiene: el núcleo lo mata, sin avisar."""
        worker = self._worker(uid)
        for one in worker.containers if worker is not None and not worker.over else ():
            if worker is not None and one.name == container and one.running:
                worker.finish(one, Ending(one.age(self._clock.now), KILLED, "OOMKilled"))

    def _named(self, namespace: str, pod: str) -> PodWorker | None:
        try:
            return self._worker(self._api.get(kinds.POD, namespace, pod)["metadata"]["uid"])
        except StatusError:
            return None


def _rest(worker: PodWorker, container: Container) -> int:
    try:
        image = worker.workloads.image(Reference.parse(container.spec["image"]))
    except InvalidReference:
        return 0
    return image.memory if image is not None else 0


def _cores(limit: str) -> float:
    return max(float(parse(limit)), 1e-3)


def _cores_of_node(worker: PodWorker) -> float:
    node = worker.node_object()
    capacity = (node or {}).get("status", {}).get("capacity") or {}
    return float(parse(str(capacity.get("cpu", _NODE_CORES))))
