"""Los filtros, por orden: el primero que dice que no descarta el nodo y pone el motivo.

Un motivo `hopeless` no se arreglaría echando a otros Pods. Las palabras son las del planificador real (1.36).
Fuente: https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lab_tools.embedded.scheduler import volumes
from lab_tools.embedded.scheduler.matching import affinity_terms, node_selected, term_selects
from lab_tools.embedded.scheduler.nodes import Amounts, NodeInfo, host_ports, owner_uids, requests
from lab_tools.objects import Object
from lab_tools.objects.placement import tolerated
from lab_tools.objects.selector import LabelSelector

_UNSCHEDULABLE_TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Por qué no cabe un Pod en un nodo."""

    reasons: tuple[str, ...]
    hopeless: bool = True


@dataclass(slots=True)
class Demand:
    """Un Pod por colocar y lo que ya se ha calculado de él. `world` son todos los nodos; `claims`, sus volúmenes."""

    pod: Object
    world: Sequence[NodeInfo]
    claims: volumes.Needs | None = None
    requests: Amounts = field(init=False)
    ports: set[tuple[str, int]] = field(init=False)
    tolerations: list[Object] = field(init=False)
    owners: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.requests, self.ports = requests(self.pod), host_ports(self.pod)
        self.owners = owner_uids(self.pod)
        self.tolerations = self.pod["spec"].get("tolerations") or []

    def with_node(self, node: NodeInfo, imagined: NodeInfo) -> Demand:
        """La misma demanda en un mundo en que `node` fuera como `imagined`."""
        return Demand(self.pod, [imagined if one is node else one for one in self.world], self.claims)


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
    if not any(node.ports.get(port) for port in demand.ports):
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


def volume_binding(demand: Demand, node: NodeInfo) -> Refusal | None:
    """Un volumen del Pod no llega a este nodo, o no hay de dónde sacarlo."""
    reasons = volumes.refusals(demand.claims, node.name, node.labels) if demand.claims else ()
    return Refusal(reasons) if reasons else None


def spread(demand: Demand, node: NodeInfo) -> Refusal | None:
    """El reparto por zonas o nodos quedaría demasiado desigual."""
    for constraint in demand.pod["spec"].get("topologySpreadConstraints") or ():
        if constraint.get("whenUnsatisfiable") != "DoNotSchedule":
            continue
        key = constraint["topologyKey"]
        if key not in node.labels:
            return Refusal(("node(s) didn't match pod topology spread constraints (missing required label)",))
        counts = _spread_counts(demand, constraint, key)
        mine = counts.get(node.labels[key], 0) + _counts_itself(demand.pod, constraint)
        if mine - min(counts.values(), default=0) > int(constraint["maxSkew"]):
            return Refusal(("node(s) didn't match pod topology spread constraints",), hopeless=False)
    return None


def _spread_counts(demand: Demand, constraint: Object, key: str) -> dict[str, int]:
    selector = LabelSelector.from_object(constraint.get("labelSelector") or {})
    namespace = demand.pod["metadata"]["namespace"]
    counts: dict[str, int] = {}
    for node in demand.world:
        if key not in node.labels or not node_selected(demand.pod, node):
            continue
        here = sum(1 for pod in node.pods.values() if pod["metadata"]["namespace"] == namespace
                   and not pod["metadata"].get("deletionTimestamp")
                   and selector.matches(pod["metadata"].get("labels") or {}))  # fmt: skip
        counts[node.labels[key]] = counts.get(node.labels[key], 0) + here
    return counts


def _counts_itself(pod: Object, constraint: Object) -> int:
    selector = LabelSelector.from_object(constraint.get("labelSelector") or {})
    return int(selector.matches(pod["metadata"].get("labels") or {}))


def neighbours(demand: Demand, node: NodeInfo) -> Refusal | None:
    """La afinidad y la antiafinidad entre Pods, las suyas y las de los que ya están."""
    pod = demand.pod
    if any(not _together(demand, node, term) for term in affinity_terms(pod, "podAffinity")):
        return Refusal(("node(s) didn't match pod affinity rules",))
    if any(_present(demand, node, term, pod) for term in affinity_terms(pod, "podAntiAffinity")):
        return Refusal(("node(s) didn't match pod anti-affinity rules",), hopeless=False)
    for other_node in demand.world:
        if other_node.has_anti_affinity and any(
            _rejects(other, other_node, node, pod) for other in other_node.pods.values()
        ):
            return Refusal(("node(s) didn't satisfy existing pods anti-affinity rules",), hopeless=False)
    return None


def _together(demand: Demand, node: NodeInfo, term: Object) -> bool:
    if term["topologyKey"] not in node.labels:
        return False
    if _present(demand, node, term, demand.pod):
        return True
    # El primero de un grupo que se busca a sí mismo puede ir a cualquier parte.
    alone = not any(term_selects(term, demand.pod, pod) for one in demand.world for pod in one.pods.values())
    return alone and term_selects(term, demand.pod, demand.pod)


def _present(demand: Demand, node: NodeInfo, term: Object, owner: Object) -> bool:
    key = term["topologyKey"]
    return key in node.labels and any(
        one.labels.get(key) == node.labels[key] and any(term_selects(term, owner, pod) for pod in one.pods.values())
        for one in demand.world
    )


def _rejects(other: Object, where: NodeInfo, node: NodeInfo, pod: Object) -> bool:
    return any(term["topologyKey"] in node.labels
               and where.labels.get(term["topologyKey"]) == node.labels[term["topologyKey"]]
               and term_selects(term, other, pod) for term in affinity_terms(other, "podAntiAffinity"))  # fmt: skip


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
    ("VolumeBinding", volume_binding, lambda demand: demand.claims is not None),
    ("PodTopologySpread", spread, lambda demand: bool(demand.pod["spec"].get("topologySpreadConstraints"))),
    ("InterPodAffinity", neighbours, _sociable),
)

# Los que miran más allá del nodo por el que se pregunta.
WORLDLY: frozenset[Filter] = frozenset({volume_binding, spread, neighbours})
