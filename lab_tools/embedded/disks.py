"""Qué discos hay que enganchar a un nodo, y cómo se llaman en el estado del nodo.

Lo preguntan quien los engancha y quien los espera; la respuesta es la misma. Un disco se nombra ahí como lo hace el
kubelet: el complemento (`kubernetes.io/csi`), su controlador y lo que este le puso de nombre.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/csi-driver-v1/ y
https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeStatus
"""

from __future__ import annotations

from lab_tools.embedded.api.protocol import Api, find
from lab_tools.objects import Object, kinds


def attaches(api: Api, disk: Object) -> bool:
    """Si un PersistentVolume hay que engancharlo: los de CSI, salvo que su CSIDriver diga que no."""
    source = disk["spec"].get("csi")
    driver = find(api, kinds.CSIDRIVER, None, source["driver"]) if source else None
    return bool(source) and (driver is None or driver["spec"].get("attachRequired", True))


def behind(api: Api, namespace: str, claim: str) -> Object | None:
    """El PersistentVolume que una petición ya tiene; `None` si falta cualquiera de los dos."""
    found = find(api, kinds.PERSISTENTVOLUMECLAIM, namespace, claim)
    name = found["spec"].get("volumeName") if found is not None else None
    return find(api, kinds.PERSISTENTVOLUME, None, name) if name else None


def unique_name(disk: Object) -> str:
    """El nombre de un disco en `status.volumesInUse` y `status.volumesAttached`; vacío si no es de CSI."""
    source = disk["spec"].get("csi")
    return f"kubernetes.io/csi/{source['driver']}^{source['volumeHandle']}" if source else ""
