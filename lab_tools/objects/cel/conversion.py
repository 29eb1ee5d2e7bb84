"""De un tipo a otro: números, textos, bytes, tiempos e instantes.

Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md#type-conversion
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from lab_tools.objects.cel import network
from lab_tools.objects.cel.fault import CelError, overload
from lab_tools.objects.cel.values import Duration, Quantity, is_number, whole

_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


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


def string(value: Any) -> str:
    """Un valor, como texto."""
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


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "int": _int, "uint": _uint, "double": _double, "string": string, "bool": _bool, "bytes": _bytes,
    "duration": duration, "timestamp": timestamp,
}  # fmt: skip
