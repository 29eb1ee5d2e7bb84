"""Los estados con los que se dibuja un Pod. La palabra exacta de kubectl la da `objects.printers`."""

from __future__ import annotations

from dataclasses import dataclass

from lab_tools.checks.snapshot import is_ready
from lab_tools.objects import Object


@dataclass(frozen=True)
class State:
    """Un estado del dibujo: se distingue por color, por forma y por su palabra."""

    key: str
    word: str
    shape: str


READY = State("ready", "listo", "check")
STARTING = State("starting", "arrancando", "half")
UNREADY = State("unready", "en marcha, sin estar listo", "ring")
FAILING = State("failing", "con un fallo", "alert")
PENDING = State("pending", "sin nodo", "diamond")
ENDING = State("ending", "apagándose", "down")
DONE = State("done", "terminado", "square")
ALL = (READY, STARTING, UNREADY, FAILING, PENDING, ENDING, DONE)

_CALM_WAITS = {"", "ContainerCreating", "PodInitializing"}
_CALM_ENDS = {"", "Completed"}


def state_of(pod: Object) -> State:
    """El estado con el que se dibuja un Pod."""
    if pod["metadata"].get("deletionTimestamp"):
        return ENDING
    phase = (pod.get("status") or {}).get("phase", "Pending")
    if phase == "Succeeded":
        return DONE
    if phase == "Failed" or _troubled(pod):
        return FAILING
    if not pod["spec"].get("nodeName"):
        return PENDING
    if phase == "Running":
        return READY if is_ready(pod) else UNREADY
    return STARTING


def restarts(pod: Object) -> int:
    """Cuántas veces se han vuelto a arrancar sus contenedores."""
    return sum(int(one.get("restartCount", 0)) for one in (pod.get("status") or {}).get("containerStatuses") or [])


def _troubled(pod: Object) -> bool:
    for container in (pod.get("status") or {}).get("containerStatuses") or []:
        state = container.get("state") or {}
        if "waiting" in state and (state["waiting"] or {}).get("reason", "") not in _CALM_WAITS:
            return True
        if "terminated" in state and (state["terminated"] or {}).get("reason", "") not in _CALM_ENDS:
            return True
    return False
