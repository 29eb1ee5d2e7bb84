"""El documento OpenAPI v2 en el Protobuf en que kubectl lo pide.

Solo se escribe lo que kubectl lee: los tipos, sus campos y sus descripciones. Los números son los de los mensajes
`Document` y `Schema` de <https://github.com/google/gnostic/blob/main/openapiv2/OpenAPIv2.proto>.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

Node = dict[str, Any]

# Document
_SWAGGER, _INFO, _DEFINITIONS = 1, 2, 9
# Schema: los textos, y los demás
_TEXTS = {"$ref": 1, "format": 2, "description": 4}
_REQUIRED, _ADDITIONAL, _TYPE, _ITEMS, _PROPERTIES, _EXTENSIONS = 19, 21, 22, 23, 25, 31
# Todo mapa es una lista de pares (nombre, valor); un valor cualquiera viaja como YAML en el campo 2.
_NAME, _VALUE, _YAML = 1, 2, 2


def encode(document: Node) -> bytes:
    """Los bytes de un documento v2."""
    info = _texts((number, document["info"][name]) for number, name in enumerate(("title", "version"), 1))
    definitions = _named(document["definitions"])
    return _text(_SWAGGER, document["swagger"]) + _field(_INFO, info) + _field(_DEFINITIONS, definitions)


def _schema(node: Node) -> bytes:
    parts = [_text(number, node[name]) for name, number in _TEXTS.items() if name in node]
    parts += [_text(_REQUIRED, name) for name in node.get("required", ())]
    if isinstance(node.get("additionalProperties"), dict):
        parts.append(_field(_ADDITIONAL, _field(1, _schema(node["additionalProperties"]))))
    if "type" in node:
        parts.append(_field(_TYPE, _text(1, node["type"])))
    if "items" in node:
        parts.append(_field(_ITEMS, _field(1, _schema(node["items"]))))
    if "properties" in node:
        parts.append(_field(_PROPERTIES, _named(node["properties"])))
    parts += [_extension(name, value) for name, value in node.items() if name.startswith("x-")]
    return b"".join(parts)


def _extension(name: str, value: Any) -> bytes:
    # Todo JSON es YAML.
    return _field(_EXTENSIONS, _text(_NAME, name) + _field(_VALUE, _text(_YAML, json.dumps(value))))


def _named(schemas: Node) -> bytes:
    return b"".join(_field(1, _text(_NAME, name) + _field(_VALUE, _schema(node))) for name, node in schemas.items())


def _texts(fields: Iterable[tuple[int, str]]) -> bytes:
    return b"".join(_text(number, text) for number, text in fields)


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))
