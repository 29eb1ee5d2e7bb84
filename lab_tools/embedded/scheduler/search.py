"""Qué nodos se miran, y no mirar dos veces lo mismo.

En un clúster grande no se miran todos: basta con una parte que sirva, y la próxima vez se sigue donde se dejó. Quien
pide un nodo por su nombre (los Pods de un DaemonSet) solo mira ese. Y lo que se sabe de un nodo vale para todos los
Pods que piden lo mismo, mientras la cuenta del nodo no cambie.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/scheduler-perf-tuning/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar
from zlib import crc32

from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.filters import FILTERS, WORLDLY, Refusal, first_refusal
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.embedded.scheduler.scores import SCORES
from lab_tools.embedded.scheduler.standings import Standings
from lab_tools.objects import Object

Tied = TypeVar("Tied")

# Con menos nodos que estos se miran todos; y de los que sirven, nunca se buscan menos.
LEAST = 100
# La parte de los nodos que ha de servir, en tanto por ciento: de la mitad a un veinteavo, según crece el clúster.
_MOST_SHARE, _LEAST_SHARE, _NODES_A_POINT = 50, 5, 125
# La nota que mira a los Pods de otros nodos.
_NEIGHBOURS = "InterPodAffinity"
UNNAMED = Refusal(("node(s) didn't satisfy plugin(s) [NodeAffinity]",))


def enough(total: int) -> int:
    """Cuántos nodos que sirvan bastan, de `total`: `percentageOfNodesToScore` sin configurar."""
    if total < LEAST:
        return total
    share = max(_MOST_SHARE - total // _NODES_A_POINT, _LEAST_SHARE)
    return max(total * share // 100, LEAST)


def named(pod: Object) -> set[str] | None:
    """Los únicos nodos que el Pod admite por su nombre, o `None` si no los nombra."""
    affinity = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    terms = affinity.get("nodeSelectorTerms") or ()
    found: set[str] = set()
    for term in terms:
        lists = [one["values"] for one in term.get("matchFields") or ()
                 if one["key"] == "metadata.name" and one["operator"] == "In"]  # fmt: skip
        if not lists:
            return None
        found.update(set(lists[0]).intersection(*lists[1:]))
    return found if terms else None


def lot(pod: Object, ties: Sequence[Tied]) -> Tied:
    """Uno de los que empatan, al azar del uid del Pod: lo mismo haya lo que haya en otros espacios de nombres."""
    return ties[crc32(pod["metadata"]["uid"].encode()) % len(ties)]


class View:
    """Lo que los Pods iguales a uno saben de los nodos. `reusable`: si ningún filtro mira más allá del nodo."""

    __slots__ = ("_owners", "_places", "_standings", "_synced", "checks", "reusable", "scores")

    def __init__(self, demand: Demand) -> None:
        self.checks = [check for _, check, applies in FILTERS if applies(demand)]
        self.scores = [(weight, score) for _, weight, score, applies in SCORES if applies(demand)]
        neighbourly = any(name == _NEIGHBOURS and applies(demand) for name, _, _, applies in SCORES)
        self.reusable = demand.claims is None and not neighbourly and not WORLDLY.intersection(self.checks)
        self._owners = demand.owners
        self._standings: Standings | None = None
        self._places: dict[NodeInfo, int] = {}
        self._synced = 0

    def mark(self, demand: Demand, node: NodeInfo) -> float:
        """La nota de un nodo donde cabe."""
        return sum([weight * score(demand, node) for weight, score in self.scores])

    def standings(self, demand: Demand, changed: Sequence[NodeInfo]) -> Standings:
        """La clasificación del mundo para un Pod. `changed` son los nodos que han cambiado en esta ronda."""
        known = self._standings
        if known is None:
            self._places = {node: place for place, node in enumerate(demand.world)}
            known = self._standings = Standings([self._rated(demand, node) for node in demand.world])
        else:
            self._rate(known, demand, changed[self._synced :])
        self._synced = len(changed)
        return known

    def adapted(self, demand: Demand) -> View:
        """La de un Pod que solo se distingue en su dueño: le cambian los nodos donde viven los Pods de uno u otro."""
        other = View.__new__(View)
        other.checks, other.scores, other.reusable = self.checks, self.scores, self.reusable
        other._owners, other._places, other._synced = demand.owners, self._places, self._synced
        other._standings = None
        if self._standings is not None:
            other._standings = self._standings.copy()
            theirs = {*self._owners, *demand.owners}
            other._rate(other._standings, demand, [one for one in demand.world if not theirs.isdisjoint(one.owners)])
        return other

    def _rate(self, standings: Standings, demand: Demand, nodes: Sequence[NodeInfo]) -> None:
        for node in nodes:
            standings.put(self._places[node], self._rated(demand, node))

    def _rated(self, demand: Demand, node: NodeInfo) -> float | None:
        return None if first_refusal(self.checks, demand, node) else self.mark(demand, node)


class Views:
    """Las de una ronda. Se olvidan al acabar, o si cambia algo que no es la cuenta de un nodo."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}
        # La última de cada clase de Pods que solo se distinguen en su dueño.
        self._kin: dict[str, View] = {}
        self._world: list[NodeInfo] | None = None
        self.changed: list[NodeInfo] = []
        """Los nodos cuya cuenta ha cambiado en esta ronda, por orden."""

    def world(self, nodes: Mapping[str, NodeInfo]) -> list[NodeInfo]:
        """Los nodos, cada uno en su sitio."""
        if self._world is None:
            self._world = list(nodes.values())
        return self._world

    def of(self, demand: Demand) -> View:
        """La que vale para este Pod."""
        kind = _sign(demand)
        sign = f"{kind}{demand.owners}"
        view = self._views.get(sign)
        if view is None:
            kin = self._kin.get(kind)
            view = kin.adapted(demand) if kin is not None else View(demand)
            if view.reusable:
                self._views[sign] = self._kin[kind] = view
        return view

    def forget(self) -> None:
        """Nada de lo sabido vale ya."""
        self._views.clear()
        self._kin.clear()
        self._world = None
        self.changed.clear()


def _sign(demand: Demand) -> str:
    """Lo que los filtros y las notas miran de un Pod, menos quién es su dueño: solo si lo tiene."""
    spec = demand.pod["spec"]
    return repr((
        sorted(demand.requests.items()), sorted(demand.ports), bool(demand.owners), demand.tolerations,
        [container["image"] for container in spec["containers"]], spec.get("nodeSelector"), spec.get("affinity"),
        spec.get("nodeName"), bool(spec.get("topologySpreadConstraints")), demand.claims is not None,
        bool(demand.claims and demand.claims.alone),
    ))  # fmt: skip
