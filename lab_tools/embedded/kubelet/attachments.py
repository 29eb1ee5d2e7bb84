"""Qué discos de red están enganchados a qué nodo: uno `ReadWriteOnce` solo puede estarlo a uno a la vez.

Quien llega de otro nodo espera, y se le dice una vez quién lo tiene. Un disco se suelta cuando en su nodo ya no lo usa
ningún Pod; si el nodo no contesta, nadie sabe si aún escribe en él, y se esperan seis minutos. Los que no hay que
enganchar (`hostPath`, `local`, `nfs`) y los que admiten varios nodos no pasan por aquí.
Fuente: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes y
https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown
"""

from __future__ import annotations

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Recorder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds, storage

# Lo que se espera a un nodo que no contesta antes de quitarle un disco por la fuerza, en segundos.
FORCE_AFTER = 360.0
# Cada cuánto se vuelve a intentar, y cuánto espera el kubelet antes de decir que no llega, en segundos.
RETRY, PATIENCE = 2.0, 123.0
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
_SHARED = {"ReadWriteMany", "ReadOnlyMany"}


class Attachments:
    """Los enganches de todos los nodos. Se aprenden otra vez de los Pods en marcha cuando el clúster continúa."""

    __slots__ = ("_api", "_clock", "_held", "_idle", "_recorder", "_told")

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api, self._clock = api, clock
        self._recorder = Recorder(api, clock, "attachdetach-controller")
        self._held: dict[str, str] = {}
        self._idle: dict[str, float] = {}
        self._told: set[tuple[str, str]] = set()

    def attach(self, pod: Object) -> str:
        """Engancha al nodo de un Pod los discos de sus peticiones; devuelve el volumen del Pod que no puede tener aún.

        Vacío si los tiene todos.
        """
        stuck = ""
        for volume, claim, disk in self._disks(pod):
            if not self._take(pod, claim, disk):
                stuck = stuck or volume
        return stuck

    def resume(self, pod: Object) -> None:
        """Un Pod que ya corría tiene sus discos."""
        for _, _, disk in self._disks(pod):
            self._held.setdefault(disk, pod["spec"]["nodeName"])

    def _disks(self, pod: Object) -> list[tuple[str, str, str]]:
        """Los volúmenes de un Pod que solo admiten un nodo: su nombre en el Pod, la petición y el disco."""
        found = []
        volumes = [one for one in pod["spec"].get("volumes") or () if storage.claims_of_volume(pod, one)]
        for volume in volumes:
            claim = storage.claims_of_volume(pod, volume)
            disk = self._disk(pod["metadata"]["namespace"], claim)
            if (
                disk is not None
                and disk["spec"].get("csi")
                and not _SHARED & set(disk["spec"].get("accessModes") or ())
            ):
                found.append((str(volume["name"]), claim, str(disk["metadata"]["name"])))
        return found

    def _disk(self, namespace: str, claim: str) -> Object | None:
        try:
            name = self._api.get(kinds.PERSISTENTVOLUMECLAIM, namespace, claim)["spec"].get("volumeName")
            return self._api.get(kinds.PERSISTENTVOLUME, None, name) if name else None
        except StatusError:
            return None  # no existe: quien monta lo dirá

    def _take(self, pod: Object, claim: str, disk: str) -> bool:
        node, uid = pod["spec"]["nodeName"], pod["metadata"]["uid"]
        holder = self._held.get(disk)
        if holder not in (None, node):
            users = self._users(pod["metadata"]["namespace"], claim, str(holder))
            if users or not self._released(disk, str(holder)):
                self._complain(pod, disk, users)
                return False
        self._told.discard((uid, disk))
        self._idle.pop(disk, None)
        if holder != node:
            self._held[disk] = node
            what = f'AttachVolume.Attach succeeded for volume "{disk}"'
            self._recorder.event(pod, "Normal", "SuccessfulAttachVolume", what)
        return True

    def _users(self, namespace: str, claim: str, node: str) -> list[str]:
        """Los Pods sin terminar que usan la petición en un nodo."""
        return [one["metadata"]["name"] for one in self._api.list(kinds.POD, namespace).items
                if one["spec"].get("nodeName") == node and storage.uses(one, claim)]  # fmt: skip

    def _released(self, disk: str, node: str) -> bool:
        """Si un disco que nadie usa ya se puede quitar a su nodo: en el acto, si contesta."""
        try:
            found = self._api.get(kinds.NODE, None, node)
        except StatusError:
            found = {}
        ready = any(one["type"] == "Ready" and one["status"] == "True"
                    for one in (found.get("status") or {}).get("conditions") or ())  # fmt: skip
        off = any(one["key"] == OUT_OF_SERVICE for one in (found.get("spec") or {}).get("taints") or ())
        since = self._idle.setdefault(disk, self._clock.now)
        return ready or off or self._clock.now >= since + FORCE_AFTER

    def _complain(self, pod: Object, disk: str, users: list[str]) -> None:
        """Dice una vez, al Pod que espera, quién tiene el disco."""
        key = (pod["metadata"]["uid"], disk)
        if key in self._told:
            return
        self._told.add(key)
        why = f"Volume is already used by pod(s) {', '.join(users)}" if users else \
            "Volume is already exclusively attached to one node and can't be attached to another"  # fmt: skip
        self._recorder.event(pod, "Warning", "FailedAttachVolume", f'Multi-Attach error for volume "{disk}" {why}')
