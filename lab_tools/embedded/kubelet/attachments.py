"""Si los discos de red de un Pod ya están enganchados a su nodo: lo dice el VolumeAttachment de cada uno.

Aquí solo se espera. Quien decide es el controlador que los engancha y los suelta, y los que no hay que enganchar
(`hostPath`, `local`, `nfs`) no esperan a nadie.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/
"""

from __future__ import annotations

from lab_tools.embedded.api.protocol import Api, find
from lab_tools.objects import Object, kinds, storage

# Cada cuánto se vuelve a mirar, y cuánto espera el kubelet antes de decir que no llega, en segundos.
RETRY, PATIENCE = 0.3, 123.0


class Attachments:
    """Los enganches, vistos desde los nodos."""

    __slots__ = ("_api",)

    def __init__(self, api: Api) -> None:
        self._api = api

    def missing(self, pod: Object) -> str:
        """El primer volumen de un Pod que aún no está enganchado a su nodo; vacío si los tiene todos."""
        for volume in pod["spec"].get("volumes") or ():
            claim = storage.claims_of_volume(pod, volume)
            if claim and self._pending(pod["metadata"]["namespace"], claim, pod["spec"]["nodeName"]):
                return str(volume["name"])
        return ""

    def _pending(self, namespace: str, claim: str, node: str) -> bool:
        found = find(self._api, kinds.PERSISTENTVOLUMECLAIM, namespace, claim)
        name = found["spec"].get("volumeName") if found is not None else None
        disk = find(self._api, kinds.PERSISTENTVOLUME, None, name) if name else None
        if disk is None or not self._attaches(disk):
            return False  # si falta algo, quien monta lo dirá
        found = find(self._api, kinds.VOLUMEATTACHMENT, None, storage.attachment_name(disk, node))
        leaving = found is not None and found["metadata"].get("deletionTimestamp")
        return found is None or bool(leaving) or not (found.get("status") or {}).get("attached")

    def _attaches(self, disk: Object) -> bool:
        """Si un disco hay que engancharlo: los de CSI, salvo que su CSIDriver diga que no."""
        source = disk["spec"].get("csi")
        driver = find(self._api, kinds.CSIDRIVER, None, source["driver"]) if source else None
        return bool(source) and (driver is None or driver["spec"].get("attachRequired", True))
