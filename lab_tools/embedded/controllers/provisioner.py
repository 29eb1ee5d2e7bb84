"""El fabricante de volúmenes del clúster embebido: discos de red que se usan desde cualquier nodo.

Como los de verdad, solo atiende a las clases que lo nombran; las demás esperan al suyo. Crea el volumen, lo agranda
y lo destruye cuando su política es `Delete`. Fuente: https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue
from lab_tools.objects import Object, clone, kinds, storage
from lab_tools.objects.quantity import parse

NAME = storage.DRIVER
# La clase con que nace el clúster. No vale por omisión: una petición sin clase espera, como en el clúster real.
STANDARD: Object = {
    "metadata": {"name": "standard"}, "provisioner": NAME, "reclaimPolicy": "Delete",
    "volumeBindingMode": storage.WAITS, "allowVolumeExpansion": True,
}  # fmt: skip
# Quien los sirve, como se da de alta al instalarlo.
DRIVER: Object = {"metadata": {"name": NAME}, "spec": {"attachRequired": True, "volumeLifecycleModes": ["Persistent"]}}
# Lo que tarda un disco en crearse, agrandarse o borrarse (segundos virtuales).
WORK = 1.0
# Cuánto se espera antes de volver a intentar borrar uno que sigue enganchado, en segundos.
AGAIN = 15.0


class ProvisionerController:
    """Atiende peticiones y volúmenes de sus clases. Una clave sin espacio es un volumen; con él, una petición."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self, 0.02)
        self._recorder = Recorder(api, clock, NAME)
        self._ready: dict[Key, float] = {}

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._claims = Cache(self._api, kinds.PERSISTENTVOLUMECLAIM)
        self._volumes = Cache(self._api, kinds.PERSISTENTVOLUME)
        self._classes = Cache(self._api, kinds.STORAGECLASS)
        self._attachments = Cache(self._api, kinds.VOLUMEATTACHMENT, {"volume": _volume_of})
        for cache in (self._claims, self._volumes):
            cache.subscribe(lambda event: self._queue.add_object(event.object))
            for one in cache.all():
                self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Crea, agranda o destruye un disco; devuelve lo que falta para terminarlo."""
        if not key[0]:
            volume = self._volumes.get(*key)
            return self._destroy(key, volume) if volume is not None else None
        claim = self._claims.get(*key)
        if claim is None or claim["metadata"].get("deletionTimestamp"):
            return None
        return self._grow(key, claim) if storage.is_bound(claim) else self._create(key, claim)

    def _create(self, key: Key, claim: Object) -> float | None:
        found = self._classes.get("", claim["spec"].get("storageClassName") or "")
        ours = storage.annotation(claim, storage.PROVISIONER) == NAME
        name = f"pvc-{claim['metadata']['uid']}"
        if found is None or not ours or self._volumes.get("", name) is not None:
            return None
        if (left := self._left(key)) is None:
            what = f'External provisioner is provisioning volume for claim "{key[0]}/{key[1]}"'
            self._recorder.event(claim, "Normal", "Provisioning", what)
            return WORK
        if left > 0:
            return left
        del self._ready[key]
        self._api.create(kinds.PERSISTENTVOLUME, _disk(name, claim, found))
        self._recorder.event(claim, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}")
        return None

    def _grow(self, key: Key, claim: Object) -> float | None:
        volume = self._volumes.get("", claim["spec"]["volumeName"])
        wanted, has = storage.asked(claim), str((claim["status"].get("capacity") or {}).get("storage", "0"))
        if volume is None or not _ours(volume) or parse(wanted) <= parse(has):
            return None
        if (left := self._left(key)) is None:
            what = f"External resizer is resizing volume {volume['metadata']['name']}"
            self._recorder.event(claim, "Normal", "Resizing", what)
            return WORK
        if left > 0:
            return left
        del self._ready[key]
        self._resized(kinds.PERSISTENTVOLUME, volume, "spec", wanted)
        self._resized(kinds.PERSISTENTVOLUMECLAIM, claim, "status", wanted)
        self._recorder.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")
        return None

    def _resized(self, kind: kinds.Kind, obj: Object, part: str, size: str) -> None:
        fresh = clone(obj)
        fresh[part]["capacity"] = {**fresh[part]["capacity"], "storage": size}
        self._api.update(kind, fresh, subresource="status" if part == "status" else "")

    def _destroy(self, key: Key, volume: Object) -> float | None:
        free = volume["status"].get("phase") == "Released" and not volume["metadata"].get("deletionTimestamp")
        if not free or not _ours(volume) or volume["spec"].get("persistentVolumeReclaimPolicy") != "Delete":
            return None
        if (left := self._left(key)) is None:
            return WORK
        if left > 0:
            return left
        if node := self._holder(key[1]):
            why = f"persistentvolume {key[1]} is still attached to node {node}"
            self._recorder.event(volume, "Warning", "VolumeFailedDelete", why)
            self._ready[key] = self._clock.now + AGAIN
            return AGAIN
        del self._ready[key]
        self._api.delete(kinds.PERSISTENTVOLUME, None, key[1])
        return None

    def _holder(self, name: str) -> str:
        """El nodo que aún tiene enganchado un disco; vacío si ninguno."""
        held = self._attachments.by("volume", name)
        return str(held[0]["spec"]["nodeName"]) if held else ""

    def _left(self, key: Key) -> float | None:
        """Lo que falta para acabar el trabajo de una clave; `None` si acaba de empezar."""
        if key not in self._ready:
            self._ready[key] = self._clock.now + WORK
            return None
        return self._ready[key] - self._clock.now


def _volume_of(attachment: Object) -> list[str]:
    return [str((attachment["spec"].get("source") or {}).get("persistentVolumeName", ""))]


def _ours(volume: Object) -> bool:
    return storage.annotation(volume, storage.PROVISIONED_BY) == NAME


def _disk(name: str, claim: Object, found: Object) -> Object:
    meta, spec = claim["metadata"], claim["spec"]
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": meta["name"],
                 "namespace": meta["namespace"], "uid": meta["uid"],
                 "resourceVersion": meta["resourceVersion"]}  # fmt: skip
    return {
        "metadata": {"name": name, "annotations": {storage.PROVISIONED_BY: NAME}},
        "spec": {"capacity": {"storage": storage.asked(claim)}, "accessModes": list(spec["accessModes"]),
                 "csi": {"driver": NAME, "volumeHandle": name}, "claimRef": reference,
                 "persistentVolumeReclaimPolicy": found.get("reclaimPolicy", "Delete"),
                 "storageClassName": found["metadata"]["name"],
                 "volumeMode": spec.get("volumeMode", "Filesystem"),
                 **({"mountOptions": found["mountOptions"]} if found.get("mountOptions") else {})},
    }  # fmt: skip
