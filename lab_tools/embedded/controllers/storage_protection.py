"""Lo que está en uso no se va: suelta una petición cuando ningún Pod la usa, y un volumen cuando no tiene dueña.

Fuente: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.objects import Object, clone, kinds, storage
from lab_tools.objects.kinds import Kind

DELAY = 0.02
CLAIM, VOLUME = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"
_OVER = ("Succeeded", "Failed")


class StorageProtectionController:
    """Quita los finalizadores de protección. Una clave sin espacio es un volumen; con él, una petición."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._claims = Cache(self._api, kinds.PERSISTENTVOLUMECLAIM)
        self._volumes = Cache(self._api, kinds.PERSISTENTVOLUME)
        for cache in (self._claims, self._volumes):
            cache.subscribe(lambda event: self._look_at(event.object))
            for one in cache.all():
                self._look_at(one)
        self._api.watch(kinds.POD, self._on_pod)

    def reconcile(self, key: Key) -> float | None:
        """Suelta lo que se está borrando y ya no usa nadie."""
        if key[0]:
            claim = self._claims.get(*key)
            if claim is not None and not self._in_use(claim):
                self._release(kinds.PERSISTENTVOLUMECLAIM, claim, CLAIM)
        else:
            volume = self._volumes.get(*key)
            if volume is not None and volume["status"].get("phase") != "Bound":
                self._release(kinds.PERSISTENTVOLUME, volume, VOLUME)
        return None

    def _look_at(self, obj: Object) -> None:
        if obj["metadata"].get("deletionTimestamp"):
            self._queue.add_object(obj)

    def _on_pod(self, event: Event) -> None:
        # Los Pods cambian sin parar: solo importan los que acaban, y solo si montaban algo.
        pod = event.object
        if event.type == "DELETED" or (pod.get("status") or {}).get("phase") in _OVER:
            for name in storage.claims_of(pod):
                claim = self._claims.get(pod["metadata"]["namespace"], name)
                if claim is not None:
                    self._look_at(claim)

    def _in_use(self, claim: Object) -> bool:
        meta = claim["metadata"]
        return any(storage.uses(pod, meta["name"]) for pod in self._api.list(kinds.POD, meta["namespace"]).items)

    def _release(self, kind: Kind, obj: Object, finalizer: str) -> None:
        held = obj["metadata"].get("finalizers") or []
        if obj["metadata"].get("deletionTimestamp") and finalizer in held:
            fresh = clone(obj)
            fresh["metadata"]["finalizers"] = [one for one in held if one != finalizer]
            self._api.update(kind, fresh)
