"""Lo que un Pod exige de un nodo o de sus vecinos: selectores, afinidades y tolerancias.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.objects import Object
from lab_tools.objects.placement import selected, term_holds
from lab_tools.objects.selector import LabelSelector

# Las etiquetas de un Namespace, por su nombre.
Spaces = Callable[[str], Mapping[str, str]]


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


def nobody_knows(namespace: str) -> Mapping[str, str]:
    """Las etiquetas de un Namespace del que no se sabe nada."""
    return {}


def term_selects(term: Object, owner: Object, other: Object, spaces: Spaces = nobody_knows) -> bool:
    """Si el término de `owner` habla de `other`: espacio de nombres y etiquetas. `spaces` da las de un Namespace."""
    if not _in_sight(term, owner, other["metadata"]["namespace"], spaces):
        return False
    selector = term.get("labelSelector")
    return selector is not None and LabelSelector.from_object(selector).matches(other["metadata"].get("labels") or {})


def _in_sight(term: Object, owner: Object, namespace: str, spaces: Spaces) -> bool:
    """Los Namespaces de un término: los que nombra y los que elige; si ni nombra ni elige, el de su Pod."""
    named, selector = term.get("namespaces") or (), term.get("namespaceSelector")
    if namespace in named or (not named and selector is None and namespace == owner["metadata"]["namespace"]):
        return True
    return selector is not None and (not selector or LabelSelector.from_object(selector).matches(spaces(namespace)))
