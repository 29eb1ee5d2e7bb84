"""Los ladrillos de las demás reglas: un campo contra una comprobación, un enumerado, un no negativo.

Cada función recorre campos de un objeto y entrega problemas con su ruta.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lab_tools.objects import Object
from lab_tools.objects.enums import ENUMS
from lab_tools.objects.validation import names
from lab_tools.objects.validation.problem import Problem, invalid, not_supported, required

MAX_INT32 = 2**31 - 1
IMMUTABLE = "field is immutable"


def each(messages: Iterable[str], field: str, value: Any) -> Iterator[Problem]:
    """Un «Invalid value» por mensaje."""
    return (invalid(field, value, message) for message in messages)


def not_negative(obj: Object, field: str, *keys: str) -> Iterator[Problem]:
    """Los campos enteros que no pueden bajar de cero."""
    for key in keys:
        value = obj.get(key)
        if isinstance(value, int):
            yield from each(names.not_negative(value), f"{field}.{key}", value)


def one_of(obj: Object, field: str, key: str, enum: str, *, needed: bool = False) -> Iterator[Problem]:
    """Un campo cerrado. `enum` es el nombre del tipo en `ENUMS`; con `needed`, no puede faltar."""
    value = obj.get(key)
    if value in (None, ""):
        if needed:
            yield required(f"{field}.{key}")
    elif value not in ENUMS[f"{enum}.{key}"]:
        yield not_supported(f"{field}.{key}", value, ENUMS[f"{enum}.{key}"])


def present(obj: Object, field: str, *keys: str) -> Iterator[Problem]:
    """Los campos de texto que no pueden faltar ni estar vacíos."""
    return (required(f"{field}.{key}") for key in keys if not obj.get(key))


def immutable(new: Object, old: Object, *path: str) -> Iterator[Problem]:
    """Un campo que no puede cambiar, por su ruta: `immutable(new, old, "spec", "selector")`."""
    before: Any = old
    after: Any = new
    for key in path:
        before = (before or {}).get(key)
        after = (after or {}).get(key)
    if before != after:
        yield invalid(".".join(path), after, IMMUTABLE)
