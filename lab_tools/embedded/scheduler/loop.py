"""El planificador: toma cada Pod sin nodo, lo pasa por filtros y notas, y lo ata o dice por qué no.

Un Pod que no cabe espera en la cola a que algo cambie (un nodo, un Pod que se va) y se vuelve a mirar.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.reconciler import Recorder, key_of
from lab_tools.embedded.scheduler import search, volumes
from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.filters import Refusal, first_refusal
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.embedded.scheduler.promises import Promises
from lab_tools.embedded.scheduler.queue import Key, Queue
from lab_tools.embedded.scheduler.search import View, Views
from lab_tools.embedded.scheduler.standings import TIE
from lab_tools.embedded.scheduler.terms import ENDED, NAME
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds


class Scheduler:
    """El planificador. Los empates los decide el uid del Pod; `rng`, por dónde se empieza a mirar a quién echar."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._recorder = Recorder(api, clock, NAME, f"{NAME}-0", modern=True)
        self._promises = Promises(api, clock, rng, self._recorder, NAME)
        self._nodes: dict[str, NodeInfo] = {}
        self._homeless: dict[str, dict[str, Object]] = {}
        self._queue = Queue(clock, self._decide_all)
        self._disk_limits: dict[str, dict[str, int]] = {}
        # El nodo prometido a quien espera a que le hagan sus volúmenes.
        self._promised: dict[Key, str] = {}
        self._views = Views()
        # Por qué nodo se empieza a mirar cuando no hace falta mirarlos todos.
        self._turn = 0
        self.attempts = {"error": 0, "scheduled": 0, "unschedulable": 0}
        """Cuántas veces ha decidido sobre un Pod, por cómo acabó."""
        self.around: Callable[[Key, Callable[[], None]], None] | None = None
        """Con qué envolver cada decisión, si alguien la mira."""

    def waiting(self) -> dict[str, int]:
        """Cuántos Pods esperan nodo, por la cola en que están: por mirar, o a que algo cambie."""
        return self._queue.waiting()

    def hold(self, held: bool) -> None:
        """Deja de elegir nodos, o vuelve a hacerlo con los que se quedaron a la espera."""
        self._queue.hold(held)

    def start(self) -> None:
        """Cuenta lo que ya hay y empieza a vigilar."""
        nodes, pods = self._api.list(kinds.NODE), self._api.list(kinds.POD)
        for node in nodes.items:
            self._know(node)
        for pod in pods.items:
            self._take_in(pod)
        self._api.watch(kinds.NODE, self._on_node, since=nodes.revision)
        self._api.watch(kinds.POD, self._on_pod, since=pods.revision)
        self._api.watch(kinds.CSINODE, self._on_csi_node)
        for one in self._api.list(kinds.CSINODE).items:
            self._limit(one)
        for kind in (kinds.PERSISTENTVOLUMECLAIM, kinds.PERSISTENTVOLUME, kinds.STORAGECLASS):
            self._api.watch(kind, lambda _event: self._queue.look_at_disks())

    def why(self, pod: Object) -> Object:
        """Por qué va a un nodo y no a otro, con las cuentas de ahora: véase `why.explain`."""
        from lab_tools.embedded.scheduler import why  # solo quien pregunta lo necesita

        def held(demand: Demand, node: NodeInfo) -> Refusal | None:
            return self._promises.refusal(View(demand).checks, demand, node) if self._promises else None

        return why.explain(pod, list(self._nodes.values()), volumes.look(self._api, pod, self._disk_limits), held,
                           self._labels_of)  # fmt: skip

    def _labels_of(self, namespace: str) -> Mapping[str, str]:
        """Las etiquetas de un Namespace; ninguna si ya no está."""
        try:
            return self._api.get(kinds.NAMESPACE, None, namespace)["metadata"].get("labels") or {}
        except StatusError:
            return {}

    # Noticias

    def _on_node(self, event: Event) -> None:
        name = event.object["metadata"]["name"]
        if event.type == "DELETED":
            gone = self._nodes.pop(name, None)
            self._views.forget()
            if gone is not None:
                self._homeless[name] = gone.pods
        else:
            self._know(event.object)
            if event.previous is None or _offers_more(event.object, event.previous):
                self._queue.look_again()

    def _know(self, node: Object) -> None:
        name = node["metadata"]["name"]
        self._views.forget()
        info = self._nodes.get(name)
        if info is None:
            info = self._nodes[name] = NodeInfo(node)
            for pod in self._homeless.pop(name, {}).values():
                info.add(pod)
        info.refresh(node)

    def _on_pod(self, event: Event) -> None:
        pod = event.object
        if pod["spec"].get("affinity"):
            self._views.forget()
        if event.type == "DELETED" or pod.get("status", {}).get("phase") in ENDED:
            self._forget(pod)
        else:
            self._take_in(pod)

    def _take_in(self, pod: Object) -> None:
        spec, uid = pod["spec"], pod["metadata"]["uid"]
        name = spec.get("nodeName")
        self._promises.note(pod)
        if name:
            self._queue.forget(key_of(pod))
            info = self._nodes.get(name)
            if info is not None:
                self._settle_in(pod, info)
            else:
                self._homeless.setdefault(name, {})[uid] = pod
        elif spec.get("schedulerName", NAME) == NAME and not spec.get("schedulingGates"):
            self._queue.add(pod)

    def _settle_in(self, pod: Object, info: NodeInfo) -> None:
        """Un Pod vive en un nodo: si ha encogido deja sitio, y si llega o cambia de etiquetas es un vecino nuevo."""
        before = info.pods.get(pod["metadata"]["uid"])
        shrank = info.add(pod)
        self._views.changed.append(info)
        if shrank:
            self._queue.look_again()
        elif before is None or _labels(before) != _labels(pod):
            self._queue.meet_neighbour()

    def _forget(self, pod: Object) -> None:
        key, uid, name = key_of(pod), pod["metadata"]["uid"], pod["spec"].get("nodeName", "")
        self._queue.forget(key)
        self._promised.pop(key, None)
        self._promises.forget(pod)
        info = self._nodes.get(name)
        if info is not None:
            info.remove(uid)
            self._views.changed.append(info)
            self._queue.look_again()
        self._homeless.get(name, {}).pop(uid, None)

    def _on_csi_node(self, event: Event) -> None:
        self._disk_limits.pop(event.object["metadata"]["name"], None)
        if event.type != "DELETED":
            self._limit(event.object)
        self._queue.look_again()

    def _limit(self, csi_node: Object) -> None:
        if limits := volumes.limits_of(csi_node):
            self._disk_limits[csi_node["metadata"]["name"]] = limits

    # Decisiones

    def _decide_all(self) -> None:
        for pod in self._queue.take():
            if not pod["metadata"].get("deletionTimestamp"):
                if self.around is None:
                    self._decide(pod)
                else:
                    self.around(key_of(pod), partial(self._decide, pod))
        self._views.forget()

    def _decide(self, pod: Object) -> None:
        world, claims = self._views.world(self._nodes), volumes.look(self._api, pod, self._disk_limits)
        if claims is not None and claims.trouble:
            self._park(pod, volumes.nowhere(claims, len(world)))
            return
        demand = Demand(pod, world, claims, spaces=self._labels_of)
        view = self._views.of(demand)
        if view.reusable and not self._promises and (node := self._quick(demand, view)) is not None:
            self._settle(pod, node, None)
            return
        feasible, refused = self._survey(demand, view)
        if feasible:
            promised = self._promised.get(key_of(pod))
            kept = next((node for node in feasible if node.name == promised), None) if promised else None
            self._settle(pod, kept or self._best(demand, view, feasible), claims)
            return
        outcome = self._promises.seek(demand, view.checks, refused, self._nodes)
        self._park(pod, why_not([refusal for _, refusal in refused], outcome.why_not), outcome.promise)
        if outcome.sacrifice is not None:
            self._promises.keep(pod, outcome.sacrifice)

    def _quick(self, demand: Demand, view: View) -> NodeInfo | None:
        """El nodo de un Pod al que cada nodo le importa por sí solo; `None` si no cabe o pide uno por su nombre."""
        if search.named(demand.pod) is not None:
            return None
        world = demand.world
        wanted = search.enough(len(world))
        start = self._turn if wanted < len(world) else 0
        found = view.standings(demand, self._views.changed).shortlist(start, wanted)
        if not found.best:
            return None
        if wanted < len(world):
            self._turn = (start + found.looked) % len(world)
        return world[search.lot(demand.pod, found.best)]

    def _survey(self, demand: Demand, view: View) -> tuple[list[NodeInfo], list[tuple[NodeInfo, Refusal]]]:
        """Los nodos donde cabe (los que basten) y, de los que se miraron, los que no, con su motivo."""
        asked = search.named(demand.pod)
        nodes = self._in_turn(demand.world) if asked is None else [one for one in demand.world if one.name in asked]
        wanted, held = search.enough(len(nodes)), bool(self._promises)
        feasible: list[NodeInfo] = []
        refused: list[tuple[NodeInfo, Refusal]] = []
        for node in nodes:
            refusal = first_refusal(view.checks, demand, node)
            if refusal is None and held:
                refusal = self._promises.refusal(view.checks, demand, node)
            if refusal is None:
                feasible.append(node)
                if len(feasible) == wanted:
                    break
            else:
                refused.append((node, refusal))
        if asked is not None and not feasible:
            refused += [(node, search.UNNAMED) for node in demand.world if node.name not in asked]
        elif wanted < len(nodes):
            self._turn = (self._turn + len(feasible) + len(refused)) % len(nodes)
        return feasible, refused

    def _in_turn(self, world: Sequence[NodeInfo]) -> Sequence[NodeInfo]:
        start = self._turn if search.enough(len(world)) < len(world) else 0
        return [*world[start:], *world[:start]] if start else world

    def _best(self, demand: Demand, view: View, feasible: Sequence[NodeInfo]) -> NodeInfo:
        if len(feasible) == 1:
            return feasible[0]
        marks = [view.mark(demand, node) for node in feasible]
        least = max(marks) - TIE
        ties = [node for node, mark in zip(feasible, marks, strict=True) if mark > least]
        return search.lot(demand.pod, ties)

    def _settle(self, pod: Object, node: NodeInfo, claims: volumes.Needs | None) -> None:
        key = key_of(pod)
        if claims is None or not claims.waiting:
            self._promised.pop(key, None)
            self._bind(pod, node)
            return
        self._promised[key] = node.name
        # Primero sus volúmenes: cuando los tenga, la noticia lo traerá de vuelta.
        try:
            volumes.reserve(self._api, claims, node.name, node.labels)
            self._queue.park(pod)
        except StatusError:
            self._queue.park(pod)
            self._queue.look_again()

    def _bind(self, pod: Object, node: NodeInfo) -> None:
        meta = pod["metadata"]
        binding = {"apiVersion": "v1", "kind": "Binding", "target": {"kind": "Node", "name": node.name},
                   "metadata": {"name": meta["name"], "namespace": meta["namespace"]}}  # fmt: skip
        try:
            self._api.update(kinds.POD, binding, subresource="binding")
        except StatusError as error:
            # Si se borró o ya tenía nodo, la noticia lo dirá; si la API no puede guardar, se vuelve a mirar.
            self.attempts["error"] += 1
            if error.code not in (404, 409):
                self._queue.park(pod)
                self._queue.look_again()
            return
        self.attempts["scheduled"] += 1
        why = f"Successfully assigned {meta['namespace']}/{meta['name']} to {node.name}"
        self._recorder.event(pod, "Normal", "Scheduled", why, action="Binding")

    def _park(self, pod: Object, message: str, promised: str | None = None) -> None:
        self.attempts["unschedulable"] += 1
        self._queue.turn_away(pod)
        self._recorder.event(pod, "Warning", "FailedScheduling", message)
        fresh = clone(pod)
        status, now = fresh["status"], timestamp(self._clock.now)
        conditions = status.get("conditions") or []
        before = next((one for one in conditions if one["type"] == "PodScheduled"), None)
        condition = {"type": "PodScheduled", "observedGeneration": pod["metadata"].get("generation", 1),
                     "status": "False", "lastProbeTime": None,
                     "lastTransitionTime": before["lastTransitionTime"] if before else now,
                     "reason": "Unschedulable", "message": message}  # fmt: skip
        status["conditions"] = [*(one for one in conditions if one["type"] != "PodScheduled"), condition]
        if promised is not None:
            status["nominatedNodeName"] = promised
        if not status.get("nominatedNodeName"):
            status.pop("nominatedNodeName", None)
        fresh["metadata"].pop("resourceVersion", None)
        try:
            self._api.update(kinds.POD, fresh, subresource="status")
        except StatusError:
            self._queue.forget(key_of(pod))


def why_not(refusals: Sequence[Refusal], ending: str) -> str:
    """El mensaje de FailedScheduling: cuántos nodos dijeron que no y por qué; `ending`, por qué no se echa a nadie."""
    total = len(refusals)
    if not total:
        return "no nodes available to schedule pods"
    counts = Counter(reason for refusal in refusals for reason in refusal.reasons)
    reasons = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    start = f"0/{total} nodes are available: {reasons}."
    return f"{start} no new claims to deallocate, preemption: {ending}" if ending else start


def _labels(obj: Object) -> Object:
    return obj["metadata"].get("labels") or {}


def _offers_more(new: Object, old: Object) -> bool:
    """Si un nodo cambió en algo que importa a quien espera; un latido no lo es."""
    return (
        new["spec"] != old["spec"]
        or new["metadata"].get("labels") != old["metadata"].get("labels")
        or (new.get("status") or {}).get("allocatable") != (old.get("status") or {}).get("allocatable")
    )
