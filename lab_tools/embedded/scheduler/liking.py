"""Las preferencias entre Pods: cerca de quién se quiere estar, y lejos de quién, si se puede.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.matching import term_selects
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.objects import Object

BEST = 100.0
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_SIGNS = (("podAffinity", 1), ("podAntiAffinity", -1))


def wishes(pod: Object) -> list[tuple[int, Object]]:
    """Las preferencias de un Pod: peso (negativo si quiere alejarse) y término."""
    affinity = pod["spec"].get("affinity") or {}
    return [(sign * int(wish["weight"]), wish["podAffinityTerm"]) for which, sign in _SIGNS
            for wish in (affinity.get(which) or {}).get(_PREFERRED) or ()]  # fmt: skip


def matters(demand: Demand) -> bool:
    """Si el Pod tiene preferencias, o puede haber quien las tenga de él."""
    return bool(wishes(demand.pod)) or any(node.has_anti_affinity for node in demand.world)


def score(demand: Demand, node: NodeInfo) -> float:
    """Mejor cuanto más gusten los Pods de sus sitios: de 0 a 100 entre el peor y el mejor de los nodos."""
    known = demand.recall("gustos", lambda: _raw(demand))
    high, low = max(known.values()), min(known.values())
    return BEST * (known[node.name] - low) / (high - low) if high > low else 0.0


def _raw(demand: Demand) -> dict[str, int]:
    places: dict[tuple[str, str], int] = defaultdict(int)
    for key, value, weight in _pulls(demand):
        places[key, value] += weight
    return {node.name: sum(weight for (key, value), weight in places.items() if node.labels.get(key) == value)
            for node in demand.world}  # fmt: skip


def _pulls(demand: Demand) -> Iterator[tuple[str, str, int]]:
    """Cada Pod que atrae o repele: la etiqueta del sitio, su valor y cuánto."""
    own = wishes(demand.pod)
    for node in demand.world:
        for pod in node.pods.values() if own or node.has_anti_affinity else ():
            likes = [(weight, term) for weight, term in own if term_selects(term, demand.pod, pod, demand.spaces)]
            likes += [(weight, term) for weight, term in wishes(pod)
                      if term_selects(term, pod, demand.pod, demand.spaces)]  # fmt: skip
            for weight, term in likes:
                if (key := term["topologyKey"]) in node.labels:
                    yield key, node.labels[key], weight
