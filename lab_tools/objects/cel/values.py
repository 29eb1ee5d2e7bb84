"""Los tipos que a Python le faltan, y cómo se comparan y se nombran los valores.

Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md#values
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lab_tools.objects.cel.fault import CelError, overload

MAX_INT, MIN_INT, MAX_UINT = 2**63 - 1, -(2**63), 2**64 - 1


class UInt(int):
    """Un entero sin signo de 64 bits."""

    __slots__ = ()


class Duration(timedelta):
    """Un tiempo transcurrido."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """Una cantidad de Kubernetes: su texto y lo que vale."""

    text: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TypeName:
    """Un tipo como valor: lo que da `type(x)`."""

    name: str


@dataclass(frozen=True, slots=True)
class Optional:
    """Un valor que puede faltar."""

    value: Any = None
    present: bool = False

    def get(self) -> Any:
        """El valor. Lanza `CelError` si falta."""
        if not self.present:
            raise CelError("optional.none() dereference")
        return self.value


NONE = Optional()


def some(value: Any) -> Optional:
    """Un opcional con valor."""
    return Optional(value, True)


_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "bool"), (UInt, "uint"), (int, "int"), (float, "double"), (str, "string"), (bytes, "bytes"), (list, "list"),
    (dict, "map"), (type(None), "null_type"), (datetime, "google.protobuf.Timestamp"),
    (timedelta, "google.protobuf.Duration"), (Optional, "optional_type"), (Quantity, "kubernetes.Quantity"),
    (TypeName, "type"),
)  # fmt: skip


def type_name(value: Any) -> str:
    """El nombre del tipo de un valor."""
    found = next((name for kind, name in _NAMES if isinstance(value, kind)), None)
    kind = type(value).__name__
    return found or (f"kubernetes.{kind}" if kind == "Semver" else f"net.{kind}")


def is_number(value: Any) -> bool:
    """Si es un entero o un decimal (un booleano no lo es)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def equals(one: Any, other: Any) -> bool:
    """La igualdad de CEL: los números se comparan entre sí; lo demás, solo con su tipo."""
    kind = type(one)
    if kind is type(other) and kind not in (list, dict, Optional):
        return bool(one == other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if is_number(one) and is_number(other):
        return bool(one == other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equals, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return len(one) == len(other) and all(key in other and equals(value, other[key]) for key, value in one.items())
    if isinstance(one, Optional) and isinstance(other, Optional):
        return one.present == other.present and equals(one.value, other.value)
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return one.amount == other.amount
    return kind is type(other) and bool(one == other)


def compare(one: Any, other: Any) -> int:
    """-1, 0 o 1. Lanza `CelError` si no se pueden ordenar."""
    comparable = (is_number(one) and is_number(other)) or any(
        isinstance(one, kind) and isinstance(other, kind) for kind in (str, bool, bytes, datetime, timedelta)
    )
    if not comparable:
        raise overload()
    return int(one > other) - int(one < other)


def whole(value: int, unsigned: bool = False) -> int:
    """Un resultado entero, si cabe en 64 bits. Lanza `CelError`."""
    low, high = (0, MAX_UINT) if unsigned else (MIN_INT, MAX_INT)
    if not low <= value <= high:
        raise CelError("unsigned integer overflow" if unsigned else "integer overflow")
    return UInt(value) if unsigned else value


def is_zero(value: Any) -> bool:
    """Si es el valor vacío de su tipo."""
    return value is None or (isinstance(value, bool | int | float | str | bytes | list | dict) and not value)
