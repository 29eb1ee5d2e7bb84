"""La raíz: la única pieza que conoce a todas las demás, y la dueña de la semilla.

Pone el reloj, el almacén, la API, los controladores, el planificador y los kubelets en su sitio, y ofrece el
clúster entero como una función: `handle(petición) → respuesta`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from lab_tools.embedded import controllers
from lab_tools.embedded.access import bootstrap
from lab_tools.embedded.access.control import AccessControl
from lab_tools.embedded.access.token_secrets import TokenSecrets
from lab_tools.embedded.adapter import MetricsAdapter
from lab_tools.embedded.api import ApiServer, addresses, flow_control, local_services
from lab_tools.embedded.api.address_keeper import AddressKeeper
from lab_tools.embedded.api.admission import priority
from lab_tools.embedded.api.flow_keeper import FlowKeeper
from lab_tools.embedded.api.luck import Luck
from lab_tools.embedded.autoscaler import NodeAutoscaler
from lab_tools.embedded.clock import EPOCH, Clock, timestamp
from lab_tools.embedded.controllers.provisioner import DRIVER, STANDARD
from lab_tools.embedded.faults import Board
from lab_tools.embedded.kubelet import Kubelet
from lab_tools.embedded.kubelet.inside import Attachment
from lab_tools.embedded.metrics import Metrics
from lab_tools.embedded.network import system
from lab_tools.embedded.network.network import Network
from lab_tools.embedded.observe.tally import Tally
from lab_tools.embedded.record import Record
from lab_tools.embedded.rest import Request, Response, RestHandler
from lab_tools.embedded.scheduler import Scheduler
from lab_tools.embedded.store import Journal, Key, Store, Value
from lab_tools.embedded.workloads.execution import Execution
from lab_tools.embedded.workloads.program import Answer
from lab_tools.embedded.workloads.table import Workloads
from lab_tools.objects import Object, kinds

if TYPE_CHECKING:
    from lab_tools.embedded.network.walk import Walk
    from lab_tools.embedded.network.wire import PodWire, Serve, Served
    from lab_tools.embedded.observe.family import Family
    from lab_tools.embedded.observe.tracer import Tracer
    from lab_tools.embedded.traffic import Traffic

BOOT_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
API_ADDRESS = "10.96.0.1"
NODE_NAME = "node-{}"
REGION, ZONES = "orquesta-1", "abc"


class Component(Protocol):
    """Una pieza que, una vez en marcha, trabaja sola."""

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""


@dataclass(frozen=True)
class State:
    """Un clúster en reposo: revisión, instante virtual (segundos desde la época) y valores guardados."""

    revision: int
    time: float
    values: Sequence[tuple[Key, Value]]


class EmbeddedCluster:
    """Un clúster de `nodes` nodos simulados. La misma `seed` y los mismos pasos dan la misma historia.

    Con `saved` continúa un clúster guardado (y `nodes` se ignora: los nodos ya están en él). `journal` recibe
    cada cambio antes de que ocurra; si lanza `OSError`, el cambio se niega con un 500. `workloads` es la tabla de
    imágenes; si no se da, la del curso.
    """

    def __init__(
        self,
        nodes: int = 3,
        seed: int = 0,
        *,
        start: float = EPOCH,
        journal: Journal | None = None,
        saved: State | None = None,
        workloads: Workloads | None = None,
    ) -> None:
        self.seed = seed
        self.speed = 1.0
        self.clock = Clock(saved.time if saved else start)
        self.store = Store(journal)
        if saved:
            self.store.load(saved.revision, saved.values)
        # Al continuar no se repiten los nombres ya dados: la suerte parte también de la revisión.
        self._luck = f"{seed}:{self.store.revision}"
        self._rngs: dict[str, random.Random] = {}
        self.record = Record()
        self.api = ApiServer(self.store, self.clock, Luck(self._luck))
        self.access = AccessControl(self.api, self.clock, f"orquesta:{seed}".encode())
        self.api.guard = self.access.guard
        self.api.allows = self.access.allows
        self.workloads = workloads or Workloads.load()
        self.kubelet = Kubelet(self.api, self.clock, self.rng("kubelet"), self.workloads, self.access.pod_token,
                               self._plug)  # fmt: skip
        self.metrics = Metrics(self.api, self.clock, self.workloads)
        self.metrics.occupied = self.kubelet.demand
        self.kubelet.gone = self.metrics.forget
        self.tally = Tally()
        self._tracer: Tracer | None = None
        self.network = Network(self.api, self.clock, self.rng("network"), self._listens, self.kubelet.address)
        self.api.extend(kinds.NODE_METRICS, self.metrics.nodes)
        self.api.extend(kinds.POD_METRICS, self.metrics.pods)
        self.faults = Board(self)
        if not saved:
            self._boot(nodes)
        if not self.store.count(kinds.CLUSTERROLE.resource):
            self.api.install(bootstrap.objects(), self.rng("rbac"))
            self.api.install(local_services.objects(timestamp(self.clock.now)), self.rng("apiservices"))
        # También en uno guardado por una versión que no los tenía.
        if not self.store.count(kinds.SERVICECIDR.resource):
            self.api.install(addresses.objects(self.api.all(kinds.SERVICE), self.clock.now), self.rng("addresses"))
            self.api.install(flow_control.objects(self.clock.now), self.rng("flow-control"))
        self._start()
        # Antes de que nadie dé un paso: lo que estaba parado sigue parado.
        self.faults.start()
        self.clock.settle()
        self.rest = RestHandler(self)

    @property
    def components(self) -> Sequence[Component]:
        """Las piezas que trabajan solas."""
        return self._components

    @cached_property
    def traffic(self) -> Traffic:
        """Las cargas: un cuarto que se abre con la primera petición."""
        from lab_tools.embedded.kubelet.listener import Listeners
        from lab_tools.embedded.traffic import Traffic
        from lab_tools.embedded.traffic.ways import Ways

        listeners = Listeners(self.api, self.clock, self.kubelet.worker)
        ways = Ways(self.network, self._serve_api)
        found = Traffic(self.api, self.clock, ways, listeners, self.metrics, lambda: self._luck)
        listeners.changing = found.changing
        return found

    def rng(self, owner: str) -> random.Random:
        """La suerte de una pieza: propia, y decidida por la semilla."""
        return self._rngs.setdefault(owner, random.Random(f"{self._luck}:{owner}"))

    def reseed(self, luck: str) -> None:
        """Empieza otra suerte en todas las piezas: desde aquí, los nombres al azar dependen solo de `luck`.

        Una suerte que ya se usó da otra vez los mismos uid: los de quien siga vivo no se repiten.
        """
        self._luck = f"{self.seed}:{luck}"
        self.api.luck = Luck(self._luck)
        kept = (value.get("metadata", {}) for _key, value in self.store.dump())  # las averías no son objetos
        self.api.taken = frozenset(metadata["uid"] for metadata in kept if "uid" in metadata)
        for owner, rng in self._rngs.items():
            rng.seed(f"{self._luck}:{owner}")

    def handle(self, request: Request) -> Response:
        """Atiende una petición. No deja pasar el tiempo: solo atiende lo que ya tocaba."""
        response = self.rest.handle(request)
        self.clock.settle()
        return response

    def snapshot(self) -> State:
        """El clúster en reposo, para continuarlo o copiarlo."""
        return State(self.store.revision, self.clock.now, self.store.dump())

    def fork(self) -> EmbeddedCluster:
        """Una copia exacta y aparte, en milisegundos: lo que pase en una no pasa en la otra."""
        from lab_tools.embedded.fork import fork  # solo quien bifurca paga por ello

        return fork(self)

    def why(self, pod: Object) -> Object:
        """Por qué un Pod va a un nodo y no a otro, nodo por nodo."""
        return self.scheduler.why(pod)

    def scrape(self, source: str, dates: Callable[[float], float], name: str = "") -> list[Family]:
        """Lo que cuenta una pieza: «control-plane», «state», o «kubelet», «cadvisor» y «resource» del nodo `name`.

        `dates` traslada al calendario de quien mira los instantes del clúster. Lanza 404 si no hay tal nodo.
        """
        from lab_tools.embedded.observe import control_plane, node, state  # solo quien mide paga por ello

        if source == "control-plane":
            return control_plane.families(self)
        if source == "state":
            return state.families(self.api, dates)
        pods = self.api.list(kinds.POD).items
        found = node.Node(self.api.get(kinds.NODE, None, name), pods, self.metrics, self.clock, dates)
        return {"kubelet": found.kubelet, "cadvisor": found.cadvisor, "resource": found.resource}[source]()

    @property
    def tracer(self) -> Tracer | None:
        """Quien apunta las trazas, si están encendidas."""
        return self._tracer if self._tracer is not None and self._tracer.on else None

    @property
    def traced(self) -> Tracer | None:
        """Quien tiene las trazas apuntadas, encendidas o no; `None` si nunca se encendieron."""
        return self._tracer

    def trace(self, on: bool) -> None:
        """Empieza a apuntar trazas, o deja de hacerlo. Lo apuntado se queda."""
        if self._tracer is None and not on:
            return
        from lab_tools.embedded.observe import switch  # solo quien traza paga por ello

        if self._tracer is None:
            self._tracer = switch.make(self)
        switch.turn(self, self._tracer, on)

    def logs(self, namespace: str, pod: str, container: str, previous: bool = False) -> list[tuple[float, str]]:
        """Lo que un contenedor ha escrito: (instante, línea)."""
        return self.kubelet.logs(namespace, pod, container, previous)

    def execute(self, namespace: str, pod: str, container: str, command: list[str], stdin: bool,
                terminal: bool) -> Execution:  # fmt: skip
        """Ejecuta una orden dentro de un contenedor. Lanza `Unreachable` o `NoSuchCommand`."""
        return self.kubelet.execute(namespace, pod, container, command, stdin, terminal)

    def attach(self, namespace: str, pod: str, container: str) -> Attachment:
        """Mira lo que escriba el programa de un contenedor. Lanza `Unreachable`."""
        return self.kubelet.attach(namespace, pod, container)

    def connect(self, namespace: str, pod: str, port: int) -> Callable[[str], Answer] | None:
        """Cómo preguntar a un puerto de un Pod; `None` si nadie escucha en él."""
        ask = self.kubelet.connect(namespace, pod, port)
        return ask and (lambda path: self._told(ask(path), namespace, pod, port, path))

    def _told(self, answer: Answer, namespace: str, pod: str, port: int, path: str) -> Answer:
        """Una respuesta, con sus métricas o sus mensajes si los lleva."""
        if answer.kept:
            found = self.traffic.keep(namespace, pod, port, path)
            return Answer(*found) if found is not None else answer
        if not answer.metrics:
            return answer
        from lab_tools.embedded.observe import shop  # solo quien mide paga por ello

        return shop.told(self, (namespace, pod), port, answer)

    def _scraped(self, namespace: str, pod: str, port: int, path: str) -> str | None:
        """Lo que contesta un Pod a quien recoge sus métricas, si la red le deja llegar."""
        ask = self.connect(namespace, pod, port) if self.network.measurable(namespace, pod, port) else None
        answer = ask(path) if ask is not None else None
        return answer.body if answer is not None and answer.status == 200 else None

    def _plug(self, pod: Object) -> PodWire:
        from lab_tools.embedded.network.wire import PodWire  # con el primer contenedor que arranca

        meta = pod["metadata"]
        place = (meta["namespace"], meta["name"])
        return PodWire(self.network, self._serve, self._serve_api, place, self._labour)

    @cached_property
    def _serve(self) -> Serve:
        from lab_tools.embedded.network.wire import serve_with

        return serve_with(self.kubelet.connect, self._attend, self._told)

    def _labour(self, namespace: str, pod: str, container: str) -> float:
        return self.traffic.labour(namespace, pod, container)

    def _attend(self, namespace: str, pod: str, port: int, path: str) -> tuple[int, float]:
        return self.traffic.attend(namespace, pod, port, path)

    def _serve_api(self, walk: Walk) -> Served:
        from lab_tools.embedded.rest import from_pod  # solo quien llama a la API desde un Pod paga por ello

        return from_pod.answer(self.rest.handle, self.access, walk)

    def _listens(self, namespace: str, pod: str, port: int) -> bool:
        return self.kubelet.connect(namespace, pod, port) is not None

    def _boot(self, nodes: int) -> None:
        for name in BOOT_NAMESPACES:
            self.api.create(kinds.NAMESPACE, {"metadata": {"name": name}})
        self.api.create(kinds.SERVICE, _api_service(), "default")
        for kind, namespace, one in system.objects():
            self.api.create(kind, one, namespace)
        for one in priority.SYSTEM:
            self.api.create(kinds.PRIORITYCLASS, one)
        self.api.create(kinds.CSIDRIVER, DRIVER)
        self.api.create(kinds.STORAGECLASS, STANDARD)
        for number in range(1, nodes + 1):
            self.kubelet.register(NODE_NAME.format(number), _place(number) if nodes > 1 else {})

    def _start(self) -> None:
        self.scheduler = Scheduler(self.api, self.clock, self.rng("scheduler"))
        components: Iterable[Component] = (
            *(build(self.api, self.clock, self.rng(build.__name__)) for build in controllers.ALL),
            TokenSecrets(self.api, self.clock, self.access.tokens),
            AddressKeeper(self.api, self.clock),
            FlowKeeper(self.api, self.clock),
            self.scheduler,
            self.kubelet,
            NodeAutoscaler(self.api, self.clock, self.rng("autoscaler"), self.kubelet),
            MetricsAdapter(self.api, self.clock, self._scraped),
        )
        self._components = tuple(components)
        for component in self._components:
            component.start()


def _place(number: int) -> dict[str, str]:
    """Dónde está un nodo: los de un clúster de varios se reparten por tres zonas de una región."""
    zone = f"{REGION}-{ZONES[(number - 1) % len(ZONES)]}"
    return {"topology.kubernetes.io/region": REGION, "topology.kubernetes.io/zone": zone}


def _api_service() -> dict[str, Any]:
    port = {"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}
    labels = {"component": "apiserver", "provider": "kubernetes"}
    return {"metadata": {"name": "kubernetes", "labels": labels},
            "spec": {"type": "ClusterIP", "clusterIP": API_ADDRESS, "ports": [port]}}  # fmt: skip
