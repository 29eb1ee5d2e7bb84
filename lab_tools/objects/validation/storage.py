"""El juicio sobre PersistentVolume, PersistentVolumeClaim, StorageClass y VolumeAttributesClass.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object, quantity
from lab_tools.objects.enums import ACCESS
from lab_tools.objects.validation import affinity, checks, internal, names, selectors, volumes
from lab_tools.objects.validation.problem import Problem, forbidden, invalid, not_supported, required, too_long

VOLUME, CLAIM = "core.v1.PersistentVolumeSpec", "core.v1.PersistentVolumeClaimSpec"
CLASS_VALUES = {"reclaimPolicy": ("Delete", "Retain"), "volumeBindingMode": ("Immediate", "WaitForFirstConsumer")}
MOST_PARAMETERS, LONGEST_PARAMETERS = 512, 256 * 1024
_NOT_SOURCES = {"accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy",
                "storageClassName", "volumeAttributesClassName", "volumeMode"}  # fmt: skip
# Campos que un volumen de un Pod no necesita y un PersistentVolume sí.
_ALSO_NEEDED = {"csi": ("volumeHandle",), "local": ("path",)}
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
    if spec.get("dataSource") is not None:
        yield from checks.present(spec["dataSource"], "spec.dataSource", "name", "kind")


def claim_update(new: Object, old: Object) -> Iterator[Problem]:
    """De una petición solo crece lo pedido, y solo si ya tiene volumen; lo que aún no ha crecido se puede rebajar.

    A quien no nombraba clase se le puede dar una: el controlador lo hace cuando aparece una por omisión.
    """
    after, before = dict(new.get("spec") or {}), dict(old.get("spec") or {})
    asked, had = (_asked(one) for one in (after, before))
    old_spec, status = dict(before), old.get("status") or {}
    bound, has = status.get("phase") == "Bound", (status.get("capacity") or {}).get("storage")
    for spec in (after, before):
        # El volumen lo pone el controlador una sola vez.
        if not old_spec.get("volumeName"):
            spec.pop("volumeName", None)
        if old_spec.get("storageClassName") is None:
            spec.pop("storageClassName", None)
        if bound:
            spec.pop("resources", None)
        spec.pop("volumeAttributesClassName", None)
    if after != before:
        # Lo que sí puede cambiar se enseña como estaba.
        wanted = {**{key: value for key, value in old_spec.items() if key not in before}, **after}
        yield forbidden("spec", f"{_CLAIM_REFUSAL}\n{internal.difference(old_spec, wanted, 'ClaimSpec')}")
    elif bound and asked and had and quantity.parse(asked) < quantity.parse(had) and (
            not has or quantity.parse(asked) <= quantity.parse(has)):  # fmt: skip
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
    for kind in chosen[:1]:
        yield from volumes.details(kind, spec[kind], f"spec.{kind}")
        yield from checks.present(spec[kind], f"spec.{kind}", *_ALSO_NEEDED.get(kind, ()))
    yield from _from(spec, "local" in chosen[:1])
    yield from checks.one_of(spec, "spec", "volumeMode", VOLUME)


def _from(spec: Object, local: bool) -> Iterator[Problem]:
    """Desde dónde se llega a un volumen, y de qué clase es."""
    reach, name = spec.get("nodeAffinity"), spec.get("storageClassName", "")
    if local and reach is None:
        yield required("spec.nodeAffinity", "Local volume requires node affinity")
    if reach is not None and reach.get("required") is None:
        yield required("spec.nodeAffinity.required", "must specify required node constraints")
    elif reach is not None:
        yield from affinity.node_selector(reach["required"], "spec.nodeAffinity.required")
    if name:
        yield from checks.each(names.dns_subdomain(name), "spec.storageClassName", name)


def storage_class(obj: Object) -> Iterator[Problem]:
    """Los problemas de una clase de almacenamiento."""
    if not obj.get("provisioner"):
        yield required("provisioner")
    else:
        yield from checks.each(names.qualified_name(obj["provisioner"].lower()), "provisioner", obj["provisioner"])
    yield from _parameters(obj.get("parameters") or {})
    for key, values in CLASS_VALUES.items():
        if obj.get(key) not in (None, *values):
            yield not_supported(key, obj[key], values)
    for index, term in enumerate(obj.get("allowedTopologies") or ()):
        for at, one in enumerate(term.get("matchLabelExpressions") or ()):
            field, key = f"allowedTopologies[{index}].matchLabelExpressions[{at}]", one.get("key", "")
            if not one.get("values"):
                yield required(f"{field}.values")
            yield from checks.each(names.qualified_name(key), f"{field}.key", key)


def storage_class_update(new: Object, old: Object) -> Iterator[Problem]:
    """Una clase no cambia de idea: los volúmenes ya hechos no se enterarían."""
    for key in ("parameters", "provisioner", "reclaimPolicy"):
        if new.get(key) != old.get(key):
            yield forbidden(key, f"updates to {key} are forbidden.")
    yield from checks.immutable(new, old, "volumeBindingMode")


def attributes_class(obj: Object) -> Iterator[Problem]:
    """Los problemas de un VolumeAttributesClass: quién sabe cambiar un volumen, y qué le cambia."""
    driver, parameters = obj.get("driverName", ""), obj.get("parameters") or {}
    if not driver:
        yield required("driverName")
    else:
        yield from checks.each(names.qualified_name(driver.lower()), "driverName", driver)
    if not parameters:
        yield required("parameters", "must contain at least one key/value pair")
    yield from _parameters(parameters)


def attributes_class_update(new: Object, old: Object) -> Iterator[Problem]:
    """Una clase de atributos no cambia: se hace otra."""
    for key in ("driverName", "parameters"):
        if new.get(key) != old.get(key):
            yield forbidden(key, f"updates to {key} are forbidden.")


def _parameters(found: Object) -> Iterator[Problem]:
    """Lo que se le dice al controlador: cuántas cosas, y cuánto ocupan entre todas."""
    if len(found) > MOST_PARAMETERS:
        yield too_long("parameters", MOST_PARAMETERS)
        return
    if "" in found:
        yield invalid("parameters", "", "field can not be empty.")
    if sum(len(key.encode()) + len(value.encode()) for key, value in found.items()) > LONGEST_PARAMETERS:
        yield too_long("parameters", LONGEST_PARAMETERS)


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
