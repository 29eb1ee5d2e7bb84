"""Los valores simples de la API: comprobados y en la forma en que el servidor los guarda.

Cada función recibe un valor de JSON y devuelve el canónico. `WrongTypeError` dice que el tipo no es; quien
sabe la ruta escribe el mensaje. `ScalarError` lleva ya el mensaje de Go.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from lab_tools.objects import quantity, schema

NUMBERS = ("int32", "int64", "float64")
_INT32, _INT64 = 2**31, 2**63
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)")
_BASE64_CHARACTER = re.compile(r"[A-Za-z0-9+/]")
_LAYOUT, _MICRO_LAYOUT = "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.000000Z07:00"

Convert = Callable[[Any], Any]


class WrongTypeError(ValueError):
    """El valor no es del tipo de JSON que toca."""


class ScalarError(ValueError):
    """El valor no sirve; `str(error)` es el mensaje de Go."""


def text(value: Any) -> str:
    """Un texto."""
    if type(value) is not str:
        raise WrongTypeError
    return value


def boolean(value: Any) -> bool:
    """Un sí o un no."""
    if type(value) is not bool:
        raise WrongTypeError
    return value


def int32(value: Any) -> int:
    """Un entero que cabe en 32 bits."""
    return _integer(value, _INT32)


def int64(value: Any) -> int:
    """Un entero que cabe en 64 bits."""
    return _integer(value, _INT64)


def number(value: Any) -> float:
    """Un número cualquiera."""
    if type(value) not in (int, float):
        raise WrongTypeError
    return value  # type: ignore[no-any-return]


def octets(value: Any) -> str:
    """Bytes en base64. El mensaje de error dice en qué posición deja de serlo."""
    encoded = text(value)
    body = encoded.replace("\r", "").replace("\n", "")
    try:
        base64.b64decode(body, validate=True)
    except ValueError:  # también lo es `binascii.Error`
        raise ScalarError(f"illegal base64 data at input byte {_bad_byte(encoded)}") from None
    return body


def int_or_string(value: Any) -> int | str:
    """Un entero o un texto: un puerto, un porcentaje."""
    if type(value) is str:
        return value
    try:
        return int32(value)
    except WrongTypeError:
        names: Mapping[type, str] = {bool: "bool", dict: "object", list: "array"}
        shown = names.get(type(value), f"number {value}")
        raise ScalarError(f"json: cannot unmarshal {shown} into Go value of type int32") from None


def amount(value: Any) -> str:
    """Una cantidad en su forma canónica: «1000m» es «1»."""
    try:
        return quantity.canonical(value)
    except ValueError as error:
        raise ScalarError(str(error)) from None


def instant(value: Any) -> str:
    """Un instante en UTC, al segundo."""
    return _instant(value, _LAYOUT).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_instant(value: Any) -> str:
    """Un instante en UTC, al microsegundo."""
    return _instant(value, _MICRO_LAYOUT).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _integer(value: Any, limit: int) -> int:
    if type(value) is not int or not -limit <= value < limit:
        raise WrongTypeError
    return value


def _bad_byte(encoded: str) -> int:
    for index, character in enumerate(encoded):
        if character == "=":
            # El relleno solo puede ir al final de un grupo de cuatro.
            return index if index % 4 < 2 else min(len(encoded), index + 1)
        if not _BASE64_CHARACTER.match(character) and character not in "\r\n":
            return index
    return len(encoded) // 4 * 4


def _instant(value: Any, layout: str) -> datetime:
    if type(value) is not str:
        names: Mapping[type, str] = {bool: "bool", dict: "object", list: "array"}
        raise ScalarError(f"json: cannot unmarshal {names.get(type(value), 'number')} into Go value of type string")
    found = _TIME.fullmatch(value)
    try:
        if not found:
            raise ValueError(value)
        fraction = int((found[7] or "0")[:6].ljust(6, "0"))
        local = datetime.fromisoformat(value[:19] + found[8])
        return local.replace(microsecond=fraction).astimezone(UTC)
    except (ValueError, OverflowError):
        rest, wanted = _unparsed(value)
        message = f'parsing time "{value}" as "{layout}": cannot parse "{rest}" as "{wanted}"'
        raise ScalarError(message) from None


def _unparsed(value: str) -> tuple[str, str]:
    """Lo que queda del texto donde deja de parecerse a un instante, y la parte que se esperaba allí."""
    rest = value
    for pattern, wanted in ((r"\d{4}", "2006"), ("-", "-"), (r"\d\d", "01"), ("-", "-"), (r"\d\d", "02"), ("T", "T"),
                            (r"\d\d", "15"), (":", ":"), (r"\d\d", "04"), (":", ":"), (r"\d\d(\.\d+)?", "05"),
                            (r"Z|[+-]\d\d:\d\d", "Z07:00")):  # fmt: skip
        found = re.match(pattern, rest)
        if not found:
            return rest, wanted
        rest = rest[found.end() :]
    return rest, ""


BY_NAME: Mapping[str, Convert] = {
    schema.QUANTITY: amount,
    schema.INT_OR_STRING: int_or_string,
    schema.TIME: instant,
    schema.MICRO_TIME: micro_instant,
}

BY_TYPE: Mapping[tuple[str, str], Convert] = {
    ("string", ""): text,
    ("string", "byte"): octets,
    ("boolean", ""): boolean,
    ("integer", ""): int64,
    ("integer", "int32"): int32,
    ("integer", "int64"): int64,
    ("number", ""): number,
}
