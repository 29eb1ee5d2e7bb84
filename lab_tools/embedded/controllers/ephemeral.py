"""Volúmenes efímeros: a cada uno, una petición propia que nace y muere con su Pod.

Fuente: https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event, find
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Key, Recorder, WorkQueue
from lab_tools.objects import Object, kinds

DELAY = 0.02


class EphemeralVolumeController:
    """Crea la petición de cada volumen efímero."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)
        self._recorder = Recorder(api, clock, "ephemeral_volume")

    def start(self) -> None:
        """Mira los Pods que hay y empieza a vigilarlos."""
        listing = self._api.list(kinds.POD)
        self._api.watch(kinds.POD, self._on_pod, since=listing.revision)
        for pod in listing.items:
            self._look_at(pod)

    def reconcile(self, key: Key) -> float | None:
        """Crea las peticiones que le falten a un Pod."""
        pod = find(self._api, kinds.POD, *key)
        if pod is None or pod["metadata"].get("deletionTimestamp"):
            return None
        for volume in pod["spec"].get("volumes") or ():
            if volume.get("ephemeral") is not None:
                self._ensure(pod, volume)
        return None

    def _on_pod(self, event: Event) -> None:
        if event.type == "ADDED":
            self._look_at(event.object)

    def _look_at(self, pod: Object) -> None:
        if any(volume.get("ephemeral") is not None for volume in pod["spec"].get("volumes") or ()):
            self._queue.add_object(pod)

    def _ensure(self, pod: Object, volume: Object) -> None:
        meta = pod["metadata"]
        name = f"{meta['name']}-{volume['name']}"
        present = find(self._api, kinds.PERSISTENTVOLUMECLAIM, meta["namespace"], name)
        if present is None:
            self._api.create(kinds.PERSISTENTVOLUMECLAIM, _claim(name, pod, volume), meta["namespace"])
        elif not any(one["uid"] == meta["uid"] for one in present["metadata"].get("ownerReferences") or ()):
            why = f'PVC "{meta["namespace"]}/{name}" was not created for pod "{meta["namespace"]}/{meta["name"]}"'
            self._recorder.event(pod, "Warning", "ConflictingPVC", f"{why} (pod is not owner)")


def _claim(name: str, pod: Object, volume: Object) -> Object:
    template = volume["ephemeral"].get("volumeClaimTemplate") or {}
    written = template.get("metadata") or {}
    owner = {"apiVersion": "v1", "kind": "Pod", "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"],
             "controller": True, "blockOwnerDeletion": True}  # fmt: skip
    return {
        "metadata": {"name": name, "ownerReferences": [owner],
                     **{part: written[part] for part in ("labels", "annotations") if written.get(part)}},
        "spec": template.get("spec") or {},
    }  # fmt: skip
