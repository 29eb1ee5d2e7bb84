"""Las funciones del idioma: operadores, conversiones, fechas y opcionales; y las tablas donde están todas.

`FUNCTIONS` son las que se llaman por su nombre (`f(x)`, `sets.contains(a, b)`) y los operadores; `METHODS`, las que se
llaman sobre un valor (`x.f(y)`). Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md#functions
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lab_tools.objects.cel import asking, lists, network, text, versions
from lab_tools.objects.cel.fault import CelError, overload, too_dear
from lab_tools.objects.cel.lists import sort_by
from lab_tools.objects.cel.values import (
    NONE,
    Duration,
    Optional,
    Quantity,
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
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


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


# Conversiones


def _int(value: Any) -> int:
    if isinstance(value, datetime):
        return math.floor(value.timestamp())
    if isinstance(value, str):
        if not re.fullmatch(r"[+-]?\d+", value):
            raise CelError(f'strconv.ParseInt: parsing "{value}": invalid syntax')
        return whole(int(value))
    if isinstance(value, bool) or not is_number(value) or (isinstance(value, float) and not math.isfinite(value)):
        raise overload() if isinstance(value, bool) or not is_number(value) else CelError("integer overflow")
    return whole(int(value))


def _uint(value: Any) -> int:
    if isinstance(value, str):
        if not value.isdecimal():
            raise CelError(f'strconv.ParseUint: parsing "{value}": invalid syntax')
        return whole(int(value), True)
    if not is_number(value):
        raise overload()
    return whole(int(value), True)


def _double(value: Any) -> float:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise CelError(f'strconv.ParseFloat: parsing "{value}": invalid syntax') from None
    if not is_number(value):
        raise overload()
    return float(value)


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.9f}".rstrip("0").rstrip(".") + "s"
    if isinstance(value, Quantity):
        raise overload()
    return network.written(value)


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "TRUE", "True", "t", "T", "1"):
        return True
    if value in ("false", "FALSE", "False", "f", "F", "0"):
        return False
    raise CelError(f'strconv.ParseBool: parsing "{value}": invalid syntax') if isinstance(value, str) else overload()


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise overload()
    return value.encode()


def duration(value: Any) -> Duration:
    """Un tiempo transcurrido: «1h30m», «250ms»."""
    if isinstance(value, timedelta):
        return Duration(seconds=value.total_seconds())
    sign, body = (-1, value[1:]) if value[:1] == "-" else (1, value.removeprefix("+"))
    parts = _PART.findall(body)
    if "".join(number + unit for number, unit in parts) != body or not (parts or body == "0"):
        raise CelError(f'time: invalid duration "{value}"')
    return Duration(seconds=sign * sum(float(number) * _UNITS[unit] for number, unit in parts))


def timestamp(value: Any) -> datetime:
    """Un instante: «2026-01-02T03:04:05Z», o segundos desde 1970."""
    if isinstance(value, datetime):
        return value
    if is_number(value):
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str):
        raise overload()
    try:
        if _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise CelError(f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00": cannot parse "{value}"')


def _size(value: Any) -> int:
    if not isinstance(value, str | bytes | list | dict):
        raise overload()
    return len(value)


# Fechas


def _when(value: Any, zone: str) -> datetime:
    if not isinstance(value, datetime):
        raise overload()
    if not zone:
        return value.astimezone(UTC)
    shift = re.fullmatch(r"([+-]?)(\d\d):(\d\d)", zone)
    if shift:
        minutes = int(shift[2]) * 60 + int(shift[3])
        return value.astimezone(timezone(timedelta(minutes=-minutes if shift[1] == "-" else minutes)))
    try:
        return value.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        raise CelError(f"unknown time zone {zone}") from None


def _part(read: Callable[[datetime], int], seconds: float = 0) -> Callable[..., int]:
    """Una parte de una fecha o, si `seconds` lo dice, de un tiempo transcurrido (en esas unidades)."""

    def get(value: Any, zone: str = "") -> int:
        if isinstance(value, timedelta):
            if not seconds:
                raise overload()
            return math.trunc(value.total_seconds() / seconds)
        return read(_when(value, zone))

    return get


def _milliseconds(value: Any, zone: str = "") -> int:
    if isinstance(value, timedelta):
        return math.trunc(value.total_seconds() * 1000)
    return _when(value, zone).microsecond // 1000


_DATES: dict[str, Callable[..., Any]] = {
    "getFullYear": _part(lambda at: at.year), "getMonth": _part(lambda at: at.month - 1),
    "getDate": _part(lambda at: at.day), "getDayOfMonth": _part(lambda at: at.day - 1),
    "getDayOfWeek": _part(lambda at: at.isoweekday() % 7), "getDayOfYear": _part(lambda at: at.timetuple().tm_yday - 1),
    "getHours": _part(lambda at: at.hour, 3600), "getMinutes": _part(lambda at: at.minute, 60),
    "getSeconds": _part(lambda at: at.second, 1), "getMilliseconds": _milliseconds,
}  # fmt: skip


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
    **_OPERATORS, "size": _size, "int": _int, "uint": _uint, "double": _double, "string": _string, "bool": _bool,
    "bytes": _bytes, "duration": duration, "timestamp": timestamp, "dyn": lambda value: value,
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
    "size": _size, **_DATES, **_OPTIONALS, **asking.METHODS, **text.METHODS, **lists.METHODS, **network.METHODS,
    **versions.METHODS, **_COMPARED,
    # El mismo nombre sobre textos y sobre listas: decide el valor.
    **{name: text.either(text.METHODS[name], lists.METHODS[name]) for name in ("indexOf", "lastIndexOf", "reverse")},
}  # fmt: skip
