"""Un horario de cron: de «*/5 9-17 * * mon-fri» a los instantes que nombra, en su zona horaria. Sin efectos.

Entiende lo mismo que el servidor real, ni más ni menos: cinco campos, nombres, `@hourly` y sus hermanos, y
`@every 90s`. Supone que el horario ya pasó la validación.
Fuente: https://github.com/robfig/cron/blob/v3.0.1/spec.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol

from lab_tools.objects.validation.cron import FIELDS, problems

_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
# El 29 de febrero puede tardar hasta ocho años; más allá, no llegará nunca (31 de febrero).
_HORIZON_DAYS = 366 * 8 + 2


class Schedule(Protocol):
    """Lo que se le pregunta a un horario."""

    def after(self, instant: float) -> float | None:
        """El primer instante posterior a `instant` (segundos desde la época), o `None` si no habrá ninguno."""


class Every(NamedTuple):
    """`@every`: cada tantos segundos, contando desde la última vez."""

    seconds: float

    def after(self, instant: float) -> float | None:
        """El instante siguiente, en segundos enteros."""
        return float(int(instant)) + self.seconds


class OnCalendar(NamedTuple):
    """Un horario que se lee en un calendario adelantado `offset` segundos respecto al reloj del clúster."""

    schedule: Schedule
    offset: int

    def after(self, instant: float) -> float | None:
        """El primer instante del reloj posterior a `instant` en que toca."""
        found = self.schedule.after(instant + self.offset)
        return found - self.offset if found is not None else None


def on_calendar(schedule: Schedule, offset: int) -> Schedule:
    """El horario, con el calendario en hora."""
    return OnCalendar(schedule, offset) if offset else schedule


class Fields(NamedTuple):
    """Los cinco campos, ya como conjuntos, y la zona en que se leen."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    # Con los dos días restringidos basta uno; si alguno es «*», manda el otro.
    either_day: bool
    zone: tzinfo

    def after(self, instant: float) -> float | None:
        """El primer minuto del horario posterior a `instant`."""
        local = datetime.fromtimestamp(instant, self.zone)
        for ahead in range(_HORIZON_DAYS):
            day = local.date() + timedelta(days=ahead)
            if self._is_day(day):
                first = local.hour if ahead == 0 else 0
                found = next((one for one in self._instants(day, first) if one > instant), None)
                if found is not None:
                    return found
        return None

    def _is_day(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, (day.weekday() + 1) % 7 in self.weekdays
        return by_day or by_weekday if self.either_day else by_day and by_weekday

    def _instants(self, day: date, first_hour: int) -> Iterator[float]:
        """Los del día, por orden. La hora que el cambio de verano se salta no existe; la que repite, va dos veces."""
        for hour in sorted(one for one in self.hours if one >= first_hour):
            seen: set[float] = set()
            for fold in (0, 1):
                for minute in sorted(self.minutes):
                    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone, fold=fold)
                    at = wall.timestamp()
                    exists = datetime.fromtimestamp(at, self.zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
                    if exists and at not in seen:
                        seen.add(at)
                        yield at


def parse(schedule: str, zone: str | None = None) -> Schedule:
    """El horario, en la zona `zone` (la del servidor, UTC, si no se dice).

    Lanza `ValueError` si el horario no se entiende, y `LookupError` si la zona no existe.
    """
    wrong = problems(schedule)
    if wrong:
        raise ValueError(wrong[0])
    if schedule.startswith("@every "):
        return Every(max(float(int(_duration(schedule.removeprefix("@every ")))), 1.0))
    parts = _DESCRIPTORS.get(schedule, schedule).split()
    sets = [_values(part, *field) for part, field in zip(parts, FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = (frozenset(one) for one in sets)
    either = not (_is_star(parts[2]) or _is_star(parts[4]))
    return Fields(minutes, hours, days, months, weekdays, either, zone_of(zone))


def zone_of(name: str | None) -> tzinfo:
    """La zona horaria; sin nombre, UTC. Lanza `LookupError` si no existe."""
    if name is None or name in ("UTC", "Etc/UTC"):
        return UTC
    # Casi nadie pone zona horaria, y la lista de zonas tarda en cargarse.
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except ValueError as error:
        raise LookupError(str(error)) from error


def _duration(text: str) -> float:
    return sum(float(amount) * _UNITS[unit] for amount, unit in re.findall(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)", text))


def _is_star(part: str) -> bool:
    return any(piece in ("*", "?", "*/1", "?/1") for piece in part.split(","))


def _values(part: str, low: int, high: int, words: Mapping[str, int]) -> set[int]:
    found: set[int] = set()
    for piece in part.split(","):
        spread, _, step = piece.partition("/")
        start, _, end = spread.partition("-")
        if start in ("*", "?"):
            first, last = low, high
        else:
            first = _number(start, words)
            last = _number(end, words) if end else (high if step else first)
        found.update(range(first, last + 1, int(step or 1)))
    return found


def _number(text: str, words: Mapping[str, int]) -> int:
    return words[text.lower()] if text.lower() in words else int(text)
