"""Los filtros, por orden: el primero que dice que no descarta el nodo y pone el motivo.

Un motivo `hopeless` no se arreglaría echando a otros Pods. Las palabras son las del planificador real (1.36).
Fuente: https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab_tools.embedded.scheduler import spreading, volumes
from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.matching import affinity_terms, node_selected, term_selects
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.objects import Object, storage
from lab_tools.objects.placement import tolerated

_UNSCHEDULABLE_TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Por qué no cabe un Pod en un nodo."""

    reasons: tuple[str, ...]
    hopeless: bool = True


Filter = Callable[[Demand, NodeInfo], Refusal | None]


def unschedulable(demand: Demand, node: NodeInfo) -> Refusal | None:
    """El nodo está acordonado."""
    if not node.node["spec"].get("unschedulable") or tolerated(_UNSCHEDULABLE_TAINT, demand.tolerations):
        return None
    return Refusal(("node(s) were unschedulable",))


def node_name(demand: Demand, node: NodeInfo) -> Refusal | None:
    """El Pod pide un nodo por su nombre."""
    wanted = demand.pod["spec"].get("nodeName")
    return None if not wanted or wanted == node.name else Refusal(("node(s) didn't match the requested node name",))


def taints(demand: Demand, node: NodeInfo) -> Refusal | None:
    """El nodo tiene un taint que el Pod no tolera."""
    for taint in node.taints:
        if taint["effect"] in ("NoSchedule", "NoExecute") and not tolerated(taint, demand.tolerations):
            return Refusal(("node(s) had untolerated taint(s)",))
    return None


def node_affinity(demand: Demand, node: NodeInfo) -> Refusal | None:
    """El nodo no tiene las etiquetas que el Pod exige."""
    return None if node_selected(demand.pod, node) else Refusal(("node(s) didn't match Pod's node affinity/selector",))


def ports(demand: Demand, node: NodeInfo) -> Refusal | None:
    """Otro Pod ya ocupa el puerto del nodo."""
    if not any(map(node.is_busy, demand.ports)):
        return None
    return Refusal(("node(s) didn't have free ports for the requested pod ports",), hopeless=False)


def resources(demand: Demand, node: NodeInfo) -> Refusal | None:
    """No queda sitio: se dicen todos los recursos que faltan."""
    reasons, hopeless = [], False
    room = node.allocatable
    if len(node.pods) + 1 > room.get("pods", 0):
        reasons.append("Too many pods")
    for name, wanted in demand.requests.items():
        if wanted > room.get(name, 0) - node.taken.get(name, 0) and wanted > 0:
            reasons.append(f"Insufficient {name}")
            hopeless = hopeless or wanted > room.get(name, 0)
    return Refusal(tuple(reasons), hopeless) if reasons else None


def volume_restrictions(demand: Demand, node: NodeInfo) -> Refusal | None:
    """Otro Pod, esté en el nodo que esté, usa ya un volumen que solo admite uno."""
    claims = demand.claims
    if claims is None or not claims.alone:
        return None
    others = (pod for one in demand.world for pod in one.pods.values())
    busy = demand.recall("alone", lambda: volumes.taken(claims, demand.pod, others))
    return Refusal((volumes.TAKEN,), hopeless=False) if busy else None


def volume_limits(demand: Demand, node: NodeInfo) -> Refusal | None:
    """El nodo ya tiene todos los discos que admite."""
    claims = demand.claims
    if claims is None or not volumes.overflows(claims, demand.pod, node.name, node.pods.values()):
        return None
    return Refusal((volumes.TOO_MANY,), hopeless=False)


def volume_binding(demand: Demand, node: NodeInfo) -> Refusal | None:
    """Un volumen del Pod no llega a este nodo, o no hay de dónde sacarlo."""
    reasons = volumes.refusals(demand.claims, node.name, node.labels) if demand.claims else ()
    return Refusal(reasons) if reasons else None


def volume_zone(demand: Demand, node: NodeInfo) -> Refusal | None:
    """Un volumen del Pod es de otra zona."""
    disks = demand.claims.bound if demand.claims is not None else ()
    return None if all(storage.in_zone(one, node.labels) for one in disks) else Refusal((volumes.OTHER_ZONE,))


