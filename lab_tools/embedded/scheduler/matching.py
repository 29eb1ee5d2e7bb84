"""Lo que un Pod exige de un nodo o de sus vecinos: selectores, afinidades y tolerancias.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from __future__ import annotations

from collections.abc import Iterable

from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.objects import Object
from lab_tools.objects.selector import LabelSelector


def tolerated(taint: Object, tolerations: Iterable[Object]) -> bool:
    """Si alguna tolerancia acepta el taint."""
    return any(_tolerates(one, taint) for one in tolerations)


def _tolerates(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")


def node_selected(pod: Object, node: NodeInfo) -> bool:
    """Si el nodo cumple `nodeSelector` y la afinidad obligatoria."""
    spec, labels = pod["spec"], node.labels
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(term_matches(term, node) for term in required.get("nodeSelectorTerms") or ())


def term_matches(term: Object, node: NodeInfo) -> bool:
    """Si el nodo cumple un término. El término vacío no lo cumple nadie."""
    expressions, names = term.get("matchExpressions") or [], term.get("matchFields") or []
    if not expressions and not names:
        return False
    own = {"metadata.name": node.name}
    return all(_holds(one, node.labels) for one in expressions) and all(_holds(one, own) for one in names)


def _holds(expression: Object, labels: dict[str, str]) -> bool:
    value, operator, wanted = labels.get(expression["key"]), expression["operator"], expression.get("values") or []
    if operator == "In":
        return value in wanted
    if operator == "NotIn":
        return value not in wanted
    if operator in ("Exists", "DoesNotExist"):
        return (value is not None) is (operator == "Exists")
    if value is None or not value.lstrip("-").isdigit():
        return False
    return int(value) > int(wanted[0]) if operator == "Gt" else int(value) < int(wanted[0])


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
