"""Los discos de red, vistos desde los nodos: cuáles usa cada uno, y si los de un Pod ya están enganchados.

El kubelet cuenta los que usa en `status.volumesInUse`, desde que un Pod llega hasta que deja de correr: mientras esté
ahí, nadie le quita el disco a un nodo que contesta. Por lo demás solo espera: engancha y suelta un controlador, y lo
que no hay que enganchar (`hostPath`, `local`, `nfs`) no espera a nadie.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/ y
https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeStatus
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from lab_tools.embedded import disks
from lab_tools.embedded.api.protocol import Api, find
from lab_tools.embedded.clock import Clock
from lab_tools.objects import Object, kinds, storage

# Cada cuánto se vuelve a mirar, y cuánto espera el kubelet antes de decir que no llega, en segundos.
RETRY, PATIENCE = 0.3, 123.0


class Attachments:
    """Los enganches. `report` escribe en un nodo, por su nombre, lo que `in_use` dice de él."""

    __slots__ = ("_api", "_clock", "_report", "_unsaid", "_used")

    def __init__(self, api: Api, clock: Clock, report: Callable[[str], None]) -> None:
        self._api, self._clock, self._report = api, clock, report
        # De cada nodo, los discos de cada Pod (uid); y los nodos de los que hay algo nuevo que contar.
        self._used: dict[str, dict[str, list[str]]] = {}
        self._unsaid: set[str] = set()

    def in_use(self, node: str) -> list[str]:
        """Los discos que los Pods de un nodo usan, por su nombre."""
        return sorted({name for names in self._used.get(node, {}).values() for name in names})

    def hold(self, pod: Object) -> list[tuple[str, Object]]:
        """Un Pod usa sus discos desde ahora. Devuelve los que hay que enganchar, con el nombre de su volumen."""
        found = list(self._disks(pod))
        if found:
            node, uid = pod["spec"]["nodeName"], pod["metadata"]["uid"]
            users, names = self._used.setdefault(node, {}), [disks.unique_name(disk) for _, disk in found]
            if users.get(uid) != names:
                users[uid] = names
                self._say(node)
        return found

    def release(self, pod: Object) -> None:
        """Un Pod ya no usa ninguno."""
        node = pod["spec"]["nodeName"]
        if self._used.get(node, {}).pop(pod["metadata"]["uid"], None):
            self._say(node)

    def missing(self, pod: Object) -> str:
        """El primer volumen de un Pod que aún no está enganchado a su nodo; vacío si los tiene todos."""
        node = pod["spec"]["nodeName"]
        return next((volume for volume, disk in self.hold(pod) if not self._attached(disk, node)), "")

    def _disks(self, pod: Object) -> Iterator[tuple[str, Object]]:
        for volume in pod["spec"].get("volumes") or ():
            claim = storage.claims_of_volume(pod, volume)
            disk = disks.behind(self._api, pod["metadata"]["namespace"], claim) if claim else None
            if disk is not None and disks.attaches(self._api, disk):  # si falta algo, quien monta lo dirá
                yield str(volume["name"]), disk

    def _attached(self, disk: Object, node: str) -> bool:
        found = find(self._api, kinds.VOLUMEATTACHMENT, None, storage.attachment_name(disk, node))
        if found is None or found["metadata"].get("deletionTimestamp"):
            return False
        return bool((found.get("status") or {}).get("attached"))

    def _say(self, node: str) -> None:
        """Pide contar lo de un nodo, una vez para todos los Pods que cambien en este instante."""
        if node not in self._unsaid:
            self._unsaid.add(node)
            self._clock.call_soon(partial(self._tell, node))

    def _tell(self, node: str) -> None:
        self._unsaid.discard(node)
        self._report(node)
