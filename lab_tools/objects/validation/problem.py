"""Un problema de un objeto, dicho como lo dice el servidor real.

Los mensajes van en inglés y con la puntuación exacta, porque el estudiante los buscará fuera de aquí.
Fuente: https://github.com/kubernetes/apimachinery/blob/v0.36.0/pkg/util/validation/field/errors.go
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """Una causa de un Status 422.

    `reason` es «FieldValueInvalid», «FieldValueRequired»…; `field`, la ruta («spec.replicas»);
    `message`, la frase entera («Invalid value: -1: must be…») y `value` lo que se rechazó.
    """

    reason: str
    field: str
    message: str
    value: Any = None


def shown(value: Any) -> str:
    """Un valor como lo escribe Go en un mensaje: los textos entre comillas, lo compuesto en JSON."""
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def required(field: str, detail: str = "") -> Problem:
    """Falta un valor."""
    return Problem("FieldValueRequired", field, f"Required value: {detail}" if detail else "Required value", "")


def invalid(field: str, value: Any, detail: str) -> Problem:
    """El valor no vale."""
    return Problem("FieldValueInvalid", field, f"Invalid value: {shown(value)}: {detail}", value)


def not_supported(field: str, value: Any, allowed: Iterable[str]) -> Problem:
    """El valor no es uno de los admitidos. Se citan en el orden en que llegan."""
    names = ", ".join(f'"{name}"' for name in allowed)
    message = f"Unsupported value: {shown(value)}: supported values: {names}"
    return Problem("FieldValueNotSupported", field, message, value)


def duplicate(field: str, value: Any) -> Problem:
    """El valor ya estaba."""
    return Problem("FieldValueDuplicate", field, f"Duplicate value: {shown(value)}", value)


def forbidden(field: str, detail: str) -> Problem:
    """El campo no se puede poner o cambiar."""
    return Problem("FieldValueForbidden", field, f"Forbidden: {detail}", "")


def not_found(field: str, value: Any) -> Problem:
    """El valor nombra algo que no existe."""
    return Problem("FieldValueNotFound", field, f"Not found: {shown(value)}", value)


def too_long(field: str, limit: int) -> Problem:
    """El valor pasa de `limit` bytes."""
    return Problem("FieldValueTooLong", field, f"Too long: may not be more than {limit} bytes", "")


def too_many(field: str, count: int, limit: int) -> Problem:
    """La lista pasa de `limit` elementos."""
    return Problem("FieldValueTooMany", field, f"Too many: {count}: must have at most {limit} items", count)
