"""Los cuerpos en Protobuf que manda kubectl al crear cosas, convertidos en los mismos diccionarios que su JSON.

kubectl no acepta un no: si el servidor rechaza ese formato, la orden falla. Por suerte, las respuestas sí
pueden ir en JSON. El sobre es `k8s\\0` y un `runtime.Unknown`; dentro, cada mensaje es una sucesión de
(número de campo, valor). Los nombres de los números están en `protobuf_fields`; los tipos, en el esquema.
Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding y
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from lab_tools.embedded.rest.protobuf_fields import FIELDS as LEARNED
from lab_tools.embedded.rest.protobuf_more import FIELDS as MORE
from lab_tools.embedded.rest.times import stamp
from lab_tools.objects import Object, schema
from lab_tools.objects.schema import INT_OR_STRING, META, MICRO_TIME, QUANTITY, TIME, Field

FIELDS = {name: {**LEARNED.get(name, {}), **MORE.get(name, {})} for name in (*LEARNED, *MORE)}
MAGIC = b"k8s\0"
MEDIA = "application/vnd.kubernetes.protobuf"
INLINE = "+"
"""Un mensaje incrustado: en el JSON, sus campos son de quien lo contiene."""
FIELDS_V1 = META + "FieldsV1"
"""La autoría de unos campos: viaja como JSON dentro del mensaje."""
DELETE_OPTIONS = META + "DeleteOptions"
_NUMBER, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

Raw = int | bytes


class ProtobufError(ValueError):
    """Un cuerpo que no es Protobuf de Kubernetes, o que usa un campo que esta puerta no conoce."""


def decode(body: bytes) -> Object:
    """El objeto de un cuerpo, con `apiVersion` y `kind`. Lanza `ProtobufError` si no se entiende."""
    if not body.startswith(MAGIC):
        raise ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    unknown = dict(_fields(body[len(MAGIC) :]))
    api_version, kind = _type_meta(_message(unknown.get(1, b"")))
    definition = _definition(api_version, kind)
    return {"apiVersion": api_version, "kind": kind, **_object(_message(unknown.get(2, b"")), definition)}


def _type_meta(data: bytes) -> tuple[str, str]:
    found = {number: _message(value).decode() for number, value in _fields(data)}
    return found.get(1, ""), found.get(2, "")


def _definition(api_version: str, kind: str) -> str:
    if kind == "DeleteOptions":
        return DELETE_OPTIONS  # es de todos los grupos
    group, _, version = api_version.rpartition("/")
    for name in FIELDS:
        found = schema.find(name)
        if found is not None and (group, version, kind) in found.gvks:
            return name
    raise ProtobufError(f'no kind "{kind}" is registered for version "{api_version}"')


def _object(data: bytes, definition: str, part: str = "") -> Object:
    names, known = FIELDS.get(definition + part, {}), schema.definition(definition).fields
    found: Object = {}
    for number, raw in _fields(data):
        name = names.get(number)
        if name is None:
            if raw and not _is_blank(raw):
                raise ProtobufError(f"unknown field {number} of {definition.rpartition('.')[2]}")
            continue
        if name == INLINE:
            found |= _object(_message(raw), definition, INLINE)
            continue
        # Un nombre acabado en «?» no es un puntero en Go: su cero viaja siempre, y no quiere decir nada.
        field = known[name.removesuffix("?")]
        value = _add(found.get(field.name), raw, field)
        if value or not name.endswith("?"):
            found[field.name] = value
    return {name: value for name, value in found.items() if value is not None}


def _is_blank(raw: Raw) -> bool:
    """Si un mensaje solo contiene ceros y mensajes vacíos: lo que Go escribe aunque nadie lo pusiera."""
    if isinstance(raw, int):
        return raw == 0
    try:
        return all(_is_blank(inner) for _, inner in _fields(raw))
    except ProtobufError:
        return False


def _add(present: Any, raw: Raw, field: Field) -> Any:
    if field.additional is not None:
        entry = dict(_fields(_message(raw)))
        key = _message(entry.get(1, b"")).decode()
        return {**(present or {}), key: _value(entry.get(2, b""), field.additional)}
    if field.items is not None:
        return [*(present or []), _value(raw, field.items)]
    return _value(raw, field)


def _value(raw: Raw, field: Field) -> Any:
    if field.ref in (TIME, MICRO_TIME):
        return _time(_message(raw))
    if field.ref == FIELDS_V1:
        return json.loads(_message(dict(_fields(_message(raw))).get(1, b"")) or b"{}")
    if field.ref == QUANTITY:
        return _text(dict(_fields(_message(raw))).get(1, b""))
    if field.ref == INT_OR_STRING:
        return _int_or_string(dict(_fields(_message(raw))))
    if field.ref:
        return _object(_message(raw), field.ref)
    if field.items is not None:
        # Una lista dentro de un mapa viaja en un mensaje suyo, de un solo campo.
        return [_value(inner, field.items) for _, inner in _fields(_message(raw))]
    if field.additional is not None:
        raise ProtobufError(f"unexpected nesting in field {field.name}")
    return _scalar(raw, field)


def _scalar(raw: Raw, field: Field) -> Any:
    if field.type == "boolean":
        return bool(raw)
    if isinstance(raw, int):
        return raw - (1 << 64) if raw >> 63 else raw
    return base64.b64encode(raw).decode() if field.format == "byte" else _text(raw)


def _time(data: bytes) -> str | None:
    found = dict(_fields(data))
    seconds = found.get(1, 0)
    return f"{stamp(seconds).decode()}Z" if isinstance(seconds, int) and seconds else None


def _int_or_string(found: dict[int, Raw]) -> int | str:
    return _text(found.get(3, b"")) if found.get(1) else int(found.get(2, 0))


def _text(raw: Raw) -> str:
    try:
        return _message(raw).decode()
    except UnicodeDecodeError as error:
        raise ProtobufError(f"invalid UTF-8 string: {error.reason}") from None


def _message(raw: Raw) -> bytes:
    if isinstance(raw, int):
        raise ProtobufError("wrong wire type")
    return raw


def _fields(data: bytes) -> Iterator[tuple[int, Raw]]:
    """Los pares (número de campo, valor) de un mensaje, en el orden en que vienen."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == _NUMBER:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == _BYTES:
            size, at = _varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ProtobufError(f"illegal wireType {wire}")
        if at + size > len(data) or not number:
            raise ProtobufError("unexpected EOF")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise ProtobufError("unexpected EOF")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
    raise ProtobufError("integer overflow")
