"""Si un nodo sirve para un Pod: tolerancias contra taints, `nodeSelector` y afinidad de nodo.

Lo preguntan el planificador y el controlador de DaemonSets, y los dos han de responder lo mismo.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lab_tools.objects import Object


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


def selected(spec: Object, name: str, labels: Mapping[str, str]) -> bool:
    """Si el nodo cumple el `nodeSelector` y la afinidad obligatoria de un Pod (`spec` es el del Pod)."""
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(term_holds(one, name, labels) for one in required.get("nodeSelectorTerms") or ())


def term_holds(term: Object, name: str, labels: Mapping[str, str]) -> bool:
    """Si el nodo cumple un término. El término vacío no lo cumple nadie."""
    expressions, names = term.get("matchExpressions") or [], term.get("matchFields") or []
    if not expressions and not names:
        return False
    own = {"metadata.name": name}
    return all(_holds(one, labels) for one in expressions) and all(_holds(one, own) for one in names)


def _holds(expression: Object, labels: Mapping[str, str]) -> bool:
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
