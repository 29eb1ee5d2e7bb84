"""Menguar: qué nodos sobran, y qué Pod impide quitar uno.

Fuente: https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#how-does-scale-down-work y
#what-types-of-pods-can-prevent-ca-from-removing-a-node
"""

from __future__ import annotations

from collections.abc import Sequence

from lab_tools.embedded.autoscaler.simulation import World, homeless
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.objects import Object
from lab_tools.objects.selector import LabelSelector

SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
KEEP = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
_RECREATED = ("ReplicaSet", "ReplicationController", "StatefulSet", "Job")


def utilization(node: NodeInfo) -> float:
    """La parte de la CPU o de la memoria que está pedida, la mayor. Los Pods de DaemonSet no cuentan."""
    used = {"cpu": 0, "memory": 0}
    for uid, pod in node.pods.items():
        if not _is_daemon(pod):
            for name in used:
                used[name] += node.asked[uid].get(name, 0)
    return max(used[name] / node.allocatable[name] if node.allocatable.get(name) else 0.0 for name in used)


def movable(node: NodeInfo) -> list[Object]:
    """Los Pods que habría que llevar a otra parte."""
    return [pod for pod in node.pods.values() if not _is_daemon(pod) and not pod["metadata"].get("deletionTimestamp")]


def blocker(node: NodeInfo, budgets: Sequence[Object]) -> str:
    """Por qué no se puede vaciar un nodo; vacío si se puede."""
    if (node.node["metadata"].get("annotations") or {}).get(KEEP) == "true":
        return "scale down disabled by annotation"
    spent: dict[int, int] = {}
    for pod in movable(node):
        why = _keeps(pod) or _guarded(pod, budgets, spent)
        if why:
            return f"pod {pod['metadata']['namespace']}/{pod['metadata']['name']} {why}"
    return ""


def _keeps(pod: Object) -> str:
    safe = (pod["metadata"].get("annotations") or {}).get(SAFE)
    if safe == "true":
        return ""
    if safe == "false":
        return "is not safe to evict"
    owner = _controller(pod)
    if owner is None or owner["kind"] not in _RECREATED:
        return "is not replicated"
    if any(one.get("emptyDir") is not None or one.get("hostPath") for one in pod["spec"].get("volumes") or ()):
        return "has local storage"
    return ""


def _guarded(pod: Object, budgets: Sequence[Object], spent: dict[int, int]) -> str:
    meta, covered = pod["metadata"], False
    for budget in budgets:
        selector = budget["spec"].get("selector")
        if budget["metadata"]["namespace"] != meta["namespace"] or selector is None:
            continue
        if LabelSelector.from_object(selector).matches(meta.get("labels") or {}):
            covered = True
            spent[id(budget)] = spent.get(id(budget), 0) + 1
            if spent[id(budget)] > (budget.get("status") or {}).get("disruptionsAllowed", 0):
                return "does not have enough pod disruption budget"
    system = meta["namespace"] == "kube-system" and not covered
    return "is a kube-system pod without a disruption budget" if system else ""


def relocated(world: World, node: NodeInfo, others: Sequence[NodeInfo]) -> bool:
    """Si sus Pods caben en `others`. Si caben, quedan puestos en ellos; si no, todo queda como estaba."""
    trial = [one.copy() for one in others]
    for pod in movable(node):
        if world.place(homeless(pod), trial, trial) is None:
            return False
    for one, tried in zip(others, trial, strict=True):
        for uid, pod in tried.pods.items():
            if uid not in one.pods:
                one.add(pod)
    return True


def _is_daemon(pod: Object) -> bool:
    owner = _controller(pod)
    return "@" in pod["metadata"]["uid"] or (owner is not None and owner["kind"] == "DaemonSet")


def _controller(pod: Object) -> Object | None:
    return next((one for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")), None)
