"""Qué discos de red están enganchados a qué nodo: un VolumeAttachment por disco y nodo.

Lo crea cuando un Pod con nodo usa el disco y lo borra cuando en ese nodo ya no lo usa ninguno; quien engancha de verdad
es el controlador de almacenamiento, que lo cuenta en `status.attached`. Un disco `ReadWriteOnce` solo puede estar en un
nodo: quien llega de otro espera, y se le dice una vez quién lo tiene. A un nodo no se le quita un disco que diga usar
(`status.volumesInUse`); si no contesta, nadie sabe si aún escribe en él, y se esperan seis minutos. Los enganchados se
cuentan en `status.volumesAttached`. Los que no hay que enganchar (`hostPath`, `local`, `nfs`) no pasan por aquí.
Fuente: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes,
https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/ y
https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from lab_tools.embedded import disks
from lab_tools.embedded.api.protocol import Api, Event, find
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, key_of
from lab_tools.objects import Object, kinds, storage

DELAY = 0.02
# Lo que se espera a un nodo que no contesta antes de quitarle un disco por la fuerza, en segundos.
FORCE_AFTER = 360.0
# Cada cuánto se le vuelve a mirar, en segundos.
RETRY = 2.0
# Lo que se espera a quien engancha antes de decir que no contesta, en segundos.
TIMEOUT = 120.0
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
_SHARED = {"ReadWriteMany", "ReadOnlyMany"}
# Los Pods que quieren un disco en cada nodo.
Wanted = dict[str, list[Object]]


class AttachDetachController:
    """Crea y borra los VolumeAttachment. Una clave sin espacio es un volumen."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api, self._clock = api, clock
        self._queue = WorkQueue(clock, self, DELAY)
        self._recorder = Recorder(api, clock, "attachdetach-controller")
        # Los Pods que usan cada petición (espacio, nombre), por su nombre.
        self._users: dict[Key, dict[str, Object]] = {}
        # De cada enganche (volumen, nodo): desde cuándo no lo usa nadie, y cuándo quejarse si aún no está hecho.
        self._idle: dict[tuple[str, str], float] = {}
        self._due: dict[tuple[str, str], float] = {}
        # De cada volumen, los Pods (uid) que ya saben que lo tiene otro nodo.
        self._told: dict[str, set[str]] = {}

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._attached = Cache(
            self._api,
            kinds.VOLUMEATTACHMENT,
            {"volume": lambda one: [_volume_of(one)], "node": lambda one: [one["spec"]["nodeName"]]},
        )
        self._attached.subscribe(lambda event: self._queue.add(("", _volume_of(event.object))))
        listing = self._api.list(kinds.POD)
        self._api.watch(kinds.POD, self._on_pod, since=listing.revision)
        self._api.watch(kinds.PERSISTENTVOLUMECLAIM, self._on_claim)
        self._api.watch(kinds.NODE, self._on_node)
        for pod in listing.items:
            self._note(pod, storage.claims_of(pod), gone=False)
        for one in self._attached.all():
            self._queue.add(("", _volume_of(one)))

    def reconcile(self, key: Key) -> float | None:
        """Engancha y suelta un volumen; devuelve cuándo volver a mirarlo."""
        name = key[1]
        volume = find(self._api, kinds.PERSISTENTVOLUME, None, name)
        wanted = self._wanted(volume) if volume is not None else {}
        present = {one["spec"]["nodeName"]: one for one in self._attached.by("volume", name)}
        looks = [self._let_go(name, node, one) for node, one in present.items() if node not in wanted]
        told: set[str] = set()
        for node, pods in wanted.items():
            self._idle.pop((name, node), None)
            if node in present:
                looks.append(self._follow(name, present[node], pods))
            elif volume is not None and (_shared(volume) or not present):
                present[node] = self._attach(volume, node)
                looks.append(TIMEOUT)
            else:
                told |= self._complain(name, pods, [one for holder in present for one in wanted.get(holder, ())])
        for node in present:
            self._report(node)
        self._remember(name, told)
        soonest = min(looks, default=float("inf"))
        return soonest if soonest < float("inf") else None

    def _wanted(self, volume: Object) -> Wanted:
        """Los Pods sin terminar que usan un volumen que hay que enganchar, por su nodo."""
        owner = volume["spec"].get("claimRef") or {}
        if not disks.attaches(self._api, volume):
            return {}
        claim = owner.get("name", "")
        found: Wanted = {}
        for pod in self._users.get((owner.get("namespace", ""), claim), {}).values():
            if storage.uses(pod, claim):
                found.setdefault(pod["spec"]["nodeName"], []).append(pod)
        return found

    # Enganchar

    def _attach(self, volume: Object, node: str) -> Object:
        source, name = volume["spec"]["csi"], volume["metadata"]["name"]
        spec = {"attacher": source["driver"], "nodeName": node, "source": {"persistentVolumeName": name}}
        meta = {"name": storage.attachment_name(volume, node)}
        self._due[name, node] = self._clock.now + TIMEOUT
        return self._api.create(kinds.VOLUMEATTACHMENT, {"metadata": meta, "spec": spec})

    def _follow(self, name: str, one: Object, pods: list[Object]) -> float:
        """Cuenta a los Pods que su disco ya está, o que tarda demasiado. Devuelve cuándo volver."""
        place = (name, one["spec"]["nodeName"])
        due = self._due.get(place)
        if due is None:
            return float("inf")
        if (one.get("status") or {}).get("attached"):
            del self._due[place]
            self._tell(pods, "Normal", "SuccessfulAttachVolume", f'AttachVolume.Attach succeeded for volume "{name}"')
            return float("inf")
        if self._clock.now >= due:
            self._tell(pods, "Warning", "FailedAttachVolume", self._late(name, one))
            due = self._due[place] = self._clock.now + TIMEOUT
        return due - self._clock.now

    def _late(self, name: str, one: Object) -> str:
        volume = find(self._api, kinds.PERSISTENTVOLUME, None, name)
        handle = volume["spec"]["csi"]["volumeHandle"] if volume is not None else name
        return (f'AttachVolume.Attach failed for volume "{name}" : timed out waiting for external-attacher of '
                f"{one['spec']['attacher']} CSI driver to attach volume {handle}")  # fmt: skip

    def _tell(self, pods: Iterable[Object], type_: str, reason: str, message: str) -> None:
        for pod in pods:
            self._recorder.event(pod, type_, reason, message)

    def _complain(self, name: str, pods: list[Object], users: list[Object]) -> set[str]:
        """Dice una vez, a cada Pod que espera, quién tiene el disco. Devuelve quiénes lo saben (uid)."""
        known = self._told.get(name, set())
        holders = ", ".join(sorted(one["metadata"]["name"] for one in users))
        why = f"Volume is already used by pod(s) {holders}" if users else \
            "Volume is already exclusively attached to one node and can't be attached to another"  # fmt: skip
        fresh = [one for one in pods if one["metadata"]["uid"] not in known]
        self._tell(fresh, "Warning", "FailedAttachVolume", f'Multi-Attach error for volume "{name}" {why}')
        return {one["metadata"]["uid"] for one in pods}

    def _remember(self, name: str, told: set[str]) -> None:
        self._told.pop(name, None)
        if told:
            self._told[name] = told

    # Soltar

    def _let_go(self, name: str, node: str, one: Object) -> float:
        """Suelta un disco que ya no usa nadie en un nodo. Devuelve cuándo volver si aún no se puede."""
        place = (name, node)
        self._due.pop(place, None)
        if one["metadata"].get("deletionTimestamp"):
            return float("inf")
        if not self._released(place):
            return RETRY
        self._idle.pop(place, None)
        self._report(node, leaving=name)
        self._api.delete(kinds.VOLUMEATTACHMENT, None, one["metadata"]["name"])
        return float("inf")

    def _released(self, place: tuple[str, str]) -> bool:
        """Si un disco que ningún Pod pide ya se puede quitar a su nodo: cuando este deja de decir que lo usa."""
        since = self._idle.setdefault(place, self._clock.now)
        found = find(self._api, kinds.NODE, None, place[1])
        if found is not None and (not self._in_use(place[0], found) or _is_out_of_service(found)):
            return True
        lost = found is None or not _is_ready(found)
        return lost and self._clock.now >= since + FORCE_AFTER

    def _in_use(self, name: str, node: Object) -> bool:
        volume = find(self._api, kinds.PERSISTENTVOLUME, None, name)
        return volume is not None and disks.unique_name(volume) in _in_use_by(node)

    # Contar

    def _report(self, node: str, leaving: str = "") -> None:
        """Escribe en un nodo los discos que tiene enganchados, menos el que se va a soltar, si no los decía ya."""
        found = find(self._api, kinds.NODE, None, node)
        if found is None:
            return
        here = [volume for one in self._attached.by("node", node) if _is_attached(one) and _volume_of(one) != leaving
                and (volume := find(self._api, kinds.PERSISTENTVOLUME, None, _volume_of(one))) is not None]  # fmt: skip
        told = [{"name": name, "devicePath": ""} for name in sorted(map(disks.unique_name, here)) if name]
        if ((found.get("status") or {}).get("volumesAttached") or []) != told:
            patch = {"status": {"volumesAttached": told or None}}
            self._api.patch(kinds.NODE, None, node, patch, subresource="status")

    # Noticias

    def _on_node(self, event: Event) -> None:
        """Un nodo deja de usar algún disco: se mira si era uno de los que se le quieren quitar."""
        if event.previous is None or _in_use_by(event.object) == _in_use_by(event.previous):
            return
        for name, node in self._idle:
            if node == event.object["metadata"]["name"]:
                self._queue.add(("", name), 0.0)

    def _on_pod(self, event: Event) -> None:
        claims = storage.claims_of(event.object)
        if claims:
            self._note(event.object, claims, gone=event.type == "DELETED", before=event.previous)

    def _note(self, pod: Object, claims: list[str], *, gone: bool, before: Object | None = None) -> None:
        """Apunta un Pod en sus peticiones, y pide mirar sus volúmenes si lo que usa ha cambiado."""
        namespace, name = key_of(pod)
        for claim in claims:
            users = self._users.setdefault((namespace, claim), {})
            users.pop(name, None)
            if not gone:
                users[name] = pod
            elif not users:
                del self._users[namespace, claim]
            using = not gone and storage.uses(pod, claim)
            if gone or before is None or using != storage.uses(before, claim):
                # Quien se va con su nodo aún en pie deja el disco en el acto: quizá el nodo es lo próximo que se va.
                self._look_at(namespace, claim, after=None if using else 0.0)

    def _on_claim(self, event: Event) -> None:
        if (event.object["metadata"]["namespace"], event.object["metadata"]["name"]) in self._users:
            self._look_at(*key_of(event.object), event.object)

    def _look_at(self, namespace: str, name: str, claim: Object | None = None, after: float | None = None) -> None:
        found = claim or find(self._api, kinds.PERSISTENTVOLUMECLAIM, namespace, name)
        volume = found["spec"].get("volumeName") if found is not None else None
        if volume:
            self._queue.add(("", volume), after)


def _shared(volume: Object) -> bool:
    return bool(_SHARED & set(volume["spec"].get("accessModes") or ()))


def _is_ready(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _is_out_of_service(node: Object) -> bool:
    return any(one["key"] == OUT_OF_SERVICE for one in node["spec"].get("taints") or ())


def _in_use_by(node: Object) -> list[str]:
    return (node.get("status") or {}).get("volumesInUse") or []


def _is_attached(attachment: Object) -> bool:
    leaving = attachment["metadata"].get("deletionTimestamp")
    return not leaving and bool((attachment.get("status") or {}).get("attached"))


def _volume_of(attachment: Object) -> str:
    return str((attachment["spec"].get("source") or {}).get("persistentVolumeName", ""))
