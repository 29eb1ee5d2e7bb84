"""La vida de los nodos: el que deja de latir se da por perdido, se marca con taints y sus Pods se desalojan.

Fuente: https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller y
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions

A un nodo caído que alguien declara fuera de servicio no se le espera: sus Pods que se van se borran del todo.
https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown

Si no contesta ninguno, lo roto es la red de quien vigila: no se echa a nadie hasta que vuelva alguno.
https://kubernetes.io/docs/concepts/architecture/nodes/#rate-limits-on-eviction
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, parse, timestamp
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, key_of
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

DELAY = 0.05
# Sin latidos durante este tiempo (segundos), el nodo está perdido.
GRACE = 50.0
LEASES = "kube-node-lease"
_PREFIX = "node.kubernetes.io/"
_NOT_READY, _UNREACHABLE, _CORDONED = _PREFIX + "not-ready", _PREFIX + "unreachable", _PREFIX + "unschedulable"
_PRESSURES = {
    "MemoryPressure": _PREFIX + "memory-pressure",
    "DiskPressure": _PREFIX + "disk-pressure",
    "PIDPressure": _PREFIX + "pid-pressure",
    "NetworkUnavailable": _PREFIX + "network-unavailable",
}
_OUT_OF_SERVICE = _PREFIX + "out-of-service"
_MANAGED = {_NOT_READY, _UNREACHABLE, _CORDONED, *_PRESSURES.values()}


class NodeLifecycleController:
    """Vigila latidos, pone taints y desaloja."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self, DELAY)
        self._recorder = Recorder(api, clock, "taint-eviction-controller")
        self._node_recorder = Recorder(api, clock, "node-controller")
        # Los que contestan, al día noticia a noticia: preguntárselo a todos cada vez costaría el cuadrado.
        self._answering: set[Key] = set()
        self._dark = False
        # Desde cuándo se ve cada taint (nodo, clave, valor) que no dice cuándo se puso: los de `kubectl taint`.
        self._seen: dict[tuple[str, str, str], float] = {}

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._nodes = Cache(self._api, kinds.NODE)
        self._leases = Cache(self._api, kinds.LEASE)
        self._pods = Cache(self._api, kinds.POD, {"node": lambda pod: [pod["spec"].get("nodeName", "")]})
        self._nodes.subscribe(self._on_node)
        self._pods.subscribe(self._on_pod)
        for node in self._nodes.all():
            self._count(node, node)
            self._queue.add_object(node)

    def reconcile(self, key: Key) -> float | None:
        """Mira un nodo: su latido, sus taints y los Pods que ya no tolera. Devuelve cuándo volver."""
        node = self._nodes.get(*key)
        if node is None:
            self._drop_pods(key[1])
            return None
        looks = [self._check_pulse(node)]
        self._look_around(self._nodes.get(*key) or node)
        node = self._nodes.get(*key) or node
        self._set_taints(node)
        node = self._nodes.get(*key) or node
        looks.append(self._evict(node))
        soonest = min(looks)
        return soonest if soonest < float("inf") else None

    def _check_pulse(self, node: Object) -> float:
        """Da el nodo por perdido si calla demasiado. Devuelve los segundos hasta la próxima comprobación."""
        lease = self._leases.get(LEASES, node["metadata"]["name"])
        if lease is None:
            return float("inf")
        beat = (lease.get("spec") or {}).get("renewTime") or lease["metadata"]["creationTimestamp"]
        left = parse(beat) + GRACE - self._clock.now
        if left > 0:
            return left + 0.001
        ready = _ready(node)
        if ready is not None and ready["status"] != "Unknown":
            self._mark_lost(node)
        return GRACE / 4

    def _look_around(self, node: Object) -> None:
        """Se entera de si ya no contesta ningún nodo, o de si vuelve alguno; entonces hay que mirarlos todos."""
        dark = not self._answering and self._nodes.get(*key_of(node)) is not None
        if dark != self._dark:
            self._dark = dark
            for one in self._nodes.all():
                self._queue.add_object(one)

    def _mark_lost(self, node: Object) -> None:
        fresh, now = clone(node), timestamp(self._clock.now)
        for one in fresh["status"]["conditions"]:
            if one["status"] != "Unknown":
                one.update({"status": "Unknown", "reason": "NodeStatusUnknown", "lastTransitionTime": now,
                            "message": "Kubelet stopped posting node status."})  # fmt: skip
        self._api.update(kinds.NODE, fresh, subresource="status")
        name = node["metadata"]["name"]
        self._node_recorder.event(node, "Normal", "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        for pod in self._pods.by("node", name):
            self._mark_pod(pod)

    def _mark_pod(self, pod: Object) -> None:
        """Un Pod en un nodo perdido deja de estar listo: nadie sabe cómo está."""
        fresh = clone(pod)
        for one in fresh["status"].get("conditions") or ():
            if one["type"] == "Ready" and one["status"] == "True":
                one.update({"status": "False", "lastTransitionTime": timestamp(self._clock.now)})
                fresh["metadata"].pop("resourceVersion", None)
                self._api.update(kinds.POD, fresh, subresource="status")
                self._node_recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready")

    def _set_taints(self, node: Object) -> None:
        present = node["spec"].get("taints") or []
        wanted = [one for one in _wanted(node) if not (self._dark and one[1] == "NoExecute")]
        kept = [one for one in present if one["key"] not in _MANAGED or (one["key"], one["effect"]) in wanted]
        known = {(one["key"], one["effect"]) for one in kept}
        now = timestamp(self._clock.now)
        fresh = [
            *kept,
            *({"key": key, "effect": effect, "timeAdded": now} for key, effect in wanted if (key, effect) not in known),
        ]
        if fresh != present:
            changed = clone(node)
            changed["spec"]["taints"] = fresh
            if not fresh:
                del changed["spec"]["taints"]
            self._api.update(kinds.NODE, changed)

    def _evict(self, node: Object) -> float:
        """Borra los Pods que no toleran los taints NoExecute. Devuelve los segundos hasta el próximo plazo."""
        name = node["metadata"]["name"]
        taints = [one for one in node["spec"].get("taints") or () if one["effect"] == "NoExecute"]
        since = self._dated(name, taints)
        soonest = float("inf")
        for pod in self._pods.by("node", name) if taints else ():
            if pod["metadata"].get("deletionTimestamp"):
                continue
            left = self._patience(pod, taints, since)
            if left <= 0:
                self._delete(pod)
            else:
                soonest = min(soonest, left)
        if any(one["key"] == _OUT_OF_SERVICE for one in taints) and (_ready(node) or {}).get("status") != "True":
            self._drop_pods(name, leaving=True)
        return soonest

    def _dated(self, node: str, taints: list[Object]) -> list[float]:
        """Desde cuándo está cada taint de un nodo: desde que lo dice o, si no lo dice, desde que se vio."""
        present = {(node, one["key"], one.get("value", "")) for one in taints}
        for gone in [key for key in self._seen if key[0] == node and key not in present]:
            del self._seen[gone]
        return [parse(one["timeAdded"]) if one.get("timeAdded")
                else self._seen.setdefault((node, one["key"], one.get("value", "")), self._clock.now)
                for one in taints]  # fmt: skip

    def _patience(self, pod: Object, taints: list[Object], dates: list[float]) -> float:
        """Segundos que el Pod aguanta en su nodo; infinito si tolera todo para siempre."""
        least = float("inf")
        for taint, put in zip(taints, dates, strict=True):
            matching = [one for one in pod["spec"].get("tolerations") or () if _tolerates(one, taint)]
            if not matching:
                return 0.0
            limits = [float(one["tolerationSeconds"]) for one in matching if one.get("tolerationSeconds") is not None]
            if limits:
                # A quien llegó después se le cuenta desde que se le vio llegar.
                arrived = (pod.get("status") or {}).get("startTime") or pod["metadata"]["creationTimestamp"]
                least = min(least, max(put, parse(arrived)) + min(limits) - self._clock.now)
        return least

    def _delete(self, pod: Object) -> None:
        meta = pod["metadata"]
        self._recorder.event(pod, "Normal", "TaintManagerEviction",
                             f"Marking for deletion Pod {meta['namespace']}/{meta['name']}")  # fmt: skip
        target = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
                  "message": "Taint manager: deleting due to NoExecute taint", "lastProbeTime": None,
                  "lastTransitionTime": timestamp(self._clock.now),
                  "observedGeneration": meta.get("generation", 1)}  # fmt: skip
        try:
            self._api.patch(kinds.POD, meta["namespace"], meta["name"], {"status": {"conditions": [target]}},
                            "strategic", subresource="status")  # fmt: skip
            self._api.delete(kinds.POD, meta["namespace"], meta["name"], uid=meta["uid"])
        except StatusError as error:
            if error.code not in (404, 409):
                raise

    def _drop_pods(self, name: str, *, leaving: bool = False) -> None:
        """Los Pods de un nodo que no volverá, o solo los que se van: se borran sin esperar a nadie."""
        for pod in self._pods.by("node", name) if name else ():
            meta = pod["metadata"]
            if leaving and not meta.get("deletionTimestamp"):
                continue
            self._api.delete(kinds.POD, meta["namespace"], meta["name"], grace=0, uid=meta["uid"])

    def _count(self, node: Object, present: Object | None) -> None:
        """Cuenta entre los que contestan a un nodo que está como `present`, o lo descuenta; `None` es que se fue."""
        if present is not None and (_ready(present) or {}).get("status") == "True":
            self._answering.add(key_of(node))
        else:
            self._answering.discard(key_of(node))

    def _on_node(self, event: Event) -> None:
        self._count(event.object, None if event.type == "DELETED" else event.object)
        # Un nodo que se fue deja un margen a sus Pods antes de recogerlos, como el recolector real.
        self._queue.add(("", event.object["metadata"]["name"]), after=GRACE if event.type == "DELETED" else None)

    def _on_pod(self, event: Event) -> None:
        name = event.object["spec"].get("nodeName")
        node = self._nodes.get("", name) if name and event.type != "DELETED" else None
        if node is not None and any(one["effect"] == "NoExecute" for one in node["spec"].get("taints") or ()):
            self._queue.add(("", name))


def _ready(node: Object) -> Object | None:
    return next((one for one in (node.get("status") or {}).get("conditions") or () if one["type"] == "Ready"), None)


def _wanted(node: Object) -> list[tuple[str, str]]:
    """Los taints que corresponden al estado del nodo: (clave, efecto)."""
    wanted = []
    for one in (node.get("status") or {}).get("conditions") or ():
        if one["type"] == "Ready" and one["status"] != "True":
            key = _NOT_READY if one["status"] == "False" else _UNREACHABLE
            wanted += [(key, "NoSchedule"), (key, "NoExecute")]
        elif one["type"] in _PRESSURES and one["status"] == "True":
            wanted.append((_PRESSURES[one["type"]], "NoSchedule"))
    if node["spec"].get("unschedulable"):
        wanted.append((_CORDONED, "NoSchedule"))
    return wanted


def _tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    return toleration.get("operator") == "Exists" or \
        (bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", ""))  # fmt: skip
