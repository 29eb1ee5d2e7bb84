"""Suponer: dónde cabría cada Pod si hubiera un nodo más, o uno menos, con los filtros del planificador."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.autoscaler.config import Group
from lab_tools.embedded.scheduler import volumes
from lab_tools.embedded.scheduler.demand import Demand
from lab_tools.embedded.scheduler.filters import FILTERS, Refusal, first_refusal
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.objects import Object, clone, kinds
from lab_tools.objects.placement import selected, tolerated

_GONE = ("Succeeded", "Failed")


class World:
    """Los nodos y sus Pods en este instante. Se puede añadir y quitar sin que a nadie le pase nada."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.nodes: dict[str, NodeInfo] = {}
        self.pods = [one for one in api.list(kinds.POD).items if one["status"].get("phase") not in _GONE]
        self.daemons = api.list(kinds.DAEMONSET).items
        for node in api.list(kinds.NODE).items:
            self.nodes[node["metadata"]["name"]] = _info(node)
        for pod in self.pods:
            info = self.nodes.get(pod["spec"].get("nodeName", ""))
            if info is not None:
                info.add(pod)

    def waiting(self) -> list[Object]:
        """Los Pods que el planificador no ha podido colocar, de más a menos importantes."""
        found = [one for one in self.pods if not one["spec"].get("nodeName") and _unschedulable(one)
                 and not one["metadata"].get("deletionTimestamp")]  # fmt: skip
        return sorted(found, key=_turn)

    def refusal(self, pod: Object, node: NodeInfo, others: Sequence[NodeInfo]) -> Refusal | None:
        """Por qué no cabría en un nodo, siendo `others` todos los que habría."""
        claims = volumes.look(self._api, pod)
        if claims is not None and claims.trouble:
            return Refusal((claims.trouble,))
        demand = Demand(pod, others, claims)
        return first_refusal([check for _, check, applies in FILTERS if applies(demand)], demand, node)

    def place(self, pod: Object, nodes: Iterable[NodeInfo], others: Sequence[NodeInfo]) -> NodeInfo | None:
        """El primer nodo donde cabe, que queda ocupado por él; `None` si en ninguno."""
        for node in nodes:
            if self.refusal(pod, node, others) is None:
                node.add(moved(pod, node.name))
                return node
        return None

    def blank(self, group: Group, name: str) -> NodeInfo:
        """Un nodo nuevo de un grupo, con lo que pondrían en él los DaemonSets."""
        node = group.node(name)
        info = _info(node)
        for daemon in self.daemons:
            spec = daemon["spec"]["template"]["spec"]
            taints = [one for one in group.taints if one["effect"] != "PreferNoSchedule"]
            tolerates = all(tolerated(one, spec.get("tolerations") or []) for one in taints)
            if tolerates and selected(spec, name, node["metadata"]["labels"]):
                meta = daemon["metadata"]
                info.add({"metadata": {"uid": f"{meta['uid']}@{name}", "name": meta["name"],
                                       "namespace": meta["namespace"]}, "spec": spec, "status": {}})  # fmt: skip
        return info


def _info(node: Object) -> NodeInfo:
    info = NodeInfo(node)
    info.refresh(node)
    return info


def moved(pod: Object, node: str) -> Object:
    """El mismo Pod, como si estuviera en otro nodo."""
    fresh = clone(pod)
    fresh["spec"]["nodeName"] = node
    return fresh


def homeless(pod: Object) -> Object:
    """El mismo Pod, como si aún no tuviera nodo."""
    fresh = clone(pod)
    fresh["spec"].pop("nodeName", None)
    return fresh


def _turn(pod: Object) -> tuple[int, str, str, str]:
    meta = pod["metadata"]
    return -int(pod["spec"].get("priority") or 0), meta["creationTimestamp"], meta["namespace"], meta["name"]


def _unschedulable(pod: Object) -> bool:
    return any(one["type"] == "PodScheduled" and one["status"] == "False" and one.get("reason") == "Unschedulable"
               for one in pod["status"].get("conditions") or ())  # fmt: skip
