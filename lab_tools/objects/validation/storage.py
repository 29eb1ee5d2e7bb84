"""El juicio sobre PersistentVolume, PersistentVolumeClaim y StorageClass.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object, quantity
from lab_tools.objects.enums import ACCESS
from lab_tools.objects.validation import checks, names, selectors, volumes
from lab_tools.objects.validation.problem import Problem, forbidden, invalid, not_supported, required

VOLUME, CLAIM = "core.v1.PersistentVolumeSpec", "core.v1.PersistentVolumeClaimSpec"
CLASS_VALUES = {"reclaimPolicy": ("Delete", "Retain"), "volumeBindingMode": ("Immediate", "WaitForFirstConsumer")}
_NOT_SOURCES = {"accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy",
                "storageClassName", "volumeAttributesClassName", "volumeMode"}  # fmt: skip
_CLAIM_REFUSAL = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)


def claim(obj: Object) -> Iterator[Problem]:
    """Los problemas de una petición de almacenamiento."""
    spec = obj.get("spec") or {}
    yield from _modes(spec)
    yield from selectors.validate(spec.get("selector"), "spec.selector")
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        yield required("spec.resources[storage]")
    else:
        yield from _positive(requests["storage"], "spec.resources[storage]")
    if spec.get("storageClassName"):
        yield from checks.each(names.dns_subdomain(spec["storageClassName"]), "spec.storageClassName",
                               spec["storageClassName"])  # fmt: skip
    yield from checks.one_of(spec, "spec", "volumeMode", CLAIM)


def claim_update(new: Object, old: Object) -> Iterator[Problem]:
    """De una petición solo crece lo pedido, y solo si ya tiene volumen."""
    after, before = dict(new.get("spec") or {}), dict(old.get("spec") or {})
    asked, had = (_asked(one) for one in (after, before))
    bound = (old.get("status") or {}).get("phase") == "Bound"
    for spec in (after, before):
        # El volumen lo pone el controlador una sola vez.
        if not before.get("volumeName"):
            spec.pop("volumeName", None)
        if bound:
            spec.pop("resources", None)
        spec.pop("volumeAttributesClassName", None)
    if after != before:
        yield forbidden("spec", _CLAIM_REFUSAL)
    elif bound and asked and had and quantity.parse(asked) < quantity.parse(had):
        yield forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")


def volume(obj: Object) -> Iterator[Problem]:
    """Los problemas de un volumen."""
    spec = obj.get("spec") or {}
    yield from _modes(spec)
    capacity = spec.get("capacity") or {}
    if not capacity:
        yield required("spec.capacity")
    if set(capacity) != {"storage"}:
        yield not_supported("spec.capacity", capacity or None, ("storage",))
    for name, amount in capacity.items():
        yield from _positive(amount, f"spec.capacity[{name}]")
    yield from checks.one_of(spec, "spec", "persistentVolumeReclaimPolicy", VOLUME)
    chosen = [key for key, value in spec.items() if key not in _NOT_SOURCES and value is not None]
    if not chosen:
        yield required("spec", "must specify a volume type")
    for key in chosen[1:]:
        yield forbidden(f"spec.{key}", "may not specify more than 1 volume type")
    if "hostPath" in chosen[:1]:
        yield from volumes.host_path(spec["hostPath"], "spec.hostPath")
    yield from checks.one_of(spec, "spec", "volumeMode", VOLUME)


def storage_class(obj: Object) -> Iterator[Problem]:
    """Los problemas de una clase de almacenamiento."""
    if not obj.get("provisioner"):
        yield required("provisioner")
    for key, values in CLASS_VALUES.items():
        if obj.get(key) not in (None, *values):
            yield not_supported(key, obj[key], values)


def storage_class_update(new: Object, old: Object) -> Iterator[Problem]:
    """Una clase no cambia de idea: los volúmenes ya hechos no se enterarían."""
    for key in ("parameters", "provisioner"):
        if new.get(key) != old.get(key):
            yield forbidden(key, "updates to parameters are forbidden." if key == "parameters" else
                            "updates to provisioner are forbidden.")  # fmt: skip
    for key in ("reclaimPolicy", "volumeBindingMode"):
        yield from checks.immutable(new, old, key)


def _modes(spec: Object) -> Iterator[Problem]:
    modes = spec.get("accessModes") or []
    if not modes:
        yield required("spec.accessModes", "at least 1 access mode is required")
    for mode in modes:
        if mode not in ACCESS:
            yield not_supported("spec.accessModes", mode, ACCESS)
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        yield forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes")


def _positive(amount: str, field: str) -> Iterator[Problem]:
    if quantity.parse(amount) <= 0:
        yield invalid(field, amount, "must be greater than zero")


def _asked(spec: Object) -> str:
    return str(((spec.get("resources") or {}).get("requests") or {}).get("storage", ""))
