"""Los volúmenes de un Pod al elegirle nodo: los que ya tiene, los que faltan y los que se harán donde caiga.

Fuente: https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from lab_tools.embedded.api.protocol import Api, find
from lab_tools.objects import Object, clone, kinds, storage

# De cada nodo, cuántos discos de cada controlador de almacenamiento admite, si su CSINode lo dice.
Limits = Mapping[str, Mapping[str, int]]
# Un disco: su controlador y su nombre; el que aún no está hecho, el de su petición.
Disk = tuple[str, str]
_NOT_FOUND = "not found"
NO_VOLUMES = "node(s) didn't find available persistent volumes to bind"
OUT_OF_REACH = "node(s) didn't match PersistentVolume's node affinity"
TOO_MANY = "node(s) exceed max volume count"
OTHER_ZONE = "node(s) had no available volume zone"
TAKEN = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
_ALONE = "ReadWriteOncePod"


@dataclass(slots=True)
class Needs:
    """Lo que un Pod necesita de sus peticiones.

    `trouble` es por qué no puede ir a ningún nodo (vacío si puede); `bound`, sus volúmenes; `waiting`, las peticiones
    que esperan nodo y su clase; `free`, los volúmenes entre los que elegir; `alone`, las
    peticiones que solo admiten un Pod en todo el clúster; `limits`, los discos que admite cada nodo, y `disks` dice los
    de un Pod.
    """

    trouble: str = ""
    bound: list[Object] = field(default_factory=list)
    waiting: list[tuple[Object, Object]] = field(default_factory=list)
    free: list[Object] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    limits: Limits = field(default_factory=dict)
    disks: Callable[[Object], set[Disk]] = lambda pod: set()


def look(api: Api, pod: Object, limits: Limits | None = None) -> Needs | None:
    """Mira las peticiones de un Pod; `None` si no usa ninguna."""
    names = storage.claims_of(pod)
    if not names:
        return None
    needs = Needs(limits=limits or {}, disks=partial(disks_of, api))
    for name in names:
        claim = find(api, kinds.PERSISTENTVOLUMECLAIM, pod["metadata"]["namespace"], name)
        trouble = _classify(api, needs, claim) if claim is not None else f'persistentvolumeclaim "{name}" {_NOT_FOUND}'
        needs.trouble = needs.trouble or trouble
        if claim is not None and _ALONE in (claim["spec"].get("accessModes") or ()):
            needs.alone.append(name)
    if needs.waiting:
        needs.free = api.list(kinds.PERSISTENTVOLUME).items
    return needs


def _classify(api: Api, needs: Needs, claim: Object) -> str:
    name = claim["metadata"]["name"]
    if claim["metadata"].get("deletionTimestamp"):
        return f'persistentvolumeclaim "{name}" is being deleted'
    if storage.is_bound(claim):
        volume = find(api, kinds.PERSISTENTVOLUME, None, claim["spec"]["volumeName"])
        if volume is None:
            missing = claim["spec"]["volumeName"]
            return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{missing}"'
        needs.bound.append(volume)
        return ""
    found = find(api, kinds.STORAGECLASS, None, claim["spec"].get("storageClassName") or "-")
    if found is None or found.get("volumeBindingMode") != storage.WAITS or claim["spec"].get("volumeName"):
        return "pod has unbound immediate PersistentVolumeClaims"
    needs.waiting.append((claim, found))
    return ""


def limits_of(csi_node: Object) -> dict[str, int]:
    """Cuántos discos de cada controlador dice un CSINode que admite su nodo."""
    drivers = csi_node["spec"].get("drivers") or ()
    return {one["name"]: int(one["allocatable"]["count"]) for one in drivers
            if (one.get("allocatable") or {}).get("count") is not None}  # fmt: skip


def disks_of(api: Api, pod: Object) -> set[Disk]:
    """Los discos de CSI de un Pod."""
    found = set()
    for name in storage.claims_of(pod):
        claim = find(api, kinds.PERSISTENTVOLUMECLAIM, pod["metadata"]["namespace"], name)
        if claim is None:
            continue
        volume = find(api, kinds.PERSISTENTVOLUME, None, claim["spec"].get("volumeName") or "-")
        made = find(api, kinds.STORAGECLASS, None, claim["spec"].get("storageClassName") or "-")
        if volume is not None and "csi" in volume["spec"]:
            found.add((volume["spec"]["csi"]["driver"], volume["spec"]["csi"]["volumeHandle"]))
        elif volume is None and made is not None:
            found.add((made["provisioner"], f"{pod['metadata']['namespace']}/{name}"))
    return found


def overflows(needs: Needs, pod: Object, node: str, others: Iterable[Object]) -> bool:
    """Si con los discos de un Pod un nodo pasaría de los que admite. Uno que ya está en él no cuenta dos veces."""
    limits = needs.limits.get(node)
    if not limits:
        return False
    here = {disk for one in others for disk in needs.disks(one)}
    new = needs.disks(pod) - here
    return any(sum(disk[0] == driver for disk in (*here, *new)) > most
               for driver, most in limits.items() if any(disk[0] == driver for disk in new))  # fmt: skip


def taken(needs: Needs, pod: Object, others: Iterable[Object]) -> bool:
    """Si otro Pod ya colocado usa una petición que solo admite uno."""
    namespace = pod["metadata"]["namespace"]
    return any(one["metadata"]["namespace"] == namespace and any(storage.uses(one, name) for name in needs.alone)
               for one in others)  # fmt: skip


def refusals(needs: Needs, node: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Por qué los volúmenes descartan un nodo; vacío si sirve."""
    reasons = []
    if not all(storage.reaches(volume, node, labels) for volume in needs.bound):
        reasons.append(OUT_OF_REACH)
    if not all(storage.makes_for(found, labels) or _choice(needs, claim, node, labels)
               for claim, found in needs.waiting):  # fmt: skip
        reasons.append(NO_VOLUMES)
    return tuple(reasons)


