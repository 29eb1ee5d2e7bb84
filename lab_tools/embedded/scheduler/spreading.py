"""El reparto por zonas, nodos o lo que sea: cuántos hay ya en cada sitio, y si uno más lo desequilibra.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
"""

from __future__ import annotations

import math

from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.matching import node_selected
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.objects import Object
from lab_tools.objects.placement import tolerated
from lab_tools.objects.selector import LabelSelector

BEST = 100.0


# Ningún Pod cumple un selector que no se ha escrito.
_NOBODY = LabelSelector.from_object({"matchExpressions": [
    {"key": "x", "operator": "Exists"}, {"key": "x", "operator": "DoesNotExist"}]})  # fmt: skip


def constraints(demand: Demand, when: str) -> list[Object]:
    """Las restricciones de un Pod que se cumplen a la fuerza (DoNotSchedule) o si se puede (ScheduleAnyway)."""
    return [one for one in demand.pod["spec"].get("topologySpreadConstraints") or ()
            if one.get("whenUnsatisfiable", "DoNotSchedule") == when]  # fmt: skip


def skew(demand: Demand, node: NodeInfo, constraint: Object) -> int:
    """Cuánto pasaría el sitio de este nodo, con el Pod dentro, del que menos tiene."""
    counts = _counts(demand, constraint)
    key, selector = constraint["topologyKey"], _selector(constraint)
    least = min(counts.values(), default=0)
    if len(counts) < int(constraint.get("minDomains") or 1):
        least = 0
    mine = int(selector.matches(demand.pod["metadata"].get("labels") or {}))
    return counts.get(node.labels[key], 0) + mine - least


def score(demand: Demand, node: NodeInfo) -> float:
    """Mejor cuantos menos haya en su sitio: de 0 a 100 entre el peor y el mejor de los nodos."""
    known = demand.recall("reparto", lambda: _raw(demand))
    raw = known.get(node.name)
    if raw is None:
        return 0.0
    high, low = max(known.values()), min(known.values())
    return BEST * (high + low - raw) / high if high else BEST


def _raw(demand: Demand) -> dict[str, float]:
    """La carga de los sitios de cada nodo; sin los nodos que no tienen todas las etiquetas."""
    wanted = constraints(demand, "ScheduleAnyway")
    found = {}
    for node in demand.world:
        if all(one["topologyKey"] in node.labels for one in wanted):
            found[node.name] = sum(_load(demand, node, one) for one in wanted)
    return found


def _load(demand: Demand, node: NodeInfo, constraint: Object) -> float:
    counts = _counts(demand, constraint)
    here = counts.get(node.labels[constraint["topologyKey"]], 0)
    return here * math.log(len(counts) + 2) + int(constraint["maxSkew"]) - 1


def _counts(demand: Demand, constraint: Object) -> dict[str, int]:
    """Cuántos Pods como los suyos hay en cada sitio."""
    found: dict[str, int] = demand.recall(("cuentas", repr(constraint)), lambda: _count(demand, constraint))
    return found


def _count(demand: Demand, constraint: Object) -> dict[str, int]:
    key, namespace = constraint["topologyKey"], demand.pod["metadata"]["namespace"]
    selector = _selector(constraint)
    keys = [one["topologyKey"] for one in constraints(demand, constraint.get("whenUnsatisfiable", "DoNotSchedule"))]
    counts: dict[str, int] = {}
    for node in demand.world:
        if not all(one in node.labels for one in keys) or not _counted(demand, node, constraint):
            continue
        here = sum(1 for pod in node.pods.values() if pod["metadata"]["namespace"] == namespace
                   and not pod["metadata"].get("deletionTimestamp")
                   and selector.matches(pod["metadata"].get("labels") or {}))  # fmt: skip
        counts[node.labels[key]] = counts.get(node.labels[key], 0) + here
    return counts


def _counted(demand: Demand, node: NodeInfo, constraint: Object) -> bool:
    """Si un nodo entra en la cuenta: por omisión, los que el Pod admite por afinidad, con taints o sin ellos."""
    if constraint.get("nodeAffinityPolicy", "Honor") == "Honor" and not node_selected(demand.pod, node):
        return False
    if constraint.get("nodeTaintsPolicy", "Ignore") != "Honor":
        return True
    hard = [one for one in node.taints if one["effect"] != "PreferNoSchedule"]
    return all(tolerated(one, demand.tolerations) for one in hard)


def _selector(constraint: Object) -> LabelSelector:
    """A quién cuenta. Lo que pide `matchLabelKeys` ya lo escribió la API en el selector."""
    written = constraint.get("labelSelector")
    return _NOBODY if written is None else LabelSelector.from_object(written)
