"""Lo que todo controlador pregunta a un Pod: si cuenta, si está listo y cuánto le falta para estar disponible."""

from __future__ import annotations

from lab_tools.embedded.clock import parse
from lab_tools.objects import Object

ENDED = ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Si el Pod cuenta como réplica: ni acabó ni se está yendo."""
    return not pod["metadata"].get("deletionTimestamp") and pod["status"].get("phase") not in ENDED


def is_ready(pod: Object) -> bool:
    """Si está listo."""
    for condition in pod["status"].get("conditions") or ():
        if condition["type"] == "Ready":
            return bool(condition["status"] == "True")
    return False


def ready_since(pod: Object) -> float | None:
    """Desde qué instante está listo, o `None` si no lo está."""
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition["type"] == "Ready":
            return parse(condition["lastTransitionTime"]) if condition["status"] == "True" else None
    return None


def available_in(pod: Object, min_ready: int, now: float) -> float:
    """Segundos que faltan para que cuente como disponible: 0 o menos si ya lo está, infinito si no está listo."""
    since = ready_since(pod)
    if since is None:
        return float("inf")
    return since + min_ready - now if min_ready else 0.0


def is_available(pod: Object, min_ready: int, now: float) -> bool:
    """Si lleva listo el tiempo que se pide."""
    return is_ready(pod) and (not min_ready or available_in(pod, min_ready, now) <= 0)