def _choice(needs: Needs, claim: Object, node: str, labels: Mapping[str, str]) -> Object | None:
    return storage.best((one for one in needs.free if storage.reaches(one, node, labels)), claim)


def nowhere(needs: Needs, total: int) -> str:
    """El mensaje de un Pod que no cabe en ninguno de los `total` nodos por culpa de una petición."""
    start = f"0/{total} nodes are available: {needs.trouble}. "
    if needs.trouble.endswith(_NOT_FOUND):
        return start + _NOT_FOUND
    return (f"{start}no new claims to deallocate, preemption: 0/{total} nodes are available: "
            f"{total} Preemption is not helpful for scheduling.")  # fmt: skip


def reserve(api: Api, needs: Needs, node: str, labels: Mapping[str, str]) -> None:
    """Pide los volúmenes que faltan para el nodo elegido. Repetirlo no cambia nada."""
    for claim, _ in needs.waiting:
        volume = _choice(needs, claim, node, labels)
        if volume is not None:
            _keep_for(api, volume, claim)
        elif storage.annotation(claim, storage.SELECTED_NODE) != node:
            fresh = clone(claim)
            fresh["metadata"].setdefault("annotations", {})[storage.SELECTED_NODE] = node
            api.update(kinds.PERSISTENTVOLUMECLAIM, fresh)


def _keep_for(api: Api, volume: Object, claim: Object) -> None:
    if (volume["spec"].get("claimRef") or {}).get("uid") == claim["metadata"]["uid"]:
        return
    fresh, meta = clone(volume), claim["metadata"]
    fresh["metadata"].setdefault("annotations", {})[storage.BY_CONTROLLER] = "yes"
    fresh["spec"]["claimRef"] = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": meta["namespace"],
                                 "name": meta["name"], "uid": meta["uid"],
                                 "resourceVersion": meta["resourceVersion"]}  # fmt: skip
    api.update(kinds.PERSISTENTVOLUME, fresh)
