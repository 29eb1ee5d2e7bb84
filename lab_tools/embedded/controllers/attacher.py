"""Quien engancha los discos de red del clúster embebido: la mitad del controlador CSI que atiende a VolumeAttachment.

Como los de verdad, solo atiende a los que lo nombran: pone su finalizador, engancha y lo cuenta en `status.attached`;
al borrarse uno, suelta el disco y quita el finalizador.
Fuente: https://kubernetes-csi.github.io/docs/external-attacher.html
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.objects import Object, clone, kinds, storage

# Lo que tarda en enganchar o soltar un disco, en segundos.
DELAY = 0.05
FINALIZER = "external-attacher/" + storage.DRIVER.replace(".", "-")
_NODE_ID = "csi.alpha.kubernetes.io/node-id"


class AttacherController:
    """Lleva a su sitio los VolumeAttachment de los discos del clúster."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._attachments = Cache(self._api, kinds.VOLUMEATTACHMENT)
        self._attachments.subscribe(lambda event: self._look_at(event.object))
        for one in self._attachments.all():
            self._look_at(one)

    def reconcile(self, key: Key) -> float | None:
        """Engancha o suelta un disco."""
        found = self._attachments.get(*key)
        if found is None:
            return None
        if found["metadata"].get("deletionTimestamp"):
            self._detach(found)
        elif not (found.get("status") or {}).get("attached"):
            self._attach(found)
        return None

    def _look_at(self, one: Object) -> None:
        if one["spec"].get("attacher") == storage.DRIVER:
            self._queue.add_object(one)

    def _attach(self, one: Object) -> None:
        meta = one["metadata"]
        if FINALIZER not in (meta.get("finalizers") or ()):
            fresh = clone(one)
            fresh["metadata"]["finalizers"] = [*(meta.get("finalizers") or ()), FINALIZER]
            notes = {**(meta.get("annotations") or {}), _NODE_ID: one["spec"]["nodeName"]}
            fresh["metadata"]["annotations"] = notes
            one = self._api.update(kinds.VOLUMEATTACHMENT, fresh)
        done = clone(one)
        done["status"] = {"attached": True}
        self._api.update(kinds.VOLUMEATTACHMENT, done, subresource="status")

    def _detach(self, one: Object) -> None:
        held = one["metadata"].get("finalizers") or []
        if FINALIZER in held:
            fresh = clone(one)
            fresh["metadata"]["finalizers"] = [each for each in held if each != FINALIZER]
            self._api.update(kinds.VOLUMEATTACHMENT, fresh)
