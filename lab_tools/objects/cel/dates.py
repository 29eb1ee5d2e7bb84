"""Las partes de una fecha o de un tiempo transcurrido: el año, la hora, los milisegundos…

Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md#standard-definitions
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lab_tools.objects.cel.fault import CelError, overload


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


METHODS: dict[str, Callable[..., Any]] = {
    "getFullYear": _part(lambda at: at.year), "getMonth": _part(lambda at: at.month - 1),
    "getDate": _part(lambda at: at.day), "getDayOfMonth": _part(lambda at: at.day - 1),
    "getDayOfWeek": _part(lambda at: at.isoweekday() % 7), "getDayOfYear": _part(lambda at: at.timetuple().tm_yday - 1),
    "getHours": _part(lambda at: at.hour, 3600), "getMinutes": _part(lambda at: at.minute, 60),
    "getSeconds": _part(lambda at: at.second, 1), "getMilliseconds": _milliseconds,
}  # fmt: skip
