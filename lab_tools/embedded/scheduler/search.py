"""Qué nodos se miran, y no mirar dos veces lo mismo.

En un clúster grande no se miran todos: basta con una parte que sirva, y la próxima vez se sigue donde se dejó. Quien
pide un nodo por su nombre (los Pods de un DaemonSet) solo mira ese. Y lo que se sabe de un nodo vale para todos los
Pods que piden lo mismo, mientras la cuenta del nodo no cambie.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/scheduler-perf-tuning/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.filters import FILTERS, WORLDLY, Refusal, first_refusal
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.embedded.scheduler.scores import SCORES
from lab_tools.objects import Object

Tied = TypeVar("Tied")

# Con menos nodos que estos se miran todos; y de los que sirven, nunca se buscan menos.
LEAST = 100
# La parte de los nodos que ha de servir, en tanto por ciento: de la mitad a un veinteavo, según crece el clúster.
_MOST_SHARE, _LEAST_SHARE, _NODES_A_POINT = 50, 5, 125
# La nota que mira a los Pods de otros nodos.
_NEIGHBOURS = "InterPodAffinity"
# Dos notas más próximas que esto son un empate.
TIE = 1e-6
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

    __slots__ = ("_marks", "_places", "_synced", "checks", "reusable", "scores")

    def __init__(self, demand: Demand) -> None:
        self.checks = [check for _, check, applies in FILTERS if applies(demand)]
        self.scores = [(weight, score) for _, weight, score, applies in SCORES if applies(demand)]
        neighbourly = any(name == _NEIGHBOURS and applies(demand) for name, _, _, applies in SCORES)
        self.reusable = demand.claims is None and not neighbourly and not WORLDLY.intersection(self.checks)
        self._marks: list[float | None] = []
        self._places: dict[NodeInfo, int] = {}
        self._synced = 0

    def mark(self, demand: Demand, node: NodeInfo) -> float:
        """La nota de un nodo donde cabe."""
        return sum([weight * score(demand, node) for weight, score in self.scores])

    def marks(self, demand: Demand, changed: Sequence[NodeInfo]) -> list[float | None]:
        """La nota de cada nodo del mundo, por orden; `None` donde no cabe. `changed` son los que han cambiado."""
        if not self._places:
            self._places = {node: place for place, node in enumerate(demand.world)}
            self._marks = [self._rated(demand, node) for node in demand.world]
        else:
            for node in changed[self._synced :]:
                self._marks[self._places[node]] = self._rated(demand, node)
        self._synced = len(changed)
        return self._marks

    def _rated(self, demand: Demand, node: NodeInfo) -> float | None:
        return None if first_refusal(self.checks, demand, node) else self.mark(demand, node)


class Views:
    """Las de una ronda. Se olvidan al acabar, o si cambia algo que no es la cuenta de un nodo."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}
        self.changed: list[NodeInfo] = []
        """Los nodos cuya cuenta ha cambiado en esta ronda, por orden."""

    def of(self, demand: Demand) -> View:
        """La que vale para este Pod."""
        sign = _sign(demand)
        view = self._views.get(sign)
        if view is None:
            view = View(demand)
            if view.reusable:
                self._views[sign] = view
        return view

    def forget(self) -> None:
        """Nada de lo sabido vale ya."""
        self._views.clear()
        self.changed.clear()


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Los mejores nodos (sus sitios en el mundo) y cuántos hubo que mirar."""

    best: list[int]
    looked: int


def shortlist(marks: list[float | None], start: int, wanted: int) -> Shortlist:
    """Los empatados a la mejor nota entre los primeros `wanted` donde cabe, empezando por el sitio `start`."""
    window = marks[start : start + wanted]
    window += marks[: wanted - len(window)]
    if None in window or len(window) < wanted:
        window = _wide_enough([*marks[start:], *marks[:start]], wanted)
    fits = [mark for mark in window if mark is not None]
    if not fits:
        return Shortlist([], len(window))
    least, total = max(fits) - TIE, len(marks)
    best = [place for place, mark in enumerate(window, start) if mark is not None and mark > least]
    return Shortlist([place % total for place in best], len(window))


def _wide_enough(order: list[float | None], wanted: int) -> list[float | None]:
    """Lo que hay que mirar para dar con `wanted` donde cabe: a veces, todo."""
    places = [place for place, mark in enumerate(order) if mark is not None]
    return order[: places[wanted - 1] + 1] if len(places) >= wanted else order


def _sign(demand: Demand) -> str:
    """Todo lo que los filtros y las notas miran de un Pod: dos con la misma firma reciben las mismas respuestas."""
    spec = demand.pod["spec"]
    return repr((
        sorted(demand.requests.items()), sorted(demand.ports), demand.owners, demand.tolerations,
        [container["image"] for container in spec["containers"]], spec.get("nodeSelector"), spec.get("affinity"),
        spec.get("nodeName"), bool(spec.get("topologySpreadConstraints")), demand.claims is not None,
        bool(demand.claims and demand.claims.alone),
    ))  # fmt: skip
