"""Qué es un impresor, y las frases que comparten todos."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab_tools.objects import Object, duration
from lab_tools.objects.selector import LabelSelector

Cells = list[Any]

NONE = "<none>"
UNSET = "<unset>"
UNKNOWN = "<unknown>"

_DESCRIPTIONS = {
    "Name": "Name of the object, unique within its namespace.",
    "Age": "Time since the object was created.",
    "Created At": "Time when the object was created, in RFC3339 form and UTC.",
    "Labels": "Labels of the object.",
}


@dataclass(frozen=True, slots=True)
class Printer:
    """Las columnas de un tipo y la función que llena una fila: (objeto, momento) → celdas."""

    columns: tuple[Object, ...]
    cells: Callable[[Object, float], Cells]
    order: Callable[[Object], Any] | None = None
    """Por qué se ordenan las filas de una lista; sin ello, como llegan."""


def printer(columns: str, cells: Callable[[Object, float], Cells],
            order: Callable[[Object], Any] | None = None) -> Printer:  # fmt: skip
    """Un impresor con sus columnas en una línea: nombres entre barras, «:integer» el tipo y «*» las de `-o wide`."""
    return Printer(tuple(_column(text) for text in columns.split("|")), cells, order)


def _column(text: str) -> Object:
    wide = text.endswith("*")
    name, _, type_ = text.removesuffix("*").partition(":")
    return {
        "name": name,
        "type": "string" if type_ in ("", "name") else type_,
        "format": "name" if type_ == "name" else "",
        "description": _DESCRIPTIONS.get(name, ""),
        "priority": int(wide),
    }


def name(obj: Object) -> str:
    """`metadata.name`."""
    return str(obj["metadata"].get("name", ""))


def age(obj: Object, now: float) -> str:
    """Cuánto hace que se creó."""
    return duration.since(obj["metadata"].get("creationTimestamp"), now)


def spec(obj: Object) -> Object:
    """`spec`, o un mapa vacío."""
    return obj.get("spec") or {}


def status(obj: Object) -> Object:
    """`status`, o un mapa vacío."""
    return obj.get("status") or {}


def labels(found: Mapping[str, str] | None) -> str:
    """«a=b,c=d» en orden alfabético."""
    return ",".join(f"{key}={value}" for key, value in sorted((found or {}).items())) or NONE


def selector(found: Object | None) -> str:
    """Un selector con `matchLabels` y `matchExpressions`, en una línea."""
    return (str(LabelSelector.from_object(found)) if found else "") or NONE


def containers(template: Object | None) -> tuple[str, str]:
    """Nombres e imágenes de los contenedores de una plantilla, separados por comas."""
    found = spec(template or {}).get("containers") or ()
    return ",".join(c.get("name", "") for c in found), ",".join(c.get("image", "") for c in found)


def at_most(items: Sequence[str], limit: int, separator: str = ",") -> str:
    """Los primeros elementos y, si hay más, cuántos."""
    shown = separator.join(items[:limit])
    return f"{shown} + {len(items) - limit} more..." if len(items) > limit else shown


def is_true(conditions: Iterable[Object] | None, type_: str) -> bool:
    """Si una condición de ese tipo está en `True`."""
    return any(c.get("type") == type_ and c.get("status") == "True" for c in conditions or ())


def load_balancer(found: Object | None) -> str:
    """Las direcciones que dio el balanceador, por orden."""
    ingress = (found or {}).get("ingress") or ()
    return ",".join(sorted({point.get("ip") or point.get("hostname") or "" for point in ingress} - {""}))
