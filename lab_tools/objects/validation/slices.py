"""El juicio sobre un ResourceSlice: los dispositivos que un controlador anuncia, y en qué nodos están.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#resourceslice y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/resource/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab_tools.objects import Object
from lab_tools.objects.cel import versions
from lab_tools.objects.validation import affinity, checks, devices, names
from lab_tools.objects.validation.problem import (
    Problem,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
    too_long,
    too_many,
)

MOST_DEVICES, MOST_ADVANCED_DEVICES = 128, 64
MOST_PROPERTIES, MOST_VALUES, LONGEST_VALUE = 32, 48, 64
MOST_COUNTER_SETS, MOST_CONSUMPTIONS, MOST_COUNTERS = 8, 2, 32
MOST_TAINTS, MOST_CONDITIONS = 16, 4
_LISTS = ("bools", "ints", "strings", "versions")
_VALUES = ("bool", "int", "string", "version", *_LISTS)
_PLACES = ("nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection")
_ONE_PLACE = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
_ONE_PER_DEVICE = ("exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when "
                   "`perDeviceNodeSelection` is set to true in the ResourceSlice spec")  # fmt: skip
_ONLY_PER_DEVICE = ("`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to "
                    "true in the ResourceSlice spec")  # fmt: skip


def resource_slice(obj: Object) -> Iterator[Problem]:
    """Los problemas de un ResourceSlice."""
    spec = obj.get("spec") or {}
    yield from devices.driver_name(spec.get("driver", ""), "spec.driver")
    yield from _pool(spec.get("pool") or {}, "spec.pool")
    yield from _place(spec, "spec")
    if spec.get("sharedCounters") is not None and spec.get("devices") is not None:
        yield invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed")
    apart = bool(spec.get("perDeviceNodeSelection"))

    def device(one: Object, field: str) -> Iterator[Problem]:
        yield from _device(one, field, apart)

    found = spec.get("devices") or []
    most = MOST_ADVANCED_DEVICES if any(_is_advanced(one) for one in found) else MOST_DEVICES
    yield from devices.up_to(found, most, device, "spec.devices", "name")
    yield from devices.up_to(spec.get("sharedCounters") or [], MOST_COUNTER_SETS, _counter_set,
                             "spec.sharedCounters", "name")  # fmt: skip


def resource_slice_update(new: Object, old: Object) -> Iterator[Problem]:
    """Un ResourceSlice no cambia de controlador, de grupo ni de nodo."""
    yield from checks.immutable(new, old, "spec", "pool", "name")
    for key in ("driver", "nodeName"):
        yield from checks.immutable(new, old, "spec", key)


def _pool(pool: Object, field: str) -> Iterator[Problem]:
    yield from devices.pool_name(pool.get("name", ""), f"{field}.name")
    count, generation = pool.get("resourceSliceCount", 0), pool.get("generation", 0)
    if count <= 0:
        yield invalid(f"{field}.resourceSliceCount", count, "must be greater than zero")
    if generation < 0:
        yield invalid(f"{field}.generation", generation, "must be greater than or equal to zero")


def _place(spec: Object, field: str) -> Iterator[Problem]:
    """Desde qué nodos se llega: se dice de una sola manera."""
    selector = spec.get("nodeSelector")
    yield from _nodes(spec, field, "must be either unset or set to a non-empty string")
    if selector is not None:
        terms = selector.get("nodeSelectorTerms") or []
        if len(terms) != 1:
            yield invalid(f"{field}.nodeSelector.nodeSelectorTerms", terms, "must have exactly one node selector term")
    for key in ("allNodes", "perDeviceNodeSelection"):
        if spec.get(key) is False:
            yield invalid(f"{field}.{key}", False, "must be either unset or set to true")
    yield from _exactly_one(spec, field, _PLACES, _ONE_PLACE, f"{_ONE_PLACE}, but multiple fields are set")


def _nodes(one: Object, field: str, if_empty: str) -> Iterator[Problem]:
    """Un nodo por su nombre, o varios por sus etiquetas."""
    name, selector = one.get("nodeName"), one.get("nodeSelector")
    if name == "":
        yield invalid(f"{field}.nodeName", name, if_empty)
    elif name is not None:
        yield from checks.each(names.dns_subdomain(name), f"{field}.nodeName", name)
    if selector is not None:
        yield from affinity.node_selector(selector, f"{field}.nodeSelector")


def _exactly_one(one: Object, field: str, keys: tuple[str, ...], none: str, several: str) -> Iterator[Problem]:
    # Un selector vacío ({}) también es decirlo; un texto vacío o `false`, no.
    chosen = [f"`{key}`" for key in keys if one.get(key) not in (None, "", False)]
    if not chosen:
        yield required(field, none)
    elif len(chosen) > 1:
        yield invalid(field, f"{{{', '.join(chosen)}}}", several)


def _is_advanced(device: Object) -> bool:
    """Si usa lo que hace que quepan menos: manchas, contadores o atributos con varios valores."""
    listed = any(one.get(key) is not None for one in (device.get("attributes") or {}).values() for key in _LISTS)
    return listed or bool(device.get("taints") or device.get("consumesCounters"))


def _device(one: Object, field: str, apart: bool) -> Iterator[Problem]:
    yield from devices.label(one.get("name", ""), f"{field}.name")
    attributes, capacity = one.get("attributes") or {}, one.get("capacity") or {}
    yield from _totals(attributes, len(capacity), field)
    for name, value in attributes.items():
        yield from devices.qualified(name, f"{field}.attributes")
        yield from _attribute(value, f"{field}.attributes[{name}]")
    for name, value in capacity.items():
        yield from devices.qualified(name, f"{field}.capacity")
        if value.get("requestPolicy") is not None and not one.get("allowMultipleAllocations"):
            yield forbidden(f"{field}.capacity[{name}].requestPolicy", "allowMultipleAllocations must be true")
    yield from devices.up_to(one.get("taints") or [], MOST_TAINTS, _taint, f"{field}.taints")
    yield from devices.up_to(one.get("consumesCounters") or [], MOST_CONSUMPTIONS, _consumption,
                             f"{field}.consumesCounters", "counterSet")  # fmt: skip
    yield from _own_place(one, field, apart)
    yield from _conditions(one, field)


def _totals(attributes: Object, capacities: int, field: str) -> Iterator[Problem]:
    total = len(attributes) + capacities
    if total > MOST_PROPERTIES:
        detail = f"the total number of attributes and capacities must not exceed {MOST_PROPERTIES}"
        yield invalid(field, total, detail)
    values = sum(max(1, sum(len(one.get(key) or ()) for key in _LISTS)) for one in attributes.values())
    if values > MOST_VALUES:
        yield invalid(field, values, f"the total number of attribute values must not exceed {MOST_VALUES}")


def _attribute(value: Object, field: str) -> Iterator[Problem]:
    """El valor de un atributo: uno, de una clase."""
    for key, judge in (("string", _text), ("version", _version)):
        if value.get(key) is not None:
            yield from judge(value[key], f"{field}.{key}")
    for key in _LISTS:
        found = value.get(key)
        if found is not None and not found:
            yield invalid(f"{field}.{key}", found, "must not be empty if specified")
        for index, one in enumerate(found or ()):
            if key in ("strings", "versions"):
                yield from (_text if key == "strings" else _version)(one, f"{field}.{key}[{index}]")
    chosen = [key for key in _VALUES if value.get(key) is not None]
    if len(chosen) != 1:
        shown = "" if not chosen else {f"{key.capitalize()}Value" if key not in _LISTS else
                                       f"{key[:-1].capitalize()}Values": value.get(key) for key in _VALUES}  # fmt: skip
        yield invalid(field, shown, "exactly one value must be specified")


def _text(value: str, field: str) -> Iterator[Problem]:
    if len(value.encode()) > LONGEST_VALUE:
        yield too_long(field, LONGEST_VALUE)


def _version(value: str, field: str) -> Iterator[Problem]:
    if not versions.is_strict(value):
        yield invalid(field, value, "must be a string compatible with semver.org spec 2.0.0")
    yield from _text(value, field)


def _taint(one: Object, field: str) -> Iterator[Problem]:
    key, value, effect = one.get("key", ""), one.get("value", ""), one.get("effect", "")
    yield from devices.label_name(key, f"{field}.key")
    yield from checks.each(names.label_value(value), f"{field}.value", value)
    if not effect:
        yield required(f"{field}.effect")
    elif effect not in devices.EFFECTS:
        yield not_supported(f"{field}.effect", effect, devices.EFFECTS)


def _counter_set(one: Object, field: str) -> Iterator[Problem]:
    yield from _counters(one, "name", field)


def _consumption(one: Object, field: str) -> Iterator[Problem]:
    yield from _counters(one, "counterSet", field)


def _counters(one: Object, key: str, field: str) -> Iterator[Problem]:
    """Unos contadores con nombre: los que hay, o los que un dispositivo gasta."""
    name, found = one.get(key, ""), one.get("counters") or {}
    if not name:
        yield required(f"{field}.{key}")
    else:
        yield from devices.label(name, f"{field}.{key}")
    if not found:
        yield required(f"{field}.counters")
    elif len(found) > MOST_COUNTERS:
        yield too_many(f"{field}.counters", len(found), MOST_COUNTERS)
    else:
        for counter in found:
            yield from devices.label(counter, f"{field}.counters")


def _own_place(one: Object, field: str, apart: bool) -> Iterator[Problem]:
    """Dónde está este dispositivo, si cada uno dice lo suyo."""
    keys = ("nodeName", "nodeSelector", "allNodes")
    if not apart:
        if any(one.get(key) is not None for key in keys):
            yield invalid(field, None, _ONLY_PER_DEVICE)
        return
    yield from _nodes(one, field, "must not be empty")
    if one.get("allNodes") is False:
        yield invalid(f"{field}.allNodes", False, "must be either unset or set to true")
    yield from _exactly_one(one, field, keys, _ONE_PER_DEVICE, _ONE_PER_DEVICE)


def _conditions(one: Object, field: str) -> Iterator[Problem]:
    """Qué se espera antes de dar el dispositivo, y qué dice que no se podrá."""
    good, bad = one.get("bindingConditions") or [], one.get("bindingFailureConditions") or []
    for key, found in (("bindingConditions", good), ("bindingFailureConditions", bad)):
        yield from devices.up_to(found, MOST_CONDITIONS, devices.label_name, f"{field}.{key}")
    for index, name in enumerate(good):
        if name in good[:index]:
            yield duplicate(f"{field}.bindingConditions[{index}]", name)
    for index, name in enumerate(bad):
        where = f"{field}.bindingFailureConditions[{index}]"
        if name in bad[:index]:
            yield duplicate(where, name)
        if name in good:
            yield invalid(where, name, "bindingFailureConditions must not overlap with bindingConditions")
    yield from _both(good, bad, field, "bindingConditions", "bindingFailureConditions")
    yield from _both(bad, good, field, "bindingFailureConditions", "bindingConditions")


def _both(one: list[Any], other: list[Any], field: str, needed: str, user: str) -> Iterator[Problem]:
    if other and not one:
        yield invalid(f"{field}.{needed}", None, f"{needed} are required to use {user}")
