"""Un DaemonSet nodo a nodo: dónde va, qué Pods sobran y a quién le toca cambiar de versión. Sin efectos.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled y
https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/
"""

from __future__ import annotations

from collections.abc import Iterable

from lab_tools.embedded.controllers.availability import ENDED, is_available
from lab_tools.embedded.controllers.history import HASH_LABEL
from lab_tools.objects import Object, clone
from lab_tools.objects.placement import selected, tolerated

GENERATION = "deprecated.daemonset.template.generation"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
# Un demonio aguanta casi todo lo que le pase a su nodo: (clave, efecto).
_ALWAYS = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
_WITH_HOST_NETWORK = ("node.kubernetes.io/network-unavailable", "NoSchedule")


def belongs(wanted: Object, node: Object) -> tuple[bool, bool]:
    """(debe nacer un Pod en este nodo, el que haya puede quedarse)."""
    spec, meta = wanted["spec"]["template"]["spec"], node["metadata"]
    elsewhere = spec.get("nodeName") and spec["nodeName"] != meta["name"]
    if elsewhere or not selected(spec, meta["name"], meta.get("labels") or {}):
        return False, False
    accepted = tolerations(spec)
    refused = {taint["effect"] for taint in node["spec"].get("taints") or () if not tolerated(taint, accepted)}
    return not refused & {"NoSchedule", "NoExecute"}, "NoExecute" not in refused


def tolerations(spec: Object) -> list[Object]:
    """Las de la plantilla y las que todo demonio lleva."""
    present = list(spec.get("tolerations") or ())
    troubles = (*_ALWAYS, _WITH_HOST_NETWORK) if spec.get("hostNetwork") else _ALWAYS
    added = ({"key": key, "operator": "Exists", "effect": effect} for key, effect in troubles)
    return [*present, *(one for one in added if one not in present)]


def pinned(spec: Object, node: str) -> Object:
    """La plantilla de un Pod que solo cabe en `node`. Quien lo pone ahí es el planificador."""
    fixed: Object = clone(spec)
    fixed["tolerations"] = tolerations(spec)
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    affinity = fixed.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    affinity[_REQUIRED] = {"nodeSelectorTerms": [term]}
    return fixed


def node_of(pod: Object) -> str:
    """El nodo de un Pod, o el que se le destinó al crearlo."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    for term in (affinity.get(_REQUIRED) or {}).get("nodeSelectorTerms") or ():
        for one in term.get("matchFields") or ():
            if one["key"] == "metadata.name" and one["operator"] == "In" and len(one["values"]) == 1:
                return str(one["values"][0])
    return ""


def is_current(pod: Object, digest: str) -> bool:
    """Si el Pod salió de la plantilla de ahora."""
    return (pod["metadata"].get("labels") or {}).get(HASH_LABEL) == digest


def by_age(pods: Iterable[Object]) -> list[Object]:
    """Primero los que ya tienen nodo; entre ellos, el más antiguo."""
    return sorted(pods, key=lambda pod: (not pod["spec"].get("nodeName"), pod["metadata"]["creationTimestamp"],
                                         pod["metadata"]["name"]))  # fmt: skip


def surplus(wanted: Object, pods: list[Object], digest: str) -> list[Object]:
    """Los vivos que sobran en un nodo: uno basta, o uno de cada versión si se permite solapar."""
    running = by_age(pod for pod in _present(pods) if pod["status"].get("phase") not in ENDED)
    if not _bound(wanted, "maxSurge", len(running)):
        return running[1:]
    new = [pod for pod in running if is_current(pod, digest)]
    old = [pod for pod in running if not is_current(pod, digest)]
    return [*new[1:], *old[1:]]


def step(wanted: Object, nodes: list[tuple[str, list[Object]]], desired: int, digest: str,
         now: float) -> tuple[list[str], list[Object]]:  # fmt: skip
    """El paso siguiente de una actualización: (nodos donde crear, Pods que borrar)."""
    surge = _bound(wanted, "maxSurge", desired)
    unavailable = _bound(wanted, "maxUnavailable", desired)
    if surge:
        return _overlap(wanted, nodes, surge, digest, now)
    return [], _replace(wanted, nodes, max(unavailable, 1), digest, now)


def _replace(wanted: Object, nodes: list[tuple[str, list[Object]]], limit: int, digest: str,
             now: float) -> list[Object]:  # fmt: skip
    """Borrar el viejo para que nazca el nuevo. El que ya no atiende se va sin gastar cupo."""
    free, candidates, down = [], [], 0
    for _, pods in nodes:
        old, new = _pair(pods, digest)
        if old is None or new is not None:
            down += new is None or old is not None or not _available(wanted, new, now)
        elif _available(wanted, old, now):
            candidates.append(old)
        else:
            free.append(old)
            down += 1
    return [*free, *candidates[: max(limit - down, 0)]]


def _overlap(wanted: Object, nodes: list[tuple[str, list[Object]]], limit: int, digest: str,
             now: float) -> tuple[list[str], list[Object]]:  # fmt: skip
    """Crear el nuevo al lado del viejo, y borrar el viejo cuando el nuevo atienda."""
    free: list[str] = []
    candidates: list[str] = []
    delete: list[Object] = []
    overlapping = 0
    for name, pods in nodes:
        old, new = _pair(pods, digest)
        if old is None:
            continue
        if new is None:
            (candidates if _available(wanted, old, now) else free).append(name)
            continue
        overlapping += 1
        if _available(wanted, new, now):
            delete.append(old)
    return [*free, *candidates[: max(limit - overlapping, 0)]], delete


def _pair(pods: list[Object], digest: str) -> tuple[Object | None, Object | None]:
    """(el de antes, el de ahora) de un nodo, sin contar los que se van."""
    staying = by_age(_present(pods))
    new = next((pod for pod in staying if is_current(pod, digest)), None)
    return next((pod for pod in staying if not is_current(pod, digest)), None), new


def _available(wanted: Object, pod: Object, now: float) -> bool:
    return is_available(pod, int(wanted["spec"].get("minReadySeconds") or 0), now)


def _present(pods: Iterable[Object]) -> list[Object]:
    return [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]


def _bound(wanted: Object, name: str, desired: int) -> int:
    """`maxSurge` o `maxUnavailable` en Pods; los porcentajes redondean hacia arriba."""
    strategy = wanted["spec"].get("updateStrategy") or {}
    amount = (strategy.get("rollingUpdate") or {}).get(name, 0) if strategy.get("type") == "RollingUpdate" else 0
    if isinstance(amount, int):
        return amount
    return -(-int(amount.rstrip("%")) * desired // 100)
