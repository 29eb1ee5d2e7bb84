"""Las quejas sobre un horario de cron, con las palabras de la biblioteca que usa el servidor real.

Fuente: https://github.com/robfig/cron/blob/v3.0.1/parser.go
"""

from __future__ import annotations

import re
from collections.abc import Mapping

DESCRIPTORS = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Mínimo, máximo y nombres de cada campo: minuto, hora, día, mes, día de la semana.
FIELDS: tuple[tuple[int, int, Mapping[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: at + 1 for at, name in enumerate(_MONTHS)}),
    (0, 6, {name: at for at, name in enumerate(_DAYS)}),
)
_EVERY = re.compile(r"@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+")


class _Wrong(ValueError):
    """El primer fallo; `str` es el mensaje."""


def problems(schedule: str) -> tuple[str, ...]:
    """El primer fallo del horario, o nada."""
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        return ("cannot use TZ or CRON_TZ in schedule, use timeZone field instead",)
    if schedule.startswith("@"):
        known = schedule in DESCRIPTORS or _EVERY.fullmatch(schedule)
        return () if known else (f"unrecognized descriptor: {schedule}",)
    parts = schedule.split()
    if len(parts) != len(FIELDS):
        return (f"expected exactly 5 fields, found {len(parts)}: [{' '.join(parts)}]",)
    try:
        for part, (low, high, words) in zip(parts, FIELDS, strict=True):
            for piece in part.split(","):
                _piece(piece, low, high, words)
    except _Wrong as wrong:
        return (str(wrong),)
    return ()


def _piece(piece: str, low: int, high: int, words: Mapping[str, int]) -> None:
    spread, *steps = piece.split("/")
    ends = spread.split("-")
    if ends[0] in ("*", "?"):
        start, end = low, high
    else:
        start = _number(ends[0], words)
        end = start
        if len(ends) == 2:
            end = _number(ends[1], words)
        elif len(ends) > 2:
            raise _Wrong(f"too many hyphens: {piece}")
    if len(steps) > 1:
        raise _Wrong(f"too many slashes: {piece}")
    if steps and len(ends) == 1:
        end = high
    step = _number(steps[0], {}) if steps else 1
    _bounds(piece, start, end, step, low, high)


def _bounds(piece: str, start: int, end: int, step: int, low: int, high: int) -> None:
    if start < low:
        raise _Wrong(f"beginning of range ({start}) below minimum ({low}): {piece}")
    if end > high:
        raise _Wrong(f"end of range ({end}) above maximum ({high}): {piece}")
    if start > end:
        raise _Wrong(f"beginning of range ({start}) beyond end of range ({end}): {piece}")
    if step == 0:
        raise _Wrong(f"step of range should be a positive number: {piece}")


def _number(text: str, words: Mapping[str, int]) -> int:
    if text.lower() in words:
        return words[text.lower()]
    if not re.fullmatch(r"[+-]?\d+", text):
        raise _Wrong(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    if int(text) < 0:
        raise _Wrong(f"negative number ({int(text)}) not allowed: {text}")
    return int(text)
