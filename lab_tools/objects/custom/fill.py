"""Completar: poner los valores por omisión del esquema donde faltan."""

from __future__ import annotations

from typing import Any

from lab_tools.objects import clone
from lab_tools.objects.custom.structural import MISSING, RESERVED, Structural


def fill(value: Any, schema: Structural, root: bool = False) -> None:
    """Completa `value`, que es de quien llama. Hacerlo dos veces da lo mismo que una.

    En la raíz (`root`) no se tocan los campos de todo objeto. Un `null` donde no cabe cuenta como ausente.
    """
    if isinstance(value, list) and schema.items is not None:
        for item in value:
            fill(item, schema.items)
    elif isinstance(value, dict):
        for key, part in schema.properties.items():
            if not (root and key in RESERVED) and part.default is not MISSING and _absent(value, key, part):
                value[key] = clone(part.default)
        for key, item in value.items():
            inner = schema.child(key)
            if inner is not None and not (root and key in RESERVED):
                fill(item, inner)


def _absent(value: dict[str, Any], key: str, part: Structural) -> bool:
    return key not in value or (value[key] is None and not part.nullable)