def spread(demand: Demand, node: NodeInfo) -> Refusal | None:
    """El reparto por zonas o nodos quedaría demasiado desigual."""
    for constraint in spreading.constraints(demand, "DoNotSchedule"):
        if constraint["topologyKey"] not in node.labels:
            return Refusal(("node(s) didn't match pod topology spread constraints (missing required label)",))
        if spreading.skew(demand, node, constraint) > int(constraint["maxSkew"]):
            return Refusal(("node(s) didn't match pod topology spread constraints",), hopeless=False)
    return None


def neighbours(demand: Demand, node: NodeInfo) -> Refusal | None:
    """La afinidad y la antiafinidad entre Pods, las suyas y las de los que ya están."""
    pod = demand.pod
    if any(not _together(demand, node, term) for term in affinity_terms(pod, "podAffinity")):
        return Refusal(("node(s) didn't match pod affinity rules",))
    if any(_present(demand, node, term, pod) for term in affinity_terms(pod, "podAntiAffinity")):
        return Refusal(("node(s) didn't match pod anti-affinity rules",), hopeless=False)
    for other_node in demand.world:
        if other_node.has_anti_affinity and any(
            _rejects(other, other_node, node, demand) for other in other_node.pods.values()
        ):
            return Refusal(("node(s) didn't satisfy existing pods anti-affinity rules",), hopeless=False)
    return None


def _together(demand: Demand, node: NodeInfo, term: Object) -> bool:
    if term["topologyKey"] not in node.labels:
        return False
    if _present(demand, node, term, demand.pod):
        return True
    # El primero de un grupo que se busca a sí mismo puede ir a cualquier parte.
    alone = not any(
        term_selects(term, demand.pod, pod, demand.spaces) for one in demand.world for pod in one.pods.values()
    )
    return alone and term_selects(term, demand.pod, demand.pod, demand.spaces)


def _present(demand: Demand, node: NodeInfo, term: Object, owner: Object) -> bool:
    key = term["topologyKey"]
    return key in node.labels and any(
        one.labels.get(key) == node.labels[key]
        and any(term_selects(term, owner, pod, demand.spaces) for pod in one.pods.values())
        for one in demand.world
    )


def _rejects(other: Object, where: NodeInfo, node: NodeInfo, demand: Demand) -> bool:
    return any(term["topologyKey"] in node.labels
               and where.labels.get(term["topologyKey"]) == node.labels[term["topologyKey"]]
               and term_selects(term, other, demand.pod, demand.spaces)
               for term in affinity_terms(other, "podAntiAffinity"))  # fmt: skip


def first_refusal(checks: Sequence[Filter], demand: Demand, node: NodeInfo) -> Refusal | None:
    """El primer filtro que dice que no, o `None` si el Pod cabe."""
    for check in checks:
        refusal = check(demand, node)
        if refusal is not None:
            return refusal
    return None


def _always(demand: Demand) -> bool:
    return True


def _picky(demand: Demand) -> bool:
    return bool(
        demand.pod["spec"].get("nodeSelector") or (demand.pod["spec"].get("affinity") or {}).get("nodeAffinity")
    )


def _sociable(demand: Demand) -> bool:
    return bool(demand.pod["spec"].get("affinity")) or any(node.has_anti_affinity for node in demand.world)


# Nombre, filtro y a qué Pods les importa: con miles de Pods, no preguntar en balde es la mitad del trabajo.
FILTERS: tuple[tuple[str, Filter, Callable[[Demand], bool]], ...] = (
    ("NodeUnschedulable", unschedulable, _always),
    ("NodeName", node_name, lambda demand: bool(demand.pod["spec"].get("nodeName"))),
    ("TaintToleration", taints, _always),
    ("NodeAffinity", node_affinity, _picky),
    ("NodePorts", ports, lambda demand: bool(demand.ports)),
    ("NodeResourcesFit", resources, _always),
    ("VolumeRestrictions", volume_restrictions, lambda demand: demand.claims is not None and bool(demand.claims.alone)),
    ("NodeVolumeLimits", volume_limits, lambda demand: demand.claims is not None and bool(demand.claims.limits)),
    ("VolumeBinding", volume_binding, lambda demand: demand.claims is not None),
    ("VolumeZone", volume_zone, lambda demand: demand.claims is not None),
    ("PodTopologySpread", spread, lambda demand: bool(demand.pod["spec"].get("topologySpreadConstraints"))),
    ("InterPodAffinity", neighbours, _sociable),
)

# Los que miran más allá del nodo por el que se pregunta.
WORLDLY: frozenset[Filter] = frozenset({volume_restrictions, volume_binding, spread, neighbours})
