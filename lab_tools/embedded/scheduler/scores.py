"""Las notas, de 0 a 100, con su peso: entre los nodos donde cabe, dónde está mejor.

Fuente: https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.embedded.scheduler import liking, spreading
from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.matching import term_matches
from lab_tools.embedded.scheduler.nodes import ASSUMED_CPU, ASSUMED_MEMORY, NodeInfo
from lab_tools.embedded.workloads.table import InvalidReference, Reference
from lab_tools.objects.placement import tolerated

Score = Callable[[Demand, NodeInfo], float]
BEST = 100.0
_SMALL_IMAGE, _LARGE_IMAGE = 23 * 2**20, 1000 * 2**20


def _fractions(demand: Demand, node: NodeInfo) -> tuple[float, float]:
    """Qué parte de la CPU y de la memoria quedaría prometida."""
    asked, offered, (cpu, memory) = demand.requests, node.allocatable, node.nonzero
    cpu_share = (cpu + (asked.get("cpu") or ASSUMED_CPU)) / (offered.get("cpu") or 1)
    memory_share = (memory + (asked.get("memory") or ASSUMED_MEMORY)) / (offered.get("memory") or 1)
    return (cpu_share if cpu_share < 1.0 else 1.0), (memory_share if memory_share < 1.0 else 1.0)


def least_allocated(demand: Demand, node: NodeInfo) -> float:
    """Mejor cuanto más libre quede."""
    cpu, memory = _fractions(demand, node)
    return BEST * ((1 - cpu) + (1 - memory)) / 2


def balanced(demand: Demand, node: NodeInfo) -> float:
    """Mejor cuanto más parejos queden CPU y memoria."""
    cpu, memory = _fractions(demand, node)
    return BEST * (1 - abs(cpu - memory) / 2)


def image_locality(demand: Demand, node: NodeInfo) -> float:
    """Mejor si el nodo ya tiene la imagen, y más cuanto más pese."""
    total = sum(node.images.get(_image(container["image"]), 0) for container in demand.pod["spec"]["containers"])
    share = (min(max(total, _SMALL_IMAGE), _LARGE_IMAGE) - _SMALL_IMAGE) / (_LARGE_IMAGE - _SMALL_IMAGE)
    return BEST * share


def preferred_taints(demand: Demand, node: NodeInfo) -> float:
    """Peor por cada taint PreferNoSchedule que no tolera: cero para el nodo que más tiene."""
    most = demand.recall("taints", lambda: max(_disliked(demand, one) for one in demand.world))
    return BEST * (1 - _disliked(demand, node) / most) if most else BEST


def _disliked(demand: Demand, node: NodeInfo) -> int:
    return sum(1 for taint in node.taints
               if taint["effect"] == "PreferNoSchedule" and not tolerated(taint, demand.tolerations))  # fmt: skip


def preferred_affinity(demand: Demand, node: NodeInfo) -> float:
    """Mejor cuanto más pesen las preferencias que el nodo cumple: cien para el que más."""
    most = demand.recall("preferencias", lambda: max(_pleasing(demand, one) for one in demand.world))
    return BEST * _pleasing(demand, node) / most if most else 0.0


def _pleasing(demand: Demand, node: NodeInfo) -> int:
    affinity = (demand.pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    wishes = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or []
    return sum(int(wish["weight"]) for wish in wishes if term_matches(wish["preference"], node))


def evenness(demand: Demand, node: NodeInfo) -> float:
    """Mejor cuanto mejor repartido quede: como él diga o, si no dice nada, lejos de sus hermanos (del mismo dueño)."""
    if _anyway(demand):
        return spreading.score(demand, node)
    return BEST / (1 + sum(node.owners.get(uid, 0) for uid in demand.owners))


def _anyway(demand: Demand) -> bool:
    return bool(spreading.constraints(demand, "ScheduleAnyway"))


def _image(name: str) -> str:
    found = _CANONICAL.get(name)
    if found is None:
        try:
            found = str(Reference.parse(name))
        except InvalidReference:
            found = name
        _CANONICAL[name] = found
    return found


_CANONICAL: dict[str, str] = {}


def _always(demand: Demand) -> bool:
    return True


def _has_wishes(demand: Demand) -> bool:
    return bool((demand.pod["spec"].get("affinity") or {}).get("nodeAffinity"))


def _tainted(demand: Demand) -> bool:
    return any(node.taints for node in demand.world)


# Nombre, peso, nota y a qué Pods les importa; una nota que a todos los nodos da lo mismo no se calcula.
SCORES: tuple[tuple[str, int, Score, Callable[[Demand], bool]], ...] = (
    ("NodeResourcesFit", 1, least_allocated, _always),
    ("NodeResourcesBalancedAllocation", 1, balanced, _always),
    ("ImageLocality", 1, image_locality, _always),
    ("TaintToleration", 3, preferred_taints, _tainted),
    ("NodeAffinity", 2, preferred_affinity, _has_wishes),
    ("PodTopologySpread", 2, evenness, lambda demand: bool(demand.owners or _anyway(demand))),
    ("InterPodAffinity", 2, liking.score, liking.matters),
)
