"""Si un nodo sirve para un Pod: tolerancias contra taints, `nodeSelector`, afinidad de nodo y puertos del nodo.

Lo preguntan el planificador, el kubelet y el controlador de DaemonSets, y todos han de responder lo mismo.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lab_tools.objects import Object

# Un puerto del nodo: dirección, protocolo y número. Quien no dice dirección ocupa el puerto en todas.
HostPort = tuple[str, str, int]
EVERYWHERE = "0.0.0.0"


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


def host_ports(pod: Object) -> set[HostPort]:
    """Los puertos del nodo que un Pod ocupa, los de sus acompañantes incluidos."""
    spec = pod["spec"]
    sidecars = (one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always")
    return {(port.get("hostIP") or EVERYWHERE, port.get("protocol", "TCP"), port["hostPort"])
            for container in (*spec["containers"], *sidecars)
            for port in container.get("ports") or () if port.get("hostPort")}  # fmt: skip


def clash(one: HostPort, other: HostPort) -> bool:
    """Si dos puertos del nodo no pueden ocuparse a la vez."""
    return one[1:] == other[1:] and (one[0] == other[0] or EVERYWHERE in (one[0], other[0]))


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
