"""Las funciones del idioma: operadores y opcionales; y las tablas donde están todas.

`FUNCTIONS` son las que se llaman por su nombre (`f(x)`, `sets.contains(a, b)`) y los operadores; `METHODS`, las que se
llaman sobre un valor (`x.f(y)`). Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md#functions
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from lab_tools.objects.cel import asking, conversion, dates, lists, network, text, versions
from lab_tools.objects.cel.fault import CelError, overload, too_dear
from lab_tools.objects.cel.lists import sort_by
from lab_tools.objects.cel.values import (
    NONE,
    Duration,
    Optional,
    TypeName,
    UInt,
    compare,
    equals,
    is_number,
    is_zero,
    some,
    type_name,
    whole,
)

__all__ = ["CONSTANTS", "FUNCTIONS", "METHODS", "sort_by"]

CONSTANTS: dict[str, TypeName] = {
    name: TypeName(full) for name, full in (
        ("bool", "bool"), ("int", "int"), ("uint", "uint"), ("double", "double"), ("string", "string"),
        ("bytes", "bytes"), ("list", "list"), ("map", "map"), ("null_type", "null_type"), ("type", "type"),
    )
}  # fmt: skip
# Lo más largo que puede salir de juntar textos o listas.
_LONGEST = 1 << 21


# Operadores


def _add(one: Any, other: Any) -> Any:
    if is_number(one) and type(one) is type(other):
        return one + other if isinstance(one, float) else whole(one + other, isinstance(one, UInt))
    if type(one) is type(other) and isinstance(one, str | bytes | list):
        if len(one) + len(other) > _LONGEST:
            raise too_dear()
        return one + other
    if isinstance(one, timedelta) and isinstance(other, timedelta):
        return Duration(seconds=(one + other).total_seconds())
    if isinstance(one, datetime) and isinstance(other, timedelta):
        return one + other
    if isinstance(one, timedelta) and isinstance(other, datetime):
        return other + one
    raise overload()


def _subtract(one: Any, other: Any) -> Any:
    if is_number(one) and type(one) is type(other):
        return one - other if isinstance(one, float) else whole(int(one) - int(other), isinstance(one, UInt))
    if isinstance(one, datetime) and isinstance(other, timedelta):
        return one - other
    alike = any(isinstance(one, kind) and isinstance(other, kind) for kind in (timedelta, datetime))
    if alike:
        return Duration(seconds=(one - other).total_seconds())
    raise overload()


def _multiply(one: Any, other: Any) -> Any:
    if not is_number(one) or type(one) is not type(other):
        raise overload()
    return one * other if isinstance(one, float) else whole(int(one) * int(other), isinstance(one, UInt))


def _divide(one: Any, other: Any) -> Any:
    if not is_number(one) or type(one) is not type(other):
        raise overload()
    if isinstance(one, float):
        return one / other if other else math.nan if not one or math.isnan(one) else math.copysign(math.inf, one)
    if not other:
        raise CelError("division by zero")
    quotient = abs(int(one)) // abs(int(other))
    return whole(quotient if (one < 0) == (other < 0) else -quotient, isinstance(one, UInt))


def _remainder(one: Any, other: Any) -> Any:
    if not is_number(one) or type(one) is not type(other) or isinstance(one, float):
        raise overload()
    if not other:
        raise CelError("modulus by zero")
    rest = abs(int(one)) % abs(int(other))
    return whole(-rest if one < 0 else rest, isinstance(one, UInt))


def _negate(value: Any) -> Any:
    if not is_number(value) or isinstance(value, UInt):
        raise overload()
    return -value if isinstance(value, float) else whole(-value)


def _not(value: Any) -> bool:
    if value is not True and value is not False:
        raise overload()
    return not value


def _within(value: Any, whole_: Any) -> bool:
    if isinstance(whole_, list):
        return any(equals(value, one) for one in whole_)
    if isinstance(whole_, dict):
        return isinstance(value, str | int) and value in whole_
    raise overload()


def _at(value: Any, index: Any) -> Any:
    if isinstance(value, Optional):
        return some(_at(value.value, index)) if value.present else NONE
    if isinstance(value, dict):
        if index not in value:
            raise CelError(f"no such key: {index}")
        return value[index]
    if not isinstance(value, list) or not is_number(index) or index != int(index):
        raise overload()
    if not 0 <= index < len(value):
        raise CelError(f"index out of bounds: {index}")
    return value[int(index)]


def _size(value: Any) -> int:
    if not isinstance(value, str | bytes | list | dict):
        raise overload()
    return len(value)


# Opcionales


def _or_value(value: Optional, other: Any) -> Any:
    return value.value if value.present else other


def _or(value: Optional, other: Optional) -> Optional:
    return value if value.present else other


_OPTIONALS: dict[str, Callable[..., Any]] = {
    "hasValue": lambda value: value.present, "value": lambda value: value.get(), "orValue": _or_value, "or": _or,
}  # fmt: skip

_OPERATORS: dict[str, Callable[..., Any]] = {
    "_+_": _add, "_-_": _subtract, "_*_": _multiply, "_/_": _divide, "_%_": _remainder, "-_": _negate, "!_": _not,
    "_==_": equals, "_!=_": lambda one, other: not equals(one, other),
    "_<_": lambda one, other: compare(one, other) < 0, "_<=_": lambda one, other: compare(one, other) <= 0,
    "_>_": lambda one, other: compare(one, other) > 0, "_>=_": lambda one, other: compare(one, other) >= 0,
    "@in": _within, "_[_]": _at,
}  # fmt: skip

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **_OPERATORS, **conversion.FUNCTIONS, "size": _size, "dyn": lambda value: value,
    "type": lambda value: TypeName(type_name(value)), "matches": text.matches,
    "optional.of": some, "optional.none": lambda: NONE,
    "optional.ofNonZeroValue": lambda value: NONE if is_zero(value) else some(value),
    **text.FUNCTIONS, **lists.FUNCTIONS, **network.FUNCTIONS, **versions.FUNCTIONS,
}  # fmt: skip

_ORDER = versions.either(lists.METHODS["compareTo"])
# El mismo nombre sobre versiones y sobre cantidades.
_COMPARED: dict[str, Callable[..., Any]] = {
    "compareTo": _ORDER, "isGreaterThan": lambda one, other: _ORDER(one, other) > 0,
    "isLessThan": lambda one, other: _ORDER(one, other) < 0,
}  # fmt: skip

METHODS: dict[str, Callable[..., Any]] = {
    "size": _size, **dates.METHODS, **_OPTIONALS, **asking.METHODS, **text.METHODS, **lists.METHODS, **network.METHODS,
    **versions.METHODS, **_COMPARED,
    # El mismo nombre sobre textos y sobre listas: decide el valor.
    **{name: text.either(text.METHODS[name], lists.METHODS[name]) for name in ("indexOf", "lastIndexOf", "reverse")},
}  # fmt: skip
