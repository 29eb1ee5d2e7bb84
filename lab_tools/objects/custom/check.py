"""Juzgar un valor con su esquema: todos los problemas a la vez, con las palabras del servidor real.

Fuente: https://github.com/kubernetes/kube-openapi/tree/master/pkg/validation (validadores) y
https://github.com/kubernetes/apiextensions-apiserver/blob/v0.36.0/pkg/apiserver/validation/validation.go (frases)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lab_tools.objects.custom.formats import FORMATS
from lab_tools.objects.custom.structural import RESERVED, Structural, parse
from lab_tools.objects.validation.problem import (
    Problem,
    duplicate,
    invalid,
    not_supported,
    required,
    shown,
    too_many,
)

_JSON_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"),
)  # fmt: skip


def check(value: Any, schema: Structural, where: str = "") -> Iterator[Problem]:
    """Los problemas de `value`, que está en la ruta `where` (vacía en la raíz)."""
    if value is None and schema.nullable:
        return
    wrong = _type(value, schema, where)
    if wrong is not None:
        yield wrong
        return
    yield from _enum(value, schema, where)
    yield from _combined(value, schema, where)
    if isinstance(value, dict):
        yield from _object(value, schema, where)
    elif isinstance(value, list):
        yield from _list(value, schema, where)
    elif isinstance(value, str):
        yield from _string(value, schema, where)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(value, schema, where)


def _type(value: Any, schema: Structural, where: str) -> Problem | None:
    found = _name(value)
    if schema.int_or_string:
        return None if found in ("integer", "string") else _wrong_type(where, "integer,string", found)
    wanted = schema.type
    if not wanted or found == wanted or (wanted == "number" and found == "integer"):
        return None
    if wanted == "integer" and isinstance(value, float) and value.is_integer():
        return None
    return _wrong_type(where, wanted, found)


def _wrong_type(where: str, wanted: str, found: str) -> Problem:
    said = f'{where} in body must be of type {wanted}: "{found}"'
    return Problem("FieldValueTypeInvalid", where, f'Invalid value: "{found}": {said}', found)


def _name(value: Any) -> str:
    return next((name for type_, name in _JSON_TYPES if isinstance(value, type_)), "null")


def _enum(value: Any, schema: Structural, where: str) -> Iterator[Problem]:
    allowed = schema.raw.get("enum")
    if allowed and value not in allowed:
        yield not_supported(where, value, [one if isinstance(one, str) else shown(one) for one in allowed])


def _object(value: dict[str, Any], schema: Structural, where: str) -> Iterator[Problem]:
    raw = schema.raw
    for name in schema.required:
        if name not in value:
            yield required(_under(where, name))
    if len(value) < raw.get("minProperties", 0):
        yield _said(where, value, f"should have at least {raw['minProperties']} properties")
    if "maxProperties" in raw and len(value) > raw["maxProperties"]:
        yield too_many(where, len(value), raw["maxProperties"])
    for key, item in value.items():
        inner = schema.child(key)
        if inner is not None and not (not where and key in RESERVED):
            yield from check(item, inner, _under(where, key))


def _list(value: list[Any], schema: Structural, where: str) -> Iterator[Problem]:
    raw = schema.raw
    if len(value) < raw.get("minItems", 0):
        yield _said(where, len(value), f"should have at least {raw['minItems']} items")
    if "maxItems" in raw and len(value) > raw["maxItems"]:
        yield too_many(where, len(value), raw["maxItems"])
    if raw.get("uniqueItems") and _repeated([shown(item) for item in value]):
        yield _said(where, value, "shouldn't contain duplicates")
    for index in _clashes(value, raw):
        yield duplicate(f"{where}[{index}]", _identity(value[index], raw))
    if schema.items is not None:
        for index, item in enumerate(value):
            yield from check(item, schema.items, f"{where}[{index}]")


def _clashes(value: list[Any], raw: Any) -> list[int]:
    """Los elementos que repiten otro, en una lista que no lo admite."""
    if raw.get("x-kubernetes-list-type") not in ("set", "map"):
        return []
    return _repeated([shown(_identity(item, raw)) for item in value])


def _identity(item: Any, raw: Any) -> Any:
    if raw.get("x-kubernetes-list-type") == "map" and isinstance(item, dict):
        return {key: item[key] for key in raw.get("x-kubernetes-list-map-keys") or () if key in item}
    return item


def _repeated(texts: list[str]) -> list[int]:
    return [index for index, text in enumerate(texts) if text in texts[:index]]


def _string(value: str, schema: Structural, where: str) -> Iterator[Problem]:
    raw = schema.raw
    if "maxLength" in raw and len(value) > raw["maxLength"]:
        message = f"Too long: may not be more than {raw['maxLength']} bytes"
        yield Problem("FieldValueTooLong", where, message, value)
    if len(value) < raw.get("minLength", 0):
        yield _said(where, value, f"should be at least {raw['minLength']} chars long")
    if (pattern := raw.get("pattern")) and not _pattern(pattern).search(value):
        yield _said(where, value, f"should match '{pattern}'")
    valid = FORMATS.get(raw.get("format", ""))
    if valid is not None and not valid(value):
        yield _said(where, value, f"must be of type {raw['format']}: {shown(value)}")


def _number(value: float, schema: Structural, where: str) -> Iterator[Problem]:
    raw = schema.raw
    low, high, step = raw.get("minimum"), raw.get("maximum"), raw.get("multipleOf")
    if high is not None and (value >= high if raw.get("exclusiveMaximum") else value > high):
        yield _said(where, value, f"should be less than {_or_equal(raw, 'exclusiveMaximum')}{high}")
    if low is not None and (value <= low if raw.get("exclusiveMinimum") else value < low):
        yield _said(where, value, f"should be greater than {_or_equal(raw, 'exclusiveMinimum')}{low}")
    if step and abs(value / step - round(value / step)) > 1e-9:
        yield _said(where, value, f"should be a multiple of {step}")


def _or_equal(raw: Mapping[str, Any], exclusive: str) -> str:
    return "" if raw.get(exclusive) else "or equal to "


def _combined(value: Any, schema: Structural, where: str) -> Iterator[Problem]:
    """`allOf`, `anyOf`, `oneOf` y `not`. Solo de `allOf` se detalla lo que falla dentro."""
    raw, named = schema.raw, f'"{where}"'
    if schema.int_or_string:
        return
    for part in raw.get("allOf") or ():
        yield from check(value, parse(part), where)
    if (options := raw.get("anyOf")) and not any(_fits(value, part, where) for part in options):
        yield _composite(f"{named} must validate at least one schema (anyOf)")
    if options := raw.get("oneOf"):
        fitting = sum(_fits(value, part, where) for part in options)
        if fitting != 1:
            found = "Found none valid" if not fitting else f"Found {fitting} valid alternatives"
            yield _composite(f"{named} must validate one and only one schema (oneOf). {found}")
    if "not" in raw and _fits(value, raw["not"], where):
        yield _composite(f"{named} must not validate the schema (not)")


def _fits(value: Any, part: dict[str, Any], where: str) -> bool:
    return next(check(value, parse(part), where), None) is None


def _composite(text: str) -> Problem:
    # El servidor real pierde aquí la ruta y el valor: lo escribe así.
    return Problem("FieldValueInvalid", "<nil>", f'Invalid value: "": {text}', "")


def _said(where: str, value: Any, what: str) -> Problem:
    return invalid(where, value, f"{where} in body {what}")


def _under(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str]:
    """La expresión, o una que no exige nada si Python no la entiende como Go (`\\z`, `\\pN`…)."""
    try:
        return re.compile(text.replace(r"\z", r"\Z"))
    except re.error:
        return re.compile("")
