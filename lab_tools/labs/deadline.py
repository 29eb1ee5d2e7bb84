"""Plazos: un instante con su zona horaria, y cómo se dice lo que queda.

El plazo informa. Aquí no se cierra nada: qué pasa con lo que llega tarde lo decide la política de quien corrige.
"""

from __future__ import annotations

from datetime import UTC, datetime

from lab_tools.errors import LabError

_UNITS = ((86400, "día", "días"), (3600, "hora", "horas"), (60, "minuto", "minutos"))
_EXAMPLE = "Escríbelo como 2026-03-01T23:59:00+01:00."


def parse(value: object) -> datetime:
    """El plazo escrito, en ISO 8601. `LabError` si no es una fecha o no dice su zona horaria."""
    if isinstance(value, datetime):
        found = value
    else:
        try:
            found = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
        except ValueError:
            raise LabError(f"«{value}» no es un plazo.", _EXAMPLE) from None
    if found.tzinfo is None:
        raise LabError(f"«{value}» no dice en qué zona horaria.", _EXAMPLE)
    return found


def told(due: datetime, now: datetime | None = None) -> str:
    """El plazo y lo que falta, para una persona. `now`: con su zona horaria; si no se dice, la hora de esta máquina."""
    left = (due - (now or datetime.now(UTC))).total_seconds()
    when = f"{due:%d/%m/%Y} a las {due:%H:%M} ({_zone(due)})"
    if left <= 0:
        return f"El plazo terminó el {when}, hace {_span(-left)}."
    return f"El plazo termina el {when}: te queda{'n' if _many(left) else ''} {_span(left)}."


def _span(seconds: float) -> str:
    """La mayor unidad entera: «3 días», «1 hora», «menos de un minuto»."""
    for size, one, many in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {one if count == 1 else many}"
    return "menos de un minuto"


def _many(seconds: float) -> bool:
    return next((seconds // size != 1 for size, _, _ in _UNITS if seconds >= size), False)


def _zone(due: datetime) -> str:
    return f"UTC{due:%z}"[:6] if due.utcoffset() else "UTC"
