"""Qué nodos se miran, y no mirar dos veces lo mismo.

En un clúster grande no se miran todos: basta con una parte que sirva, y la próxima vez se sigue donde se dejó. Quien
pide un nodo por su nombre (los Pods de un DaemonSet) solo mira ese. Y lo que se sabe de un nodo vale para todos los
Pods que piden lo mismo, mientras la cuenta del nodo no cambie.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/scheduler-perf-tuning/
"""

from __future__ import annotations

from lab_tools.embedded.scheduler.filters import FILTERS, WORLDLY, Demand, Refusal, first_refusal
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.embedded.scheduler.scores import SCORES
from lab_tools.objects import Object

# Con menos nodos que estos se miran todos; y de los que sirven, nunca se buscan menos.
LEAST = 100
# La parte de los nodos que ha de servir, en tanto por ciento: de la mitad a un veinteavo, según crece el clúster.
_MOST_SHARE, _LEAST_SHARE, _NODES_A_POINT = 50, 5, 125
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


class View:
    """Lo que se sabe de cada nodo para los Pods iguales a uno: si lo rechaza, y su nota si hizo falta."""

    __slots__ = ("checks", "known", "reusable", "scores")

    def __init__(self, demand: Demand) -> None:
        self.checks = [check for _, check, applies in FILTERS if applies(demand)]
        self.scores = [(weight, score) for _, weight, score, applies in SCORES if applies(demand)]
        # Si algún filtro mira más allá del nodo, lo sabido caduca con cada decisión.
        self.reusable = demand.claims is None and not WORLDLY.intersection(self.checks)
        # Nodo → la versión que se miró, el motivo si no cabe y la nota si hizo falta.
        self.known: dict[NodeInfo, tuple[int, Refusal | None, float | None]] = {}

    def look(self, demand: Demand, node: NodeInfo) -> Refusal | None:
        """Mira un nodo: por qué no cabe el Pod en él, o `None` si cabe."""
        refusal = first_refusal(self.checks, demand, node)
        self.known[node] = node.version, refusal, None
        return refusal

    def mark(self, demand: Demand, node: NodeInfo) -> float:
        """Pone nota a un nodo donde cabe."""
        version, refusal, _ = self.known[node]
        mark = sum([weight * score(demand, node) for weight, score in self.scores])
        self.known[node] = version, refusal, mark
        return mark


class Views:
    """Las de una ronda. Se olvidan al acabar, o si cambia algo que no es la cuenta de un nodo."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}

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


def _sign(demand: Demand) -> str:
    """Todo lo que los filtros y las notas miran de un Pod: dos con la misma firma reciben las mismas respuestas."""
    spec = demand.pod["spec"]
    return repr((
        sorted(demand.requests.items()), sorted(demand.ports), demand.owners, demand.tolerations,
        [container["image"] for container in spec["containers"]], spec.get("nodeSelector"), spec.get("affinity"),
        spec.get("nodeName"), bool(spec.get("topologySpreadConstraints")), demand.claims is not None,
    ))  # fmt: skip
