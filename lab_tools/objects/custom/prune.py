"""Podar: quitar de un objeto lo que su esquema no conoce, y decir qué se quitó."""

from __future__ import annotations

from typing import Any

from lab_tools.objects import Object, clone
from lab_tools.objects.custom.structural import RESERVED, Structural


def prune(obj: Object, schema: Structural) -> tuple[Object, list[str]]:
    """Una copia del objeto con solo lo que el esquema conoce, y las rutas quitadas («spec.extra»)."""
    removed: list[str] = []
    kept: Object = {}
    for key, value in obj.items():
        if key in RESERVED:
            kept[key] = clone(value)
        elif schema.knows(key):
            kept[key] = _pruned(value, schema.child(key), key, removed)
        else:
            removed.append(key)
    return kept, removed


def _pruned(value: Any, schema: Structural | None, path: str, removed: list[str]) -> Any:
    # Sin esquema que lo describa, lo que hay dentro de algo que se conserva se conserva entero.
    if schema is None:
        return clone(value)
    if isinstance(value, list):
        return [_pruned(item, schema.items, f"{path}[{index}]", removed) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        if schema.knows(key):
            kept[key] = _pruned(item, schema.child(key), f"{path}.{key}", removed)
        else:
            removed.append(f"{path}.{key}")
    return kept
