"""Lo que un Pod exige de un nodo o de sus vecinos: selectores, afinidades y tolerancias.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from __future__ import annotations

from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.objects import Object
from lab_tools.objects.placement import selected, term_holds
from lab_tools.objects.selector import LabelSelector


def node_selected(pod: Object, node: NodeInfo) -> bool:
    """Si el nodo cumple `nodeSelector` y la afinidad obligatoria."""
    return selected(pod["spec"], node.name, node.labels)


def term_matches(term: Object, node: NodeInfo) -> bool:
    """Si el nodo cumple un término. El término vacío no lo cumple nadie."""
    return term_holds(term, node.name, node.labels)


def affinity_terms(pod: Object, which: str) -> list[Object]:
    """Los términos obligatorios de `podAffinity` o `podAntiAffinity`."""
    affinity = (pod["spec"].get("affinity") or {}).get(which) or {}
    return affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or []


def term_selects(term: Object, owner: Object, other: Object) -> bool:
    """Si el término de `owner` habla de `other`: espacio de nombres y etiquetas."""
    namespaces = term.get("namespaces") or [owner["metadata"]["namespace"]]
    if other["metadata"]["namespace"] not in namespaces and term.get("namespaceSelector") != {}:
        return False
    selector = term.get("labelSelector")
    return selector is not None and LabelSelector.from_object(selector).matches(other["metadata"].get("labels") or {})
