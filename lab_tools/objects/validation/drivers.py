"""El juicio sobre quien sirve almacenamiento o ejecuta contenedores: CSI, VolumeAttachment y RuntimeClass.

Fuente: https://kubernetes.io/docs/concepts/storage/volumes/#csi y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/storage/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import affinity, checks, metadata, names, resources, selectors
from lab_tools.objects.validation.problem import Problem, duplicate, invalid, not_supported, required

GROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
LIFECYCLES = ("Persistent", "Ephemeral")
LONGEST_NODE_ID = 256
SHORTEST_TOKEN, LONGEST_TOKEN, SHORTEST_PERIOD = 600, 2**32, 10
_ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


def csi_driver(obj: Object) -> Iterator[Problem]:
    """Los problemas de un CSIDriver."""
    spec = obj.get("spec") or {}
    policy = spec.get("fsGroupPolicy")
    if policy is not None and policy not in GROUP_POLICIES:
        yield not_supported("spec.fsGroupPolicy", policy, GROUP_POLICIES)
    yield from _tokens(spec.get("tokenRequests") or [], "spec.tokenRequests")
    for mode in spec.get("volumeLifecycleModes") or ():
        if mode not in LIFECYCLES:
            yield not_supported("spec.volumeLifecycleModes", mode, LIFECYCLES)
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < SHORTEST_PERIOD:
        detail = f"must be greater than or equal to {SHORTEST_PERIOD} seconds"
        yield invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, detail)


def csi_driver_update(new: Object, old: Object) -> Iterator[Problem]:
    """Cómo se monta lo suyo no cambia: hay volúmenes montados así."""
    for key in ("attachRequired", "volumeLifecycleModes"):
        yield from checks.immutable(new, old, "spec", key)


def csi_node(obj: Object) -> Iterator[Problem]:
    """Los problemas de un CSINode: qué controladores de almacenamiento hay en un nodo."""
    seen: set[str] = set()
    for index, one in enumerate((obj.get("spec") or {}).get("drivers") or ()):
        field, name, node = f"spec.drivers[{index}]", one.get("name", ""), one.get("nodeID", "")
        yield from checks.each(names.dns_subdomain(name), f"{field}.name", name)
        if not node:
            yield required(f"{field}.nodeID")
        elif len(node) > LONGEST_NODE_ID:
            yield invalid(f"{field}.nodeID", node, f"must be {LONGEST_NODE_ID} characters or less")
        yield from checks.not_negative(one.get("allocatable") or {}, f"{field}.allocatable", "count")
        if name in seen:
            yield duplicate(f"{field}.name", name)
        seen.add(name)
        yield from _topology(one.get("topologyKeys") or [], field)


def attachment(obj: Object) -> Iterator[Problem]:
    """Los problemas de un VolumeAttachment: qué volumen, a qué nodo y quién lo lleva."""
    spec = obj.get("spec") or {}
    source, node = spec.get("source") or {}, spec.get("nodeName", "")
    inline, volume = source.get("inlineVolumeSpec"), source.get("persistentVolumeName")
    if not spec.get("attacher"):
        yield required("spec.attacher")
    if inline is None and volume is None:
        yield required("spec.source", _ONE)
    elif inline is not None and volume is not None:
        yield Problem("FieldValueForbidden", "spec.source", f"Forbidden: {_ONE}", "")
    elif volume == "":
        yield required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName")
    yield from checks.each(names.dns_subdomain(node), "spec.nodeName", node)


def attachment_update(new: Object, old: Object) -> Iterator[Problem]:
    """Lo que se ató no se ata a otro sitio: se borra y se hace otro."""
    yield from checks.immutable(new, old, "spec")


def capacity(obj: Object) -> Iterator[Problem]:
    """Los problemas de un CSIStorageCapacity."""
    name = obj.get("storageClassName", "")
    yield from selectors.validate(obj.get("nodeTopology"), "nodeTopology")
    yield from checks.each(names.dns_subdomain(name), "storageClassName", name)


def capacity_update(new: Object, old: Object) -> Iterator[Problem]:
    """De qué clase y de qué nodos es la capacidad no cambia."""
    for key in ("nodeTopology", "storageClassName"):
        yield from checks.immutable(new, old, key)


def runtime_class(obj: Object) -> Iterator[Problem]:
    """Los problemas de un RuntimeClass: quién ejecuta, cuánto gasta y en qué nodos está."""
    handler, place = obj.get("handler", ""), obj.get("scheduling") or {}
    yield from checks.each(names.dns_label(handler), "handler", handler)
    overhead = (obj.get("overhead") or {}).get("podFixed")
    if overhead:
        yield from resources.validate({"limits": overhead}, "overhead")
    yield from metadata.labels(place.get("nodeSelector"), "scheduling.nodeSelector")
    for index, one in enumerate(place.get("tolerations") or ()):
        yield from affinity.toleration(one, f"scheduling.tolerations[{index}]")


def runtime_class_update(new: Object, old: Object) -> Iterator[Problem]:
    """Quien ejecuta no cambia."""
    yield from checks.immutable(new, old, "handler")


def _tokens(asked: list[Object], field: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, one in enumerate(asked):
        where, audience, seconds = f"{field}[{index}]", one.get("audience", ""), one.get("expirationSeconds")
        if audience in seen:
            yield duplicate(f"{where}.audience", audience)
            continue
        seen.add(audience)
        if seconds is not None and seconds < SHORTEST_TOKEN:
            yield invalid(f"{where}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
        if seconds is not None and seconds > LONGEST_TOKEN:
            yield invalid(f"{where}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")


def _topology(keys: list[str], field: str) -> Iterator[Problem]:
    for index, key in enumerate(keys):
        if not key:
            yield required(field)
        if key in keys[:index]:
            yield duplicate(field, key)
        yield from checks.each(names.qualified_name(key), field, key)
