"""PersistentVolume y PersistentVolumeClaim: a cada petición, un volumen; a cada volumen suelto, su destino.

La pareja se anota primero en el volumen (`claimRef`) y después en la petición (`volumeName`): si algo se corta a la
mitad, la siguiente mirada termina. Una petición cuya clase espera a su primer consumidor no se empareja hasta que el
planificador le elige nodo. Fuente: https://kubernetes.io/docs/concepts/storage/persistent-volumes/
"""

from __future__ import annotations

import random
from typing import Any

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue
from lab_tools.objects import Object, clone, kinds, storage

DELAY = 0.05
_UNUSED = "waiting for first consumer to be created before binding"
_CLASSLESS = "no persistent volumes available for this claim and no storage class is set"
_ELSEWHERE = ("Waiting for a volume to be created either by the external provisioner '{}' or manually by the system "
              "administrator. If volume creation is delayed, please verify that the provisioner is running and "
              "correctly registered.")  # fmt: skip
_LOST = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"


class PersistentVolumeController:
    """Empareja peticiones y volúmenes. Una clave sin espacio es un volumen; con él, una petición."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self, DELAY)
        self._recorder = Recorder(api, clock, "persistentvolume-controller")

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._claims = Cache(self._api, kinds.PERSISTENTVOLUMECLAIM)
        self._volumes = Cache(self._api, kinds.PERSISTENTVOLUME)
        self._classes = Cache(self._api, kinds.STORAGECLASS)
        self._claims.subscribe(self._on_claim)
        self._volumes.subscribe(self._on_volume)
        self._classes.subscribe(lambda event: self._look_at_waiting())
        for one in [*self._volumes.all(), *self._claims.all()]:
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Acerca un volumen o una petición a su pareja."""
        if key[0]:
            claim = self._claims.get(*key)
            if claim is not None:
                self._sync_claim(claim)
        else:
            volume = self._volumes.get(*key)
            if volume is not None:
                self._sync_volume(volume)
        return None

    # Noticias

    def _on_claim(self, event: Event) -> None:
        if event.type != "MODIFIED" or event.previous is None or _moved(event.object, event.previous):
            self._queue.add_object(event.object)
        name = event.object["spec"].get("volumeName")
        if name:
            self._queue.add(("", name))

    def _on_volume(self, event: Event) -> None:
        self._queue.add_object(event.object)
        owner = event.object["spec"].get("claimRef")
        if owner:
            self._queue.add(_key_of(owner))
        elif event.type != "DELETED":
            self._look_at_waiting()

    def _look_at_waiting(self) -> None:
        for claim in self._claims.all():
            if not storage.is_bound(claim):
                self._queue.add_object(claim)

    # Peticiones

    def _sync_claim(self, claim: Object) -> None:
        if storage.is_bound(claim):
            self._keep(claim)
            return
        name = claim["spec"].get("volumeName")
        volume = self._volumes.get("", name) if name else storage.best(self._volumes.all(), claim)
        if name:
            # Una persona lo pidió por su nombre: o ese, o ninguno.
            if volume is not None and (storage.belongs(volume, claim) or not volume["spec"].get("claimRef")):
                self._bind(volume, claim)
        elif volume is not None and (volume["spec"].get("claimRef") or not self._delayed(claim)):
            self._bind(volume, claim)
        elif not claim["metadata"].get("deletionTimestamp"):
            self._explain(claim)

    def _keep(self, claim: Object) -> None:
        volume = self._volumes.get("", claim["spec"]["volumeName"])
        if volume is None or not storage.belongs(volume, claim):
            if claim["status"].get("phase") != "Lost":
                self._recorder.event(claim, "Warning", "ClaimLost", _LOST)
                self._claim_status(claim, {"phase": "Lost"})
        elif claim["status"].get("phase") != "Bound":
            self._claim_status(claim, _bound_status(volume))

    def _delayed(self, claim: Object) -> bool:
        found = self._class(claim)
        waits = found is not None and found.get("volumeBindingMode") == storage.WAITS
        return waits and not storage.annotation(claim, storage.SELECTED_NODE)

    def _class(self, claim: Object) -> Object | None:
        return self._classes.get("", claim["spec"].get("storageClassName") or "")

    def _explain(self, claim: Object) -> None:
        """Por qué una petición sigue esperando."""
        name, found = claim["spec"].get("storageClassName"), self._class(claim)
        if name is None and (late := storage.default_class(self._classes.all())):
            self._adopt(claim, late)
            return
        if self._delayed(claim):
            self._recorder.event(claim, "Normal", storage.WAITS, _UNUSED)
        elif not name:
            self._recorder.event(claim, "Normal", "FailedBinding", _CLASSLESS)
        elif found is None:
            why = f'storageclass.storage.k8s.io "{name}" not found'
            self._recorder.event(claim, "Warning", "ProvisioningFailed", why)
        elif found["provisioner"].startswith("kubernetes.io/"):
            why = f"no volume plugin matched name: {found['provisioner']}"
            self._recorder.event(claim, "Warning", "ProvisioningFailed", why)
        else:
            self._hand_over(claim, found["provisioner"])

    def _adopt(self, claim: Object, name: str) -> None:
        """No nombraba clase y entonces no había ninguna por omisión: ahora sí."""
        fresh = clone(claim)
        fresh["spec"]["storageClassName"] = name
        self._api.update(kinds.PERSISTENTVOLUMECLAIM, fresh)

    def _hand_over(self, claim: Object, provisioner: str) -> None:
        """Que lo fabrique quien sabe: se le anota el encargo."""
        if storage.annotation(claim, storage.PROVISIONER) != provisioner:
            notes = {storage.PROVISIONER_BETA: provisioner, storage.PROVISIONER: provisioner}
            claim = self._api.update(kinds.PERSISTENTVOLUMECLAIM, _annotated(claim, notes))
            self._recorder.event(claim, "Normal", "ExternalProvisioning", _ELSEWHERE.format(provisioner))

    def _bind(self, volume: Object, claim: Object) -> None:
        volume = self._reserve(volume, claim)
        volume = self._volume_phase(volume, "Bound")
        notes = {storage.BOUND: "yes"}
        if claim["spec"].get("volumeName") != volume["metadata"]["name"]:
            notes[storage.BY_CONTROLLER] = "yes"
        fresh = _annotated(claim, notes)
        fresh["spec"]["volumeName"] = volume["metadata"]["name"]
        self._claim_status(self._api.update(kinds.PERSISTENTVOLUMECLAIM, fresh), _bound_status(volume))

    def _reserve(self, volume: Object, claim: Object) -> Object:
        owner, meta = volume["spec"].get("claimRef"), claim["metadata"]
        if owner and owner.get("uid") == meta["uid"]:
            return volume
        fresh = clone(volume) if owner else _annotated(volume, {storage.BY_CONTROLLER: "yes"})
        fresh["spec"]["claimRef"] = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "name": meta["name"],
                                     "namespace": meta["namespace"], "uid": meta["uid"],
                                     "resourceVersion": meta["resourceVersion"]}  # fmt: skip
        return self._api.update(kinds.PERSISTENTVOLUME, fresh)

    def _claim_status(self, claim: Object, status: dict[str, Any]) -> None:
        if claim.get("status") != status:
            fresh = clone(claim)
            fresh["status"] = status
            self._api.update(kinds.PERSISTENTVOLUMECLAIM, fresh, subresource="status")

    # Volúmenes

    def _sync_volume(self, volume: Object) -> None:
        owner = volume["spec"].get("claimRef")
        if not owner or not owner.get("uid"):
            self._volume_phase(volume, "Available")
            return
        claim = self._claims.get(*_key_of(owner))
        if claim is not None and claim["metadata"]["uid"] == owner["uid"]:
            if storage.is_bound(claim):
                self._volume_phase(volume, "Bound")
            return
        if volume["status"].get("phase") in ("Available", "Bound", "Pending"):
            volume = self._volume_phase(volume, "Released")
        policy = volume["spec"].get("persistentVolumeReclaimPolicy")
        if policy == "Recycle":
            self._recycle(volume)
        elif policy == "Delete" and not storage.annotation(volume, storage.PROVISIONED_BY):
            self._discard(volume)

    def _recycle(self, volume: Object) -> None:
        fresh = clone(self._api.get(kinds.PERSISTENTVOLUME, None, volume["metadata"]["name"]))
        fresh["spec"].pop("claimRef", None)
        (fresh["metadata"].get("annotations") or {}).pop(storage.BY_CONTROLLER, None)
        self._recorder.event(self._api.update(kinds.PERSISTENTVOLUME, fresh), "Normal", "VolumeRecycled",
                             "Volume recycled")  # fmt: skip

    def _discard(self, volume: Object) -> None:
        """Lo que hizo una persona casi nunca lo puede borrar el clúster: solo carpetas temporales de un nodo."""
        path = (volume["spec"].get("hostPath") or {}).get("path")
        if volume["metadata"].get("deletionTimestamp") or volume["status"].get("phase") == "Failed":
            return
        if path is not None and path.startswith("/tmp/"):
            self._api.delete(kinds.PERSISTENTVOLUME, None, volume["metadata"]["name"])
            return
        why = (f"host_path deleter only supports /tmp/.+ but received provided {path}" if path is not None else
               f'error getting deleter volume plugin for volume "{volume["metadata"]["name"]}": no deletable volume '
               "plugin matched")  # fmt: skip
        self._recorder.event(self._volume_phase(volume, "Failed", why), "Warning", "VolumeFailedDelete", why)

    def _volume_phase(self, volume: Object, phase: str, message: str = "") -> Object:
        if volume["status"].get("phase") == phase:
            return volume
        fresh = clone(volume)
        fresh["status"] = {"phase": phase, "lastPhaseTransitionTime": timestamp(self._clock.now)}
        if message:
            fresh["status"]["message"] = message
        return self._api.update(kinds.PERSISTENTVOLUME, fresh, subresource="status")


def _moved(new: Object, old: Object) -> bool:
    """Si cambió algo que importe al emparejar."""
    return (new["spec"], new["status"].get("phase"), storage.annotation(new, storage.SELECTED_NODE)) != (
        old["spec"], old["status"].get("phase"), storage.annotation(old, storage.SELECTED_NODE))  # fmt: skip


def _bound_status(volume: Object) -> dict[str, Any]:
    return {"phase": "Bound", "accessModes": list(volume["spec"].get("accessModes") or ()),
            "capacity": dict(volume["spec"]["capacity"])}  # fmt: skip


def _annotated(obj: Object, notes: dict[str, str]) -> Object:
    fresh = clone(obj)
    fresh["metadata"]["annotations"] = {**(fresh["metadata"].get("annotations") or {}), **notes}
    return fresh


def _key_of(owner: Object) -> Key:
    """La petición que un volumen dice guardar. Lo escribe quien quiere: puede no nombrar a nadie."""
    return owner.get("namespace", ""), owner.get("name", "")
