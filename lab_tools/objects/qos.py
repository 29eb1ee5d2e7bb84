"""La clase de servicio de un Pod: Guaranteed, Burstable o BestEffort.

Fuente: https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
"""

from __future__ import annotations

from lab_tools.objects import Object, pod_resources
from lab_tools.objects.quantity import parse

_COMPUTE = ("cpu", "memory")


def qos_class(pod: Object) -> str:
    """La clase de un Pod.

    Guaranteed si todo contenedor tiene límite de CPU y de memoria iguales a lo que pide; BestEffort si nadie pide nada.
    """
    spec = pod.get("spec") or {}
    own = {which: pod_resources.own_amounts(pod, which) for which in ("requests", "limits")}
    # Si el Pod dice lo suyo, no se mira lo de sus contenedores.
    resources = [own] if any(own.values()) else [
        one.get("resources") or {} for one in (spec.get("containers") or []) + (spec.get("initContainers") or [])
    ]  # fmt: skip
    if not any(_positive(one, "requests") or _positive(one, "limits") for one in resources):
        return "BestEffort"
    return "Guaranteed" if all(_guaranteed(one) for one in resources) else "Burstable"


def _positive(resources: Object, which: str) -> set[str]:
    amounts = resources.get(which) or {}
    return {name for name in _COMPUTE if name in amounts and parse(amounts[name]) > 0}


def _guaranteed(resources: Object) -> bool:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    if _positive(resources, "limits") != set(_COMPUTE):
        return False
    return all(name not in requests or parse(requests[name]) == parse(limits[name]) for name in _COMPUTE)
