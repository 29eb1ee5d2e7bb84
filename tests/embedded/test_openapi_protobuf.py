"""El documento v2 en Protobuf, leído de vuelta con lo que hay en la mano."""

from __future__ import annotations

import json

from lab_tools.embedded.rest import openapi_protobuf
from lab_tools.embedded.rest.protobuf import _fields as fields

LONG = "dos palabras " * 20
DOCUMENT = {
    "swagger": "2.0",
    "info": {"title": "Kubernetes", "version": "v1"},
    "definitions": {
        "a.Cosa": {
            "type": "object",
            "description": LONG,
            "required": ["lista"],
            "properties": {
                "lista": {"type": "array", "items": {"$ref": "#/definitions/a.Otra"}},
                "mapa": {"type": "object", "additionalProperties": {"type": "integer", "format": "int64"}},
            },
            "x-kubernetes-group-version-kind": [{"group": "a", "version": "v1", "kind": "Cosa"}],
        },
    },
}


def inside(message: bytes, *path: int) -> list[bytes]:
    """Los valores a los que llevan unos números de campo, uno dentro de otro."""
    found = [message]
    for number in path:
        found = [
            bytes(value) for one in found for at, value in fields(one) if at == number and isinstance(value, bytes)
        ]
    return found


def test_each_type_has_its_name_and_its_fields() -> None:
    written = openapi_protobuf.encode(DOCUMENT)
    assert inside(written, 1) == [b"2.0"]
    assert [inside(written, 2, 1), inside(written, 2, 2)] == [[b"Kubernetes"], [b"v1"]]
    assert inside(written, 9, 1, 1) == [b"a.Cosa"]
    [schema] = inside(written, 9, 1, 2)
    assert inside(schema, 4) == [LONG.encode()]
    assert inside(schema, 22, 1) == [b"object"]
    assert inside(schema, 19) == [b"lista"]
    assert inside(schema, 25, 1, 1) == [b"lista", b"mapa"]


def test_lists_maps_and_extensions_go_inside() -> None:
    [schema] = inside(openapi_protobuf.encode(DOCUMENT), 9, 1, 2)
    items, values = inside(schema, 25, 1, 2)
    assert inside(items, 23, 1, 1) == [b"#/definitions/a.Otra"]
    assert [inside(values, 21, 1, 22, 1), inside(values, 21, 1, 2)] == [[b"integer"], [b"int64"]]
    [name], [value] = inside(schema, 31, 1), inside(schema, 31, 2, 2)
    assert name == b"x-kubernetes-group-version-kind"
    assert json.loads(value) == [{"group": "a", "version": "v1", "kind": "Cosa"}]
