"""El juicio sobre lo que se pide de los dispositivos de un nodo: ResourceClaim, su plantilla y DeviceClass.

Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/resource/validation/validation.go
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lab_tools.objects import Object
from lab_tools.objects.validation import affinity, checks, metadata, names
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

MOST, MOST_ALTERNATIVES, MOST_CONSUMERS = 32, 8, 256
LONGEST_NAME, LONGEST_ID, LONGEST_POOL = 63, 32, 253
LONGEST_EXPRESSION = LONGEST_PARAMETERS = 10 * 1024
EFFECTS, OPERATORS = ("NoExecute", "NoSchedule", "None"), ("Equal", "Exists")
_MODES = ("All", "ExactCount")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_IDENTIFIER = ("a valid C identifier must start with alphabetic character or '_', followed by a string of "
                   "alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for "
                   "validation is '[A-Za-z_][A-Za-z0-9_]*')")  # fmt: skip
_ONE_KIND = "exactly one of `exactly` or `firstAvailable` is required"
_NO_SUCH_REQUEST = ("must be the name of a request in the claim or the name of a request and a subrequest separated "
                    "by '/'")  # fmt: skip
Asked = Mapping[str, frozenset[str]]
Judge = Callable[[Any, str], Iterator[Problem]]


def claim(obj: Object) -> Iterator[Problem]:
    """Los problemas de un ResourceClaim: qué dispositivos pide, y cuáles tiene ya."""
    spec = obj.get("spec") or {}
    yield from _devices(spec.get("devices") or {}, "spec.devices")
    yield from _reserved(obj.get("status") or {}, "status")


def claim_update(new: Object, old: Object) -> Iterator[Problem]:
    """Lo pedido no cambia, y lo dado tampoco: se devuelve entero."""
    yield from checks.immutable(new, old, "spec")
    before, after = ((one.get("status") or {}).get("allocation") for one in (old, new))
    if before is not None and after is not None and before != after:
        yield invalid("status.allocation", after, checks.IMMUTABLE)


def template(obj: Object) -> Iterator[Problem]:
    """Los problemas de una plantilla: los de los ResourceClaims que saldrán de ella."""
    spec = obj.get("spec") or {}
    meta = spec.get("metadata") or {}
    yield from metadata.annotation_map(meta.get("annotations"), "spec.metadata.annotations")
    yield from metadata.labels(meta.get("labels"), "spec.metadata.labels")
    yield from _devices((spec.get("spec") or {}).get("devices") or {}, "spec.spec.devices")


def template_update(new: Object, old: Object) -> Iterator[Problem]:
    """Una plantilla no cambia."""
    yield from checks.immutable(new, old, "spec")


def device_class(obj: Object) -> Iterator[Problem]:
    """Los problemas de un DeviceClass: qué dispositivos son de la clase y cómo se preparan."""
    spec = obj.get("spec") or {}
    yield from up_to(spec.get("selectors") or [], MOST, _selector, "spec.selectors")
    yield from up_to(spec.get("config") or [], MOST, _configuration, "spec.config")
    extended = spec.get("extendedResourceName")
    if extended is not None and not _is_extended(extended):
        yield invalid("spec.extendedResourceName", extended, "must be a valid extended resource name")


def up_to(found: list[Any], most: int, judge: Judge, field: str, key: str | None = None) -> Iterator[Problem]:
    """Una lista de a lo sumo `most` elementos, cada uno con su juicio. Con `key`, ninguno repite la suya."""
    if len(found) > most:
        yield too_many(field, len(found), most)
        return
    for index, one in enumerate(found):
        yield from judge(one, f"{field}[{index}]")
    if key is None:
        return
    seen: set[str] = set()
    for index, one in enumerate(found):
        value = one.get(key, "") if key else one
        if value in seen:
            yield duplicate(f"{field}[{index}]", value)
        seen.add(value)


def driver_name(name: str, field: str) -> Iterator[Problem]:
    """El nombre de quien maneja los dispositivos: el de un controlador de CSI vale."""
    if not name:
        yield required(field)
    if len(name) > LONGEST_NAME:
        yield too_long(field, LONGEST_NAME)
    yield from checks.each(names.dns_subdomain(name.lower()), field, name)


def label(name: str, field: str) -> Iterator[Problem]:
    """Un nombre corto: el de un dispositivo, el de una petición, el de un contador."""
    yield from checks.each(names.dns_label(name), field, name)


def label_name(name: str, field: str) -> Iterator[Problem]:
    """Una clave como las de las etiquetas."""
    yield from checks.each(names.qualified_name(name), field, name)


def pool_name(name: str, field: str) -> Iterator[Problem]:
    """El nombre de un grupo de dispositivos: uno o varios de DNS, entre barras."""
    if not name:
        yield required(field)
        return
    if len(name) > LONGEST_POOL:
        yield too_long(field, LONGEST_POOL)
    for part in name.split("/"):
        yield from checks.each(names.dns_subdomain(part), field, part)


def qualified(name: str, field: str) -> Iterator[Problem]:
    """El nombre de un atributo: un identificador, con el dominio de quien lo define o sin él."""
    domain, slash, rest = name.partition("/")
    if not slash:
        yield from _identifier(name, field)
        return
    if not domain:
        yield invalid(field, "", "the domain must not be empty")
    else:
        yield from driver_name(domain, field)
    if not rest:
        yield invalid(field, "", "the name must not be empty")
    else:
        yield from _identifier(rest, field)


def toleration(one: Object, field: str) -> Iterator[Problem]:
    """Una tolerancia a las manchas de un dispositivo."""
    key, operator, value, effect = (one.get(name, "") for name in ("key", "operator", "value", "effect"))
    if key:
        yield from checks.each(names.qualified_name(key), f"{field}.key", key)
    if operator == "Exists":
        if value:
            yield invalid(f"{field}.value", value, "must be empty for operator `Exists`")
    elif operator == "Equal":
        yield from checks.each(names.label_value(value), f"{field}.value", value)
    elif operator:
        yield not_supported(f"{field}.operator", operator, OPERATORS)
    if effect and effect not in EFFECTS:
        yield not_supported(f"{field}.effect", effect, EFFECTS)


def _identifier(name: str, field: str) -> Iterator[Problem]:
    if len(name) > LONGEST_ID:
        yield too_long(field, LONGEST_ID)
    if not _IDENTIFIER.fullmatch(name):
        yield invalid(field, name, _NOT_IDENTIFIER)


def _devices(asked: Object, field: str) -> Iterator[Problem]:
    """Las peticiones, lo que las une y cómo se preparan."""
    known = _requests(asked)
    yield from up_to(asked.get("requests") or [], MOST, _request, f"{field}.requests", "name")

    def constraint(one: Object, where: str) -> Iterator[Problem]:
        yield from _constraint(one, where, known)

    def configuration(one: Object, where: str) -> Iterator[Problem]:
        yield from _references(one, where, known)
        yield from _configuration(one, where)

    yield from up_to(asked.get("constraints") or [], MOST, constraint, f"{field}.constraints")
    yield from up_to(asked.get("config") or [], MOST, configuration, f"{field}.config")


def _requests(asked: Object) -> Asked:
    """De cada petición, los nombres de sus alternativas."""
    return {one.get("name", ""): frozenset(other.get("name", "") for other in one.get("firstAvailable") or ())
            for one in asked.get("requests") or ()}  # fmt: skip


def _request(one: Object, field: str) -> Iterator[Problem]:
    yield from label(one.get("name", ""), f"{field}.name")
    exact, choices = one.get("exactly"), one.get("firstAvailable") or []
    if exact is None and not choices:
        yield required(field, _ONE_KIND)
    elif exact is not None and choices:
        yield invalid(field, None, f"{_ONE_KIND}, but multiple fields are set")
    elif exact is not None:
        yield from _exactly(exact, f"{field}.exactly")
    else:
        yield from up_to(choices, MOST_ALTERNATIVES, _choice, f"{field}.firstAvailable", "name")


def _choice(one: Object, field: str) -> Iterator[Problem]:
    yield from label(one.get("name", ""), f"{field}.name")
    yield from _exactly(one, field)


def _exactly(one: Object, field: str) -> Iterator[Problem]:
    chosen, mode, count = one.get("deviceClassName", ""), one.get("allocationMode", ""), one.get("count", 0)
    if not chosen:
        yield required(f"{field}.deviceClassName")
    else:
        yield from checks.each(names.dns_subdomain(chosen), f"{field}.deviceClassName", chosen)
    yield from up_to(one.get("selectors") or [], MOST, _selector, f"{field}.selectors")
    if mode == "All" and count:
        yield invalid(f"{field}.count", count, "must not be specified when allocationMode is 'All'")
    elif mode == "ExactCount" and count <= 0:
        yield invalid(f"{field}.count", count, "must be greater than zero")
    elif mode not in _MODES:
        yield not_supported(f"{field}.allocationMode", mode, _MODES)
    for index, each in enumerate(one.get("tolerations") or ()):
        yield from toleration(each, f"{field}.tolerations[{index}]")


def _selector(one: Object, field: str) -> Iterator[Problem]:
    """Una expresión de CEL sobre un dispositivo."""
    where = f"{field}.cel.expression"
    if one.get("cel") is None:
        yield required(f"{field}.cel")
        return
    source = one["cel"].get("expression", "")
    if len(source) > LONGEST_EXPRESSION:
        yield too_long(where, LONGEST_EXPRESSION)
        return
    from lab_tools.objects import cel  # CEL pesa: solo lo paga quien escribe un selector
    from lab_tools.objects.cel import types

    device = {"driver": cel.STRING, "attributes": types.map_of(types.map_of(cel.DYN)),
              "capacity": types.map_of(types.map_of(types.QUANTITY)), "allowMultipleAllocations": cel.BOOL}  # fmt: skip
    try:
        result = cel.compile(source, {"device": types.object_of(device, "kubernetes.DRADevice")}).result.name
    except cel.CompileError as error:
        yield invalid(where, source, f"compilation failed: {error}")
        return
    if result not in ("bool", "dyn"):
        yield invalid(where, source, f"must evaluate to bool or the unknown type, not {result}")


def _constraint(one: Object, field: str, known: Asked) -> Iterator[Problem]:
    yield from _references(one, field, known)
    for key in ("matchAttribute", "distinctAttribute"):
        name = one.get(key)
        if name is not None:
            yield from qualified(name, f"{field}.{key}")
            if "/" not in name:
                detail = "a fully qualified name must be a domain and a name separated by a slash"
                yield invalid(f"{field}.{key}", name, detail)
            return
    yield required(field, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields '
                          "are set")  # fmt: skip


def _references(one: Object, field: str, known: Asked) -> Iterator[Problem]:
    """De qué peticiones se habla."""

    def reference(name: str, where: str) -> Iterator[Problem]:
        parts = name.split("/")
        if len(parts) <= 2:
            for part in parts:
                yield from label(part, where)
        if len(parts) > 2 or parts[0] not in known or (len(parts) == 2 and parts[1] not in known[parts[0]]):
            yield invalid(where, name, _NO_SUCH_REQUEST)

    yield from up_to(one.get("requests") or [], MOST, reference, f"{field}.requests", "")


def _configuration(one: Object, field: str) -> Iterator[Problem]:
    opaque = one.get("opaque")
    if opaque is None:
        yield required(f"{field}.opaque")
        return
    yield from driver_name(opaque.get("driver", ""), f"{field}.opaque.driver")
    where, parameters = f"{field}.opaque.parameters", opaque.get("parameters")
    if parameters is None:
        yield required(where)
    elif not isinstance(parameters, dict):
        yield invalid(where, "<value omitted>", "must be a valid JSON object")
    elif len(json.dumps(parameters, separators=(",", ":"), ensure_ascii=False).encode()) > LONGEST_PARAMETERS:
        yield too_long(where, LONGEST_PARAMETERS)


def _reserved(status: Object, field: str) -> Iterator[Problem]:
    """Quién usa lo que se dio."""
    consumers, given = status.get("reservedFor") or [], status.get("allocation")
    yield from up_to(consumers, MOST_CONSUMERS, _consumer, f"{field}.reservedFor", "uid")
    if consumers and given is None:
        yield forbidden(f"{field}.reservedFor", "may not be specified when `allocated` is not set")
    chosen = (given or {}).get("nodeSelector")
    if chosen is not None:
        yield from affinity.node_selector(chosen, f"{field}.allocation.nodeSelector")


def _consumer(one: Object, field: str) -> Iterator[Problem]:
    yield from checks.present(one, field, "resource", "name", "uid")


def _is_extended(name: str) -> bool:
    """Si es un recurso con apellido que no es de Kubernetes, como «nvidia.com/gpu»."""
    outside = "/" in name and "kubernetes.io/" not in name and not name.startswith("requests.")
    return outside and not names.qualified_name(f"requests.{name}")
