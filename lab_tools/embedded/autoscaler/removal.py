"""Quitar un nodo: se marca, se desalojan sus Pods con cuidado y, cuando no queda ninguno, se apaga la máquina."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from lab_tools.embedded.api import eviction
from lab_tools.embedded.api.protocol import Api, find
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Recorder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

LEAVING, CANDIDATE = "ToBeDeletedByClusterAutoscaler", "DeletionCandidateOfClusterAutoscaler"
# Cada cuánto se mira si ya se fueron todos, y cuánto se insiste, en segundos.
LOOK, PATIENCE = 5.0, 600.0


class Cloud(Protocol):
    """Quien enciende y apaga máquinas."""

    def register(self, name: str, labels: Mapping[str, str] | None = None,
                 capacity: Mapping[str, str] | None = None, taints: Sequence[Object] = ()) -> None:  # fmt: skip
        """Enciende una máquina, que se da de alta como nodo."""

    def retire(self, name: str) -> None:
        """Apaga una máquina para siempre."""


class Removals:
    """Los nodos que se están yendo."""

    def __init__(self, api: Api, clock: Clock, recorder: Recorder, cloud: Cloud) -> None:
        self._api, self._clock, self._recorder, self._cloud = api, clock, recorder, cloud
        self.leaving: dict[str, float] = {}
        """Desde cuándo se va cada uno."""

    def begin(self, name: str) -> None:
        """Empieza a quitar un nodo."""
        node = find(self._api, kinds.NODE, None, name)
        if node is None or name in self.leaving:
            return
        self.leaving[name] = self._clock.now
        taint(self._api, node, {"key": LEAVING, "value": str(int(self._clock.now)), "effect": "NoSchedule"})
        self._recorder.event(node, "Normal", "ScaleDown", "marked the node as toBeDeleted/unschedulable")
        self._step(name)

    def _step(self, name: str) -> None:
        try:
            self._advance(name)
        except StatusError:
            # La API no puede guardar ahora: se repite el paso.
            self._clock.call_in(LOOK, lambda: self._step(name))

    def _advance(self, name: str) -> None:
        node = find(self._api, kinds.NODE, None, name)
        if node is None:
            self.leaving.pop(name, None)
            return
        left = [pod for pod in self._pods(name) if not _is_daemon(pod)]
        for pod in left:
            self._evict(pod)
        if not left:
            self._finish(node)
        elif self._clock.now - self.leaving[name] > PATIENCE:
            self._give_up(node)
        else:
            self._clock.call_in(LOOK, lambda: self._step(name))

    def _evict(self, pod: Object) -> None:
        if pod["metadata"].get("deletionTimestamp"):
            return
        try:
            eviction.evict(self._api, self._clock.now, pod)
        except StatusError:
            return  # su presupuesto no lo permite ahora, o ya se iba: se vuelve a intentar
        self._recorder.event(pod, "Normal", "ScaleDown", "deleting pod for node scale down")

    def _finish(self, node: Object) -> None:
        name = node["metadata"]["name"]
        self._recorder.event(node, "Normal", "ScaleDown", "node removed by cluster autoscaler")
        self._cloud.retire(name)
        self._api.delete(kinds.NODE, None, name)
        for pod in self._pods(name):
            self._api.delete(kinds.POD, pod["metadata"]["namespace"], pod["metadata"]["name"], grace=0)
        self.leaving.pop(name, None)

    def _give_up(self, node: Object) -> None:
        self.leaving.pop(node["metadata"]["name"], None)
        self._recorder.event(node, "Warning", "ScaleDownFailed", "failed to drain the node, aborting ScaleDown")
        clear(self._api, node, LEAVING)

    def _pods(self, name: str) -> list[Object]:
        return [pod for pod in self._api.list(kinds.POD).items if pod["spec"].get("nodeName") == name
                and pod["status"].get("phase") not in ("Succeeded", "Failed")]  # fmt: skip


def taint(api: Api, node: Object, wanted: Object) -> None:
    """Pone un taint a un nodo, si no lo tiene."""
    present = node["spec"].get("taints") or []
    if any(one["key"] == wanted["key"] for one in present):
        return
    fresh = clone(node)
    fresh["metadata"].pop("resourceVersion", None)
    fresh["spec"]["taints"] = [*present, wanted]
    api.update(kinds.NODE, fresh)


def clear(api: Api, node: Object, *keys: str) -> None:
    """Quita a un nodo los taints que tenga con esas claves."""
    present = node["spec"].get("taints") or []
    kept = [one for one in present if one["key"] not in keys]
    if len(kept) != len(present):
        fresh = clone(node)
        fresh["metadata"].pop("resourceVersion", None)
        fresh["spec"]["taints"] = kept
        api.update(kinds.NODE, fresh)


def _is_daemon(pod: Object) -> bool:
    return any(one.get("controller") and one["kind"] == "DaemonSet"
               for one in pod["metadata"].get("ownerReferences") or ())  # fmt: skip
