"""Sitios prometidos: echar a las víctimas de un Pod más importante y guardarle el hueco mientras se van.

La promesa es `status.nominatedNodeName`: quien es menos importante cuenta ese hueco como ocupado; quien lo es más
puede quitárselo. Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.reconciler import Recorder
from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.filters import Filter, Refusal, first_refusal
from lab_tools.embedded.scheduler.nodes import NodeInfo, priority
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

if TYPE_CHECKING:
    from lab_tools.embedded.scheduler.preemption import Outcome, Sacrifice

Refused = Sequence[tuple[NodeInfo, Refusal]]


class Promises:
    """Quién espera un sitio que ya se le está haciendo."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random, recorder: Recorder, author: str) -> None:
        self._api, self._clock, self._rng, self._recorder = api, clock, rng, recorder
        self._author = author
        self._waiting: dict[str, tuple[str, Object]] = {}

    def __bool__(self) -> bool:
        """Si alguien espera."""
        return bool(self._waiting)

    def note(self, pod: Object) -> None:
        """Un Pod cambió: quizá ya tiene nodo, o se le acaba de prometer uno."""
        promised = (pod.get("status") or {}).get("nominatedNodeName")
        if promised and not pod["spec"].get("nodeName"):
            self._waiting[pod["metadata"]["uid"]] = promised, pod
        else:
            self.forget(pod)

    def forget(self, pod: Object) -> None:
        """Un Pod ya no espera nada."""
        self._waiting.pop(pod["metadata"]["uid"], None)

    def refusal(self, checks: Sequence[Filter], demand: Demand, node: NodeInfo) -> Refusal | None:
        """Por qué no cabe, si se cuenta con los que esperan aquí y le igualan o superan en prioridad."""
        uid, level = demand.pod["metadata"]["uid"], priority(demand.pod)
        ahead = [pod for other, (name, pod) in self._waiting.items()
                 if name == node.name and other != uid and priority(pod) >= level]  # fmt: skip
        if not ahead:
            return None
        trial = node.copy()
        for pod in ahead:
            trial.add(pod)
        return first_refusal(checks, demand.with_node(node, trial), trial)

    def seek(self, demand: Demand, checks: Sequence[Filter], refused: Refused, nodes: dict[str, NodeInfo]) -> Outcome:
        """A quién echar para que el Pod quepa, o por qué a nadie."""
        from lab_tools.embedded.scheduler import preemption  # solo quien no cabe en ningún sitio lo necesita

        promised = (demand.pod.get("status") or {}).get("nominatedNodeName", "")
        if why := preemption.ineligible(demand.pod, nodes.get(promised)):
            return preemption.Outcome(None, why)
        level = priority(demand.pod)
        useful = any(not refusal.hopeless and node.has_below(level) for node, refusal in refused)
        budgets = self._api.list(kinds.PODDISRUPTIONBUDGET).items if useful else []
        return preemption.find(demand, checks, refused, budgets, self._rng)

    def keep(self, pod: Object, sacrifice: Sacrifice) -> None:
        """Echa a las víctimas. El Pod, que ya tiene la promesa escrita, esperará a que se vayan."""
        for victim in sacrifice.victims:
            if not victim["metadata"].get("deletionTimestamp"):
                self._evict(victim, pod, sacrifice.node.name)
        for name, other in list(self._waiting.values()):
            if name == sacrifice.node.name and priority(other) < priority(pod):
                self._withdraw(other)

    def _evict(self, victim: Object, pod: Object, node: str) -> None:
        meta, fresh = victim["metadata"], clone(victim)
        others = [one for one in fresh["status"].get("conditions") or () if one["type"] != "DisruptionTarget"]
        fresh["status"]["conditions"] = [*others, {
            "type": "DisruptionTarget", "observedGeneration": meta.get("generation", 1), "status": "True",
            "lastProbeTime": None, "lastTransitionTime": timestamp(self._clock.now), "reason": "PreemptionByScheduler",
            "message": f"{self._author}: preempting to accommodate a higher priority pod"}]  # fmt: skip
        fresh["metadata"].pop("resourceVersion", None)
        try:
            self._api.update(kinds.POD, fresh, subresource="status")
            self._api.delete(kinds.POD, meta["namespace"], meta["name"], uid=meta["uid"])
        except StatusError:
            return  # ya se fue, o no se puede ahora: al volver a mirar se verá lo que queda
        why = f"Preempted by pod {pod['metadata']['uid']} on node {node}"
        self._recorder.event(victim, "Normal", "Preempted", why, action="Preempting")

    def _withdraw(self, pod: Object) -> None:
        """Otro más importante se queda con su sitio: vuelve a buscar."""
        self.forget(pod)
        meta = pod["metadata"]
        try:
            self._api.patch(kinds.POD, meta["namespace"], meta["name"], {"status": {"nominatedNodeName": None}},
                            subresource="status")  # fmt: skip
        except StatusError:
            return  # ya no está: nada que retirar
