"""Instantes y duraciones como los escribe kubectl: «45s», «3m20s», «2d4h».

Un instante es un texto RFC 3339 («2026-01-01T00:00:00Z», con o sin microsegundos); un momento, los
segundos transcurridos desde 1970.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def moment(timestamp: str) -> float:
    """Segundos desde 1970 de un instante. Lanza `ValueError` si el texto no lo es."""
    return datetime.fromisoformat(timestamp).timestamp()


def human(seconds: float) -> str:
    """Una duración en dos cifras como mucho: la precisión se va perdiendo según crece."""
    if int(seconds) < -1:
        return "<invalid>"
    seconds = max(0, int(seconds))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return _pair(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _pair(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _pair(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    if days < 365 * 8:
        return _pair(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def since(timestamp: str | None, now: float) -> str:
    """Cuánto hace de un instante; «<unknown>» si no lo hay."""
    return human(now - moment(timestamp)) if timestamp else "<unknown>"


def _pair(large: int, unit: str, small: int, subunit: str) -> str:
    return f"{large}{unit}{small}{subunit}" if small else f"{large}{unit}"


def instant(now: float) -> str:
    """El instante RFC 3339 de un momento, en UTC y sin fracciones: así los escribe la API."""
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
