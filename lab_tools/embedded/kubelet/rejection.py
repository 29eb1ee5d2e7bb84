"""Por qué un nodo no admite un Pod que llega sin pasar por el planificador, o cuando va justo de recursos.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-conditions y
https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lab_tools.objects import Object, pod_resources
from lab_tools.objects.placement import clash, host_ports, selected, tolerated
from lab_tools.objects.qos import qos_class
from lab_tools.objects.quantity import bytes_, millicores, parse

_MEMORY_TAINT = {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}
# Desde esta prioridad, un Pod es crítico: la falta de recursos no va con él.
CRITICAL = 2_000_000_000

Reason = tuple[str, str]
"""Motivo y mensaje del estado del Pod rechazado."""


def under_pressure(pod: Object, conditions: Collection[str]) -> Reason | None:
    """El nodo va justo: con poca memoria no entran los que no piden nada; con poco disco, nadie."""
    if not conditions or is_critical(pod):
        return None
    if set(conditions) == {"MemoryPressure"}:
        tolerant = tolerated(_MEMORY_TAINT, pod["spec"].get("tolerations") or [])
        if qos_class(pod) != "BestEffort" or tolerant:
            return None
    return "Evicted", f"The node had condition: [{', '.join(sorted(conditions))}]. "


def is_critical(pod: Object) -> bool:
    """Si su prioridad lo libra de la escasez."""
    return int(pod["spec"].get("priority") or 0) >= CRITICAL


def misplaced(pod: Object, node: Object, neighbours: Iterable[Object]) -> Reason | None:
    """El Pod no cabe en el nodo al que dice ir, o no es el que pide. `neighbours`, los demás Pods del nodo."""
    others = list(neighbours)
    return _overflow(pod, node, others) or _predicate(pod, node, others)


def status(pod: Object, why: Reason, now: str) -> Object:
    """El estado de un Pod que el nodo no admite."""
    reason, message = why
    kept = {key: pod["status"][key] for key in ("qosClass", "conditions") if key in pod["status"]}
    return {**kept, "observedGeneration": pod["metadata"].get("generation", 1), "phase": "Failed", "reason": reason,
            "message": f"Pod was rejected: {message}", "startTime": now}  # fmt: skip


def _overflow(pod: Object, node: Object, others: list[Object]) -> Reason | None:
    room = (node.get("status") or {}).get("allocatable") or {}
    if len(others) + 1 > int(room.get("pods", 0)):
        return _out_of("pods", 1, len(others), int(room.get("pods", 0)))
    taken = [pod_resources.total(one, "requests") for one in others]
    for name, text in pod_resources.total(pod, "requests").items():
        wanted = _whole(name, text)
        used = sum(_whole(name, amounts[name]) for amounts in taken if name in amounts)
        capacity = _whole(name, room.get(name, "0"))
        if wanted and wanted > capacity - used:
            return _out_of(name, wanted, used, capacity)
    return None


def _out_of(name: str, wanted: int, used: int, capacity: int) -> Reason:
    return f"OutOf{name}", (f"Node didn't have enough resource: {name}, requested: {wanted}, used: {used}, "
                            f"capacity: {capacity}")  # fmt: skip


def _whole(name: str, text: str) -> int:
    if name == "cpu":
        return millicores(text)
    return bytes_(text) if name in ("memory", "ephemeral-storage") else int(parse(text))


def _predicate(pod: Object, node: Object, others: list[Object]) -> Reason | None:
    spec, meta = pod["spec"], node["metadata"]
    if not selected(spec, meta["name"], meta.get("labels") or {}):
        return _failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
    busy = {port for one in others for port in host_ports(one)}
    if any(clash(mine, other) for mine in host_ports(pod) for other in busy):
        return _failed("NodePorts", "node(s) didn't have free ports for the requested pod ports")
    taints = [one for one in node["spec"].get("taints") or () if one["effect"] == "NoExecute"]
    if any(not tolerated(one, spec.get("tolerations") or []) for one in taints):
        return _failed("TaintToleration", "node(s) had untolerated taint(s)")
    return None


def _failed(name: str, why: str) -> Reason:
    return name, f"Predicate {name} failed: {why}"
