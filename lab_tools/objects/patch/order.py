"""En qué orden queda una lista unida: el del parche, con lo que solo tenía el servidor en su sitio de antes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def position(items: Sequence[Any], wanted: Any, key: str | None) -> int:
    """Dónde está un elemento, por su clave o por su valor; -1 si no está."""
    if key is None or not isinstance(wanted, dict):
        return items.index(wanted) if wanted in items else -1
    for index, item in enumerate(items):
        if isinstance(item, dict) and item.get(key) == wanted.get(key):
            return index
    return -1


def interleaved(merged: Sequence[Any], patch: Sequence[Any], original: Sequence[Any], key: str | None) -> list[Any]:
    """Los elementos de `merged`: los nombrados en `patch` en el orden de `patch`, y el resto intercalado.

    Un elemento del servidor va delante de uno del parche solo si ya estaba delante de él en `original`.
    """
    order = sorted(
        ((position(patch, item, key), index) for index, item in enumerate(merged)),
        key=lambda pair: pair[0],
    )
    named = [merged[index] for place, index in order if place >= 0]
    rest = [merged[index] for place, index in order if place < 0]
    rest.sort(key=lambda item: position(original, item, key))
    result: list[Any] = []
    while rest and named:
        first, second = position(original, rest[0], key), position(original, named[0], key)
        result.append(rest.pop(0) if 0 <= first < second else named.pop(0))
    return result + named + rest
