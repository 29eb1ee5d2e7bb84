"""Lo que CEL ve de un esquema: el tipo de cada campo, y los valores con ese tipo.

Fuente: https://kubernetes.io/docs/reference/using-api/cel/#type-system-integration
"""

from __future__ import annotations

from typing import Any

from lab_tools.objects.cel import CelError, types
from lab_tools.objects.cel.compiler import escaped
from lab_tools.objects.cel.conversion import duration, timestamp
from lab_tools.objects.custom.structural import Structural

_SCALARS = {"integer": types.INT, "number": types.DOUBLE, "boolean": types.BOOL, "string": types.STRING}
_TEXTS = {"date-time": types.TIMESTAMP, "date": types.TIMESTAMP, "duration": types.DURATION, "byte": types.BYTES}
_META = types.object_of({"name": types.STRING, "generateName": types.STRING})
_WHOLE = {"apiVersion": types.STRING, "kind": types.STRING, "metadata": _META}


def type_of(schema: Structural, root: bool = False) -> types.Type:
    """El tipo de un nodo. En la raíz (y en un recurso incrustado) están además los campos de todo objeto."""
    if schema.int_or_string:
        return types.DYN
    if schema.type == "string":
        return _TEXTS.get(str(schema.raw.get("format", "")), types.STRING)
    if schema.type in _SCALARS:
        return _SCALARS[schema.type]
    if schema.type == "array":
        return types.list_of(type_of(schema.items) if schema.items is not None else types.DYN)
    if schema.type != "object" or (schema.preserves and not schema.properties):
        return types.DYN
    if isinstance(schema.additional, Structural):
        return types.map_of(type_of(schema.additional))
    if schema.additional:
        return types.map_of(types.DYN)
    fields = {escaped(name): type_of(part, part.embedded) for name, part in schema.properties.items()}
    return types.object_of({**fields, **_WHOLE} if root or schema.embedded else fields)


def optional(kind: types.Type) -> types.Type:
    """Un valor de ese tipo que puede faltar."""
    return types.optional_of(kind)


def converted(value: Any, schema: Structural) -> Any:
    """El valor con los tipos de CEL. Lo que no cambia se devuelve tal cual, sin copiarlo."""
    if value is None or schema.int_or_string:
        return value
    if isinstance(value, dict):
        return _map(value, schema)
    if isinstance(value, list):
        inner = schema.items
        if inner is None:
            return value
        found = [converted(item, inner) for item in value]
        return value if all(one is other for one, other in zip(found, value, strict=True)) else found
    if schema.type == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if schema.type == "integer" and isinstance(value, float):
        return int(value)
    return _text(value, str(schema.raw.get("format", ""))) if isinstance(value, str) else value


def _map(value: dict[str, Any], schema: Structural) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name, item in value.items():
        inner = schema.child(name)
        if inner is not None and (new := converted(item, inner)) is not item:
            changed[name] = new
    # Un campo nulo es, para una regla, un campo que no está.
    absent = [name for name, item in value.items() if item is None]
    if not changed and not absent:
        return value
    return {name: changed.get(name, item) for name, item in value.items() if item is not None}


def _text(value: str, form: str) -> Any:
    try:
        if form == "date-time":
            return timestamp(value)
        if form == "date":
            return timestamp(f"{value}T00:00:00Z")
        if form == "duration":
            return duration(value)
    except CelError:
        return value
    return value.encode() if form == "byte" else value
