"""De los contenedores de un Pod a su `status`: fase y condiciones. Funciones puras, con las palabras del kubelet real.

Fuente: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase y #pod-conditions
"""

from __future__ import annotations

from collections.abc import Sequence

from lab_tools.embedded.kubelet import restarts
from lab_tools.embedded.kubelet.container import Container
from lab_tools.objects import Object

TERMINAL = ("Succeeded", "Failed")


def phase(restart_policy: str, init: Sequence[Container], main: Sequence[Container]) -> str:
    """Pending, Running, Succeeded o Failed, según cómo están los contenedores."""
    initialized = any(not one.state.get("waiting") or one.last_state for one in main)
    for one in init if not initialized else ():
        if one.sidecar:
            if not one.started:
                return "Pending"
        elif not one.succeeded:
            failed = one.terminated is not None and not restarts.returns(one, restart_policy)
            return "Failed" if failed else "Pending"
    waiting = [one for one in main if "waiting" in one.state and "terminated" not in one.last_state]
    running = [one for one in main if one.running]
    if waiting or not main:
        return "Pending"
    if running or any(restarts.returns(one, restart_policy) for one in main):
        return "Running"
    return "Succeeded" if all(one.succeeded for one in main) else "Failed"


def conditions(current: str, observed: int, init: Sequence[Container], main: Sequence[Container], sandbox: bool,
               now: str, old: Sequence[Object], gates: Sequence[Object] = ()) -> list[Object]:  # fmt: skip
    """Las condiciones del Pod, por el orden en que las publica el kubelet. Quien no cambia conserva su instante."""
    before = {one["type"]: one for one in old}
    ready_reason = _unready(current, init, main)
    gate_reason = ready_reason or _gates(before, gates)
    own = [
        ("PodReadyToStartContainers", "True" if sandbox and current not in TERMINAL else "False", "", ""),
        ("Initialized", *_initialized(current, init, main)),
        ("Ready", "False" if gate_reason else "True", *(gate_reason or ("", ""))),
        ("ContainersReady", "False" if ready_reason else "True", *(ready_reason or ("", ""))),
        ("PodScheduled", "True", "", ""),
    ]
    mine = {kind for kind, *_ in own}
    return [*(one for one in old if one["type"] not in mine), *(_condition(*one, observed, now, before) for one in own)]


def disrupted(pod: Object, message: str, now: str) -> Object:
    """La condición de un Pod al que su nodo echa."""
    return {"type": "DisruptionTarget", "observedGeneration": pod["metadata"].get("generation", 1), "status": "True",
            "lastProbeTime": None, "lastTransitionTime": now, "reason": "TerminationByKubelet",
            "message": message}  # fmt: skip


def _condition(kind: str, status: str, reason: str, message: str, observed: int, now: str,
               before: dict[str, Object]) -> Object:  # fmt: skip
    previous = before.get(kind)
    since = previous["lastTransitionTime"] if previous and previous["status"] == status else now
    return {"type": kind, "observedGeneration": observed, "status": status, "lastProbeTime": None,
            "lastTransitionTime": since, **({"reason": reason} if reason else {}),
            **({"message": message} if message else {})}  # fmt: skip


def _unready(current: str, init: Sequence[Container], main: Sequence[Container]) -> tuple[str, str] | None:
    if current == "Succeeded":
        return "PodCompleted", ""
    if current == "Failed":
        return "PodFailed", ""
    unready = [one.name for one in (*(one for one in init if one.sidecar), *main) if not one.ready]
    return ("ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]") if unready else None


def _gates(before: dict[str, Object], gates: Sequence[Object]) -> tuple[str, str] | None:
    unmet = [gate["conditionType"] for gate in gates
             if before.get(gate["conditionType"], {}).get("status") != "True"]  # fmt: skip
    if not unmet:
        return None
    return "ReadinessGatesNotReady", f'the status of pod readiness gate "{unmet[0]}" is not "True", but False'


def _initialized(current: str, init: Sequence[Container], main: Sequence[Container]) -> tuple[str, str, str]:
    if current == "Succeeded":
        return "True", "PodCompleted", ""
    pending = [one.name for one in init if not (one.started if one.sidecar else one.succeeded)]
    if not pending or any(not one.state.get("waiting") for one in main):
        return "True", "", ""
    return "False", "ContainersNotInitialized", f"containers with incomplete status: [{' '.join(pending)}]"
