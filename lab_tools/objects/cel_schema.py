"""Los tipos de Kubernetes como los ve CEL: cada campo con su tipo, según el esquema.

Fuente: https://kubernetes.io/docs/reference/using-api/cel/#type-system-integration
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab_tools.objects import schema
from lab_tools.objects.cel import types
from lab_tools.objects.cel.compiler import escaped
from lab_tools.objects.kinds import Kind
from lab_tools.objects.schema import Definition, Field

_SCALARS = {"integer": types.INT, "number": types.DOUBLE, "boolean": types.BOOL, "string": types.STRING}
# Valores simples con nombre propio: una cantidad o un puerto pueden ser número o texto.
_EITHER = (schema.QUANTITY, schema.INT_OR_STRING)


def whole(kind: Kind) -> types.Type:
    """El tipo de un objeto entero; lo que sea, si no se conoce."""
    found = schema.of(kind)
    return _object(found) if found is not None and found.fields else types.DYN


class _Fields(Mapping[str, types.Type]):
    """Los campos de un tipo. Cada uno se mira al preguntar por él: algunos se contienen a sí mismos."""

    def __init__(self, definition: Definition) -> None:
        self._fields = {escaped(name): part for name, part in definition.fields.items()}

    def __getitem__(self, name: str) -> types.Type:
        return _type(self._fields[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def _object(definition: Definition) -> types.Type:
    return types.object_of(_Fields(definition), "object")


def _type(part: Field) -> types.Type:
    if part.items is not None:
        return types.list_of(_type(part.items))
    if part.additional is not None:
        return types.map_of(_type(part.additional))
    if part.inline is not None:
        return _object(part.inline)
    if not part.ref:
        return _SCALARS.get(part.type, types.DYN)
    found = schema.definition(part.ref)
    if part.ref in _EITHER:
        return types.DYN
    if part.ref in (schema.TIME, schema.MICRO_TIME):
        return types.STRING
    if found.fields:
        return _object(found)
    return _SCALARS.get(found.type, types.DYN)
