"""El kubelet de todos los nodos simulados: reparte las noticias de los Pods entre sus máquinas de estados.

Un solo observador sirve a todos los nodos; cada nodo lleva lo suyo en su `NodeAgent` y cada Pod en su `PodWorker`.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Mapping, Sequence

from lab_tools.embedded import status as refusals
from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, microtime, timestamp
from lab_tools.embedded.kubelet import eviction, inside, timing
from lab_tools.embedded.kubelet import node as nodes
from lab_tools.embedded.kubelet.attachments import Attachments
from lab_tools.embedded.kubelet.node import NodeAgent
from lab_tools.embedded.kubelet.pressure import Watchman
from lab_tools.embedded.kubelet.service_links import ServiceLinks
from lab_tools.embedded.kubelet.surroundings import Plug, Surroundings
from lab_tools.embedded.kubelet.upkeep import Upkeep
from lab_tools.embedded.kubelet.volumes import Mint
from lab_tools.embedded.kubelet.worker import PodWorker
from lab_tools.embedded.reconciler import Recorder
from lab_tools.embedded.workloads.disk import Folder
from lab_tools.embedded.workloads.execution import Execution
from lab_tools.embedded.workloads.program import Answer
from lab_tools.embedded.workloads.table import Reference, Workloads
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds


class Kubelet:
    """Todos los nodos simulados de un clúster.

    `rng` reparte las pequeñas diferencias entre Pods; `mint` firma las credenciales que se montan en ellos; `plug` los
    enchufa a la red.
    """

    def __init__(self, api: Api, clock: Clock, rng: random.Random, workloads: Workloads,
                 mint: Mint = lambda pod, wanted: "", plug: Plug = lambda pod: None) -> None:  # fmt: skip
        self._api = api
        self._mint, self._plug, self._links = mint, plug, ServiceLinks(api)
        self._clock = clock
        self._workloads = workloads
        self._spread = timing.Spread(rng)
        self._agents: dict[str, NodeAgent] = {}
        # El mayor número que tiene un nodo: el siguiente lleva uno más.
        self._highest = 0
        self._recorders: dict[str, Recorder] = {}
        self._watchmen: dict[str, Watchman] = {}
        self._workers: dict[str, PodWorker] = {}
        self._disks: dict[str, Folder] = {}
        self._attachments = Attachments(api, clock, self._report_disks)
        self._upkeep = Upkeep(api, clock)
        self.gone: Callable[[Object], None] = lambda pod: None
        """A quién contar que un Pod ha dejado de existir."""

    def register(self, name: str, labels: Mapping[str, str] | None = None,
                 capacity: Mapping[str, str] | None = None, taints: Sequence[Object] = ()) -> None:  # fmt: skip
        """Enciende un nodo nuevo y lo da de alta en la API, listo, con lo que tenga de propio.

        `StatusError` 409 si ya hay un nodo con ese nombre.
        """
        agent = NodeAgent(name, self._highest + 1)
        agent.labels.update(labels or {})
        agent.capacity.update(capacity or {})
        agent.taints = [dict(one) for one in taints]
        agent.images = {image.reference: image for image in self._workloads.present()}
        made = self._api.create(kinds.NODE, agent.describe(self._clock.now))
        self._enrol(agent)
        for kind, space in ((kinds.LEASE, nodes.LEASES), (kinds.CSINODE, None)):
            with contextlib.suppress(StatusError):  # el de otro nodo con su nombre, que ya se fue
                self._api.delete(kind, space, agent.name)
        self._api.create(kinds.LEASE, agent.lease(microtime(self._clock.now)), nodes.LEASES)
        self._api.create(kinds.CSINODE, nodes.drivers(made))
        self._clock.call_in(timing.HEARTBEAT, lambda: self._beat(agent))

    def start(self) -> None:
        """Retoma los nodos que ya estaban dados de alta y empieza a atender Pods."""
        for obj in self._api.list(kinds.NODE).items:
            told = (obj.get("status") or {}).get("nodeInfo", {})
            if obj["metadata"]["name"] not in self._agents and told.get("kubeletVersion"):
                self._resume(obj)
        listing = self._api.list(kinds.POD)
        self._api.watch(kinds.POD, self._on_event, since=listing.revision)
        self._upkeep.start()
        for pod in listing.items:
            self._adopt(pod)

    def retire(self, name: str) -> None:
        """Apaga un nodo para siempre: lo que corría en él se para sin despedirse. El objeto Node no se toca."""
        agent = self._agents.pop(name, None)
        if agent is None:
            return  # nunca fue una máquina de aquí
        if agent.number == self._highest:
            self._highest = max((one.number for one in self._agents.values()), default=0)
        del self._recorders[name], self._watchmen[name]
        for uid, worker in list(agent.workers.items()):
            worker.freeze()
            self._upkeep.leave(worker)
            self._workers.pop(uid, None)
        agent.connected = False
        with contextlib.suppress(StatusError):
            self._api.delete(kinds.LEASE, nodes.LEASES, name)

    def disconnect(self, name: str) -> None:
        """Incomunica un nodo: sus contenedores siguen, pero no late ni cuenta nada."""
        self._agents[name].connected = False

    def reconnect(self, name: str) -> None:
        """Devuelve la red a un nodo: late y publica lo que pasó mientras tanto."""
        agent = self._agents[name]
        agent.connected = True
        self._renew(agent)
        for worker in list(self._workers.values()):
            if worker.agent is agent and not worker.over:
                worker.recall()

    def names(self) -> list[str]:
        """Los nodos simulados."""
        return list(self._agents)

    def has(self, name: str) -> bool:
        """Si un nodo es de los simulados."""
        return name in self._agents

    def node(self, name: str) -> NodeAgent:
        """Lo que el kubelet de un nodo lleva en la cabeza."""
        return self._agents[name]

    def link(self, name: str, connected: bool) -> None:
        """Incomunica un nodo o le devuelve la red, si no estaba ya así."""
        if self._agents[name].connected != connected:
            (self.reconnect if connected else self.disconnect)(name)

    def halt(self, name: str, halted: bool) -> None:
        """Para el proceso del kubelet de un nodo o lo pone en marcha; la red se le quita y se le da con `link`."""
        agent = self._agents[name]
        if halted and not agent.halted:
            for worker in agent.workers.values():
                worker.abandon()
        agent.halted = halted
        for worker in list(agent.workers.values()):
            worker.sync()

    def power(self, name: str, on: bool, since: float | None = None) -> None:
        """Apaga un nodo de golpe, con todo lo que corría, o lo enciende: lo que siga siendo suyo vuelve a arrancar.

        `since` es cuándo se fue la luz, si no es ahora.
        """
        agent = self._agents[name]
        if agent.powered == on:
            return
        agent.powered = agent.connected = on
        if on:
            self._renew(agent)
            for worker in list(agent.workers.values()):
                self._upkeep.leave(worker)
                self._adopt(worker.pod, agent.off_since)
            return
        agent.off_since = self._clock.now if since is None else since
        agent.downloads.clear()
        for worker in list(agent.workers.values()):
            worker.freeze()

    def drag(self, name: str, factor: float) -> None:
        """El disco de un nodo va `factor` veces más despacio: tarda en traer imágenes y en arrancar."""
        self._agents[name].drag = factor

    def press(self, name: str, memory: int = 0, disk: int = 0) -> None:
        """Algo que no es un Pod ocupa memoria y disco de un nodo, en bytes, hasta que se diga otra cosa."""
        self._agents[name].usage.outside, self._agents[name].usage.disk = memory, disk

    def demand(self, uid: str, container: str, memory: int) -> None:
        """Un contenedor gasta `memory` bytes además de los de su imagen, hasta que se diga otra cosa."""
        worker = self._workers.get(uid)
        if worker is not None:
            worker.agent.usage.demand((uid, container), memory)
            worker.ceiling.review()

    def logs(self, namespace: str, pod: str, container: str, previous: bool = False) -> list[tuple[float, str]]:
        """Lo que un contenedor ha escrito: (instante, línea). `StatusError` 400 si aún no hay nada que leer."""
        found = self._api.get(kinds.POD, namespace, pod)
        worker = self._workers.get(found["metadata"]["uid"])
        if worker is not None and (why := inside.unreachable(worker.agent)):
            where = f"https://{worker.agent.host_ip}:10250/containerLogs/{namespace}/{pod}/{container}"
            raise refusals.unexplained(f'Get "{where}": {why}')
        lines = worker.logs(container, previous) if worker is not None else None
        if lines is not None:
            return lines
        if previous:
            why = f'previous terminated container "{container}" in pod "{pod}" not found'
        else:
            why = f'container "{container}" in pod "{pod}" is waiting to start: {_waiting_reason(found, container)}'
        raise refusals.bad_request(why)

    def execute(self, namespace: str, pod: str, container: str, command: list[str], stdin: bool,
                terminal: bool) -> Execution:  # fmt: skip
        """Ejecuta una orden dentro de un contenedor. Lanza `Unreachable` o `NoSuchCommand`."""
        return inside.execute(self._named(namespace, pod), container, command, stdin, terminal)

    def attach(self, namespace: str, pod: str, container: str) -> inside.Attachment:
        """Mira lo que escriba el programa de un contenedor. Lanza `Unreachable`."""
        return inside.attach(self._named(namespace, pod), container)

    def connect(self, namespace: str, pod: str, port: int) -> Callable[[str], Answer] | None:
        """Cómo preguntar a un puerto de un Pod; `None` si nadie escucha en él."""
        return inside.connect(self._named(namespace, pod), port)

    def address(self, namespace: str, pod: str) -> str:
        """La dirección de un Pod que ya tiene red, aunque aún no la haya publicado; «» si no la tiene."""
        worker = self._named(namespace, pod)
        return worker.address if worker is not None and not worker.over else ""

    def _named(self, namespace: str, pod: str) -> PodWorker | None:
        return self._workers.get(self._api.get(kinds.POD, namespace, pod)["metadata"]["uid"])

    def worker(self, uid: str) -> PodWorker | None:
        """La máquina de estados de un Pod, o `None`."""
        return self._workers.get(uid)

    # Nodos

    def _enrol(self, agent: NodeAgent) -> None:
        self._agents[agent.name] = agent
        self._highest = max(self._highest, agent.number)
        recorder = self._recorders[agent.name] = Recorder(self._api, self._clock, "kubelet", agent.name)
        self._watchmen[agent.name] = Watchman(self._clock, agent, recorder)

    def _resume(self, obj: Object) -> None:
        agent = NodeAgent(obj["metadata"]["name"], int(obj["status"]["nodeInfo"]["machineID"], 16))
        self._enrol(agent)
        agent.capacity = dict(obj["status"]["capacity"])
        agent.pressures = {one["type"] for one in obj["status"].get("conditions") or ()
                           if one["type"] != "Ready" and one["status"] == "True"}  # fmt: skip
        names = [name for image in obj["status"].get("images") or ()
                 for name in image.get("names") or ()]  # fmt: skip
        for reference in map(Reference.parse, names):
            image = self._workloads.image(reference)
            if image is not None:
                agent.images[reference] = image
        self._clock.call_in(timing.HEARTBEAT, lambda: self._beat(agent))

    def _beat(self, agent: NodeAgent) -> None:
        if self._agents.get(agent.name) is not agent:
            return  # lo retiraron
        if agent.connected:
            self._renew(agent)
        self._clock.call_in(timing.HEARTBEAT, lambda: self._beat(agent))

    def _renew(self, agent: NodeAgent) -> None:
        try:
            self._api.update(kinds.LEASE, agent.lease(microtime(self._clock.now)))
            self._refresh(agent)
            self._report_disks(agent.name)
        except StatusError:
            # Alguien borró el nodo o su Lease, o la API no puede guardar: un latido perdido se repone con el siguiente.
            return

    def _refresh(self, agent: NodeAgent) -> None:
        """Vuelve a escribir el Node solo si cambió: imágenes, escasez, o una salud que otros dieron por perdida."""
        present = self._api.get(kinds.NODE, None, agent.name)
        self._watchmen[agent.name].look(present)
        known, images = present["status"].get("conditions") or [], agent.image_list()
        if not agent.pressures and _is_healthy(known) and present["status"].get("images") == images:
            return
        conditions = nodes.conditions(timestamp(self._clock.now), agent.pressures, known)
        if _verdicts(conditions) <= _verdicts(known) and present["status"].get("images") == images:
            return
        fresh = clone(present)
        fresh["status"]["images"] = images
        if not _verdicts(conditions) <= _verdicts(known):
            fresh["status"]["conditions"] = conditions
            self._tell_recovery(present, conditions)
        fresh["metadata"].pop("resourceVersion", None)
        self._api.update(kinds.NODE, fresh, subresource="status")

    def _tell_recovery(self, node: Object, conditions: list[Object]) -> None:
        """Cuenta lo que un nodo al que se daba por perdido vuelve a decir de sí mismo."""
        lost = {one["type"] for one in node["status"].get("conditions") or ()
                if one["status"] == "Unknown" or (one["type"], one["status"]) == ("Ready", "False")}  # fmt: skip
        name = node["metadata"]["name"]
        for one in conditions:
            if one["type"] in lost:
                reason = "Node" + ("Ready" if one["type"] == "Ready" else one["reason"].removeprefix("Kubelet"))
                self._recorders[name].event(node, "Normal", reason, f"Node {name} status is now: {reason}")

    def _report_disks(self, name: str) -> None:
        """Escribe en un nodo los discos de red que usa, si no es lo que ya decía."""
        agent, used = self._agents.get(name), self._attachments.in_use(name)
        if agent is None or not agent.connected:
            return
        with contextlib.suppress(StatusError):  # se borró el nodo, o la API no puede guardar: lo dirá otro latido
            present = self._api.get(kinds.NODE, None, name)
            if (present["status"].get("volumesInUse") or []) != used:
                patch = {"status": {"volumesInUse": used or None}}
                self._api.patch(kinds.NODE, None, name, patch, subresource="status")

    # Pods

    def _on_event(self, event: Event) -> None:
        pod = event.object
        uid = pod["metadata"]["uid"]
        worker = self._workers.get(uid)
        if event.type == "DELETED":
            self.gone(pod)
            if worker is not None:
                del self._workers[uid]
                self._upkeep.leave(worker)
                worker.agent.workers.pop(uid, None)
                worker.agent.measured.discard(uid)
                self._clock.call_soon(worker.vanish)
        elif worker is None:
            self._adopt(pod)
        elif worker.agent.connected and _noteworthy(pod, worker.pod):
            # Una noticia llega en mitad de otra escritura: se atiende después de ella.
            self._clock.call_soon(lambda: worker.update(pod))
        else:
            worker.pod = pod

    def _adopt(self, pod: Object, off_since: float | None = None) -> None:
        agent = self._agents.get(pod["spec"].get("nodeName", ""))
        if agent is None:
            return
        around = Surroundings(self._api, self._clock, self._workloads, agent, self._recorders[agent.name], self._spread,
                              self._disks, self._mint, self._links, self._plug, self._attachments)  # fmt: skip
        worker = self._workers[pod["metadata"]["uid"]] = PodWorker(around, pod)
        self._upkeep.enter(worker)
        agent.workers[pod["metadata"]["uid"]] = worker
        if eviction.has_disk_limits(pod):
            agent.measured.add(pod["metadata"]["uid"])
        if not agent.powered:
            worker.over = True
        elif off_since is not None:
            self._clock.call_soon(lambda: worker.reboot(off_since))
        else:
            self._clock.call_soon(worker.begin)


def _is_healthy(conditions: list[Object]) -> bool:
    return bool(conditions) and all((one["status"] == "True") is (one["type"] == "Ready") for one in conditions)


def _verdicts(conditions: list[Object]) -> set[tuple[str, str]]:
    return {(one["type"], one["status"]) for one in conditions}


def _noteworthy(new: Object, old: Object) -> bool:
    """Si cambió algo que no escribió el propio kubelet."""
    after, before = new["metadata"], old["metadata"]
    return _gates(new) != _gates(old) or any(
        after.get(key) != before.get(key)
        for key in ("generation", "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations")
    )


def _gates(pod: Object) -> list[Object]:
    """Lo que otros dicen de un Pod que espera por ellos para estar listo (`readinessGates`)."""
    wanted = [one["conditionType"] for one in pod["spec"].get("readinessGates") or ()]
    return [one for one in pod["status"].get("conditions") or () if one["type"] in wanted] if wanted else []


def _waiting_reason(pod: Object, container: str) -> str:
    lists = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
    entries = (one for key in lists for one in pod["status"].get(key) or ())
    state: Object = next((one["state"] for one in entries if one["name"] == container), {})
    return str(state.get("waiting", {}).get("reason", "ContainerCreating"))
