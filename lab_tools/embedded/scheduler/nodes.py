"""La cuenta de cada nodo: lo que ofrece, lo que tiene prometido y quién vive en él. Se lleva al día, no se recalcula.

Cantidades: CPU en milésimas, memoria y disco en bytes, lo demás en unidades.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache

from lab_tools.objects import Object, pod_resources
from lab_tools.objects.placement import HostPort, clash, host_ports
from lab_tools.objects.quantity import bytes_, millicores, parse

# Lo que el planificador supone que gasta quien no pide nada (solo para puntuar).
ASSUMED_CPU, ASSUMED_MEMORY = 100, 200 * 2**20

Amounts = dict[str, int]


@lru_cache(maxsize=4096)
def amount(name: str, quantity: str) -> int:
    """Una cantidad en la unidad de su recurso."""
    if name == "cpu":
        return millicores(quantity)
    return bytes_(quantity) if name in ("memory", "ephemeral-storage") else int(parse(quantity))


def requests(pod: Object) -> Amounts:
    """Lo que pide un Pod: la suma de sus contenedores, o el mayor de los de inicio si es más.

    De un contenedor al que se cambia de tamaño cuenta lo mayor entre lo que pide y lo que aún tiene concedido; si lo
    que pide no cabrá nunca en su nodo, lo concedido.
    """
    total: Amounts = {}
    spec, granted = pod["spec"], _granted(pod)
    for container in spec["containers"]:
        own, has = _of(container), granted.get(container.get("name", ""))
        if has is not None:
            both = {name: max(own.get(name, 0), has.get(name, 0)) for name in {**own, **has}}
            own = has if _is_infeasible(pod) else both
        _add(total, own)
    peak: Amounts = {}
    running: Amounts = {}
    for container in spec.get("initContainers") or ():
        own = _of(container)
        if container.get("restartPolicy") == "Always":
            _add(total, own)
            _add(running, own)
            own = running
        else:
            own = {name: own.get(name, 0) + running.get(name, 0) for name in {*own, *running}}
        peak = {name: max(peak.get(name, 0), own.get(name, 0)) for name in {*peak, *own}}
    whole = {name: max(total.get(name, 0), peak.get(name, 0)) for name in {*total, *peak}}
    if "resources" in spec:
        whole |= {name: amount(name, text) for name, text in pod_resources.own_amounts(pod, "requests").items()}
    _add(whole, {name: amount(name, str(text)) for name, text in (spec.get("overhead") or {}).items()})
    return whole


def _granted(pod: Object) -> dict[str, Amounts]:
    """Lo concedido a cada contenedor de un Pod que ha cambiado desde que nació; de los demás no hace falta mirarlo."""
    if pod.get("metadata", {}).get("generation", 1) == 1:
        return {}
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return {one["name"]: {name: amount(name, str(text)) for name, text in one["allocatedResources"].items()}
            for one in statuses if "allocatedResources" in one}  # fmt: skip


def _is_infeasible(pod: Object) -> bool:
    return any(one["type"] == "PodResizePending" and one.get("reason") == "Infeasible"
               for one in pod["status"].get("conditions") or ())  # fmt: skip


def _of(container: Object) -> Amounts:
    asked = (container.get("resources") or {}).get("requests") or {}
    return {name: amount(name, str(text)) for name, text in asked.items()}


def _add(total: Amounts, more: Amounts) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0) + value


def priority(pod: Object) -> int:
    """La prioridad de un Pod; cero si no tiene."""
    return int(pod["spec"].get("priority") or 0)


@dataclass(slots=True, eq=False)
class NodeInfo:
    """Un nodo y sus cuentas. `pods` va de uid a objeto; `owners` cuenta los Pods de cada dueño."""

    node: Object
    allocatable: Amounts = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    nonzero: list[int] = field(default_factory=lambda: [0, 0])
    pods: dict[str, Object] = field(default_factory=dict)
    asked: dict[str, Amounts] = field(default_factory=dict)
    owners: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    ports: dict[HostPort, int] = field(default_factory=lambda: defaultdict(int))
    images: dict[str, int] = field(default_factory=dict)
    has_anti_affinity: int = 0
    priorities: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.node["metadata"]["name"]

    @property
    def labels(self) -> dict[str, str]:
        """Etiquetas del nodo."""
        return self.node["metadata"].get("labels") or {}

    @property
    def taints(self) -> list[Object]:
        """Taints del nodo."""
        return self.node["spec"].get("taints") or []

    def refresh(self, node: Object) -> None:
        """El objeto Node cambió."""
        self.node = node
        status = node.get("status") or {}
        offered = status.get("allocatable") or {}
        self.allocatable = {name: amount(name, str(text)) for name, text in offered.items()}
        self.images = {name: one.get("sizeBytes", 0) for one in status.get("images") or ()
                       for name in one.get("names") or ()}  # fmt: skip

    def add(self, pod: Object) -> bool:
        """Un Pod ocupa sitio aquí. Repetirlo no cambia la cuenta, salvo que él haya cambiado de tamaño o de dueño.

        Devuelve si ahora ocupa menos que antes.
        """
        uid = pod["metadata"]["uid"]
        known, before = self.pods.get(uid), self.asked.get(uid, {})
        if known is not None:
            if not _recounts(pod, known):
                self.pods[uid] = pod
                return False
            self.remove(uid)
        self.pods[uid], self.asked[uid] = pod, requests(pod)
        self._count(pod, self.asked[uid], 1)
        return any(self.asked[uid].get(name, 0) < value for name, value in before.items())

    def remove(self, uid: str) -> None:
        """Un Pod deja su sitio."""
        pod = self.pods.pop(uid, None)
        if pod is not None:
            self._count(pod, self.asked.pop(uid), -1)

    def is_busy(self, port: HostPort) -> bool:
        """Si alguien ocupa ya un puerto del nodo."""
        return any(count and clash(port, other) for other, count in self.ports.items())

    def has_below(self, level: int) -> bool:
        """Si aquí vive algún Pod de prioridad menor."""
        return any(one < level for one in self.priorities)

    def copy(self) -> NodeInfo:
        """Otra cuenta igual, para suponer sin tocar esta."""
        return NodeInfo(
            self.node, self.allocatable, self.taken.copy(), list(self.nonzero), dict(self.pods), dict(self.asked),
            self.owners.copy(), self.ports.copy(), self.images, self.has_anti_affinity, self.priorities.copy(),
        )  # fmt: skip

    def _count(self, pod: Object, asked: Amounts, sign: int) -> None:
        for name, value in asked.items():
            self.taken[name] += sign * value
        level = priority(pod)
        self.priorities[level] += sign
        if not self.priorities[level]:
            del self.priorities[level]
        self.nonzero[0] += sign * (asked.get("cpu") or ASSUMED_CPU)
        self.nonzero[1] += sign * (asked.get("memory") or ASSUMED_MEMORY)
        for uid in owner_uids(pod):
            self.owners[uid] += sign
            if not self.owners[uid]:
                del self.owners[uid]
        for port in host_ports(pod):
            self.ports[port] += sign
        if (pod["spec"].get("affinity") or {}).get("podAntiAffinity"):
            self.has_anti_affinity += sign


def _recounts(new: Object, old: Object) -> bool:
    after, before = new["metadata"], old["metadata"]
    return bool(after.get("generation", 1) != 1 or after.get("ownerReferences") != before.get("ownerReferences"))


def owner_uids(pod: Object) -> list[str]:
    """Quién controla el Pod."""
    return [one["uid"] for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")]
