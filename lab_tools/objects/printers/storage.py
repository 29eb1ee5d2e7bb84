"""Las filas de lo que guarda datos: PersistentVolume, PersistentVolumeClaim, StorageClass y los de CSI."""

from __future__ import annotations

from collections.abc import Iterable

from lab_tools.objects import Object
from lab_tools.objects.printers.printer import NONE, UNSET, Cells, age, name, printer, spec, status

_SHORT_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_DEFAULT_ANNOTATIONS = ("storageclass.kubernetes.io/is-default-class",
                        "storageclass.beta.kubernetes.io/is-default-class")  # fmt: skip


def _claim(obj: Object, now: float) -> Cells:
    want, state = spec(obj), status(obj)
    bound = bool(want.get("volumeName"))
    return [
        name(obj),
        _phase(obj),
        want.get("volumeName", ""),
        (state.get("capacity") or {}).get("storage", "0") if bound else "",
        _modes(state.get("accessModes") or ()) if bound else "",
        _class(obj),
        want.get("volumeAttributesClassName") or UNSET,
        age(obj, now),
        want.get("volumeMode") or UNSET,
    ]


def _volume(obj: Object, now: float) -> Cells:
    want = spec(obj)
    claim = want.get("claimRef")
    return [
        name(obj),
        (want.get("capacity") or {}).get("storage", "0"),
        _modes(want.get("accessModes") or ()),
        want.get("persistentVolumeReclaimPolicy", ""),
        _phase(obj),
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        _class(obj),
        want.get("volumeAttributesClassName") or UNSET,
        status(obj).get("reason", ""),
        age(obj, now),
        want.get("volumeMode") or UNSET,
    ]


def _phase(obj: Object) -> str:
    return "Terminating" if obj["metadata"].get("deletionTimestamp") else str(status(obj).get("phase", ""))


def _modes(modes: Iterable[str]) -> str:
    """Abreviadas, sin repetir y en el orden de siempre."""
    found = set(modes)
    return ",".join(short for mode, short in _SHORT_MODES.items() if mode in found)


def _class(obj: Object) -> str:
    annotations = obj["metadata"].get("annotations") or {}
    return str(annotations.get(_CLASS_ANNOTATION) or spec(obj).get("storageClassName") or "")


def _storage_class(obj: Object, now: float) -> Cells:
    annotations = obj["metadata"].get("annotations") or {}
    default = any(annotations.get(key) == "true" for key in _DEFAULT_ANNOTATIONS)
    return [
        f"{name(obj)} (default)" if default else name(obj),
        obj.get("provisioner", ""),
        obj.get("reclaimPolicy") or "Delete",
        obj.get("volumeBindingMode") or "Immediate",
        bool(obj.get("allowVolumeExpansion")),
        age(obj, now),
    ]


def _csi_driver(obj: Object, now: float) -> Cells:
    want = spec(obj)
    tokens = ",".join(token.get("audience", "") for token in want.get("tokenRequests") or ())
    return [
        name(obj),
        want.get("attachRequired", True),
        want.get("podInfoOnMount", False),
        want.get("storageCapacity", False),
        tokens or UNSET,
        want.get("requiresRepublish", False),
        ",".join(want.get("volumeLifecycleModes") or ()) or NONE,
        age(obj, now),
    ]


def _csi_node(obj: Object, now: float) -> Cells:
    return [name(obj), len(spec(obj).get("drivers") or ()), age(obj, now)]


def _attachment(obj: Object, now: float) -> Cells:
    want = spec(obj)
    volume = (want.get("source") or {}).get("persistentVolumeName") or ""
    place = [want.get("attacher", ""), volume, want.get("nodeName", "")]
    return [name(obj), *place, status(obj).get("attached", False), age(obj, now)]


PERSISTENTVOLUMECLAIM = printer(
    "Name:name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|VolumeMode*", _claim
)
PERSISTENTVOLUME = printer(
    "Name:name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age"
    "|VolumeMode*",
    _volume,
)
STORAGECLASS = printer("Name:name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age", _storage_class)
CSIDRIVER = printer(
    "Name:name|AttachRequired:boolean|PodInfoOnMount:boolean|StorageCapacity:boolean|TokenRequests"
    "|RequiresRepublish:boolean|Modes|Age",
    _csi_driver,
)
CSINODE = printer("Name:name|Drivers:integer|Age", _csi_node)
VOLUMEATTACHMENT = printer("Name:name|Attacher:name|PV|Node|Attached:boolean|Age", _attachment)
