"""Dónde se rompe un JSON, dicho con las palabras de `encoding/json` de Go.

Solo se recorre un texto que Python ya ha rechazado: el mensaje que el servidor real daría se obtiene
con el mismo autómata, estado a estado. Fuente: https://pkg.go.dev/encoding/json#SyntaxError
"""

from __future__ import annotations

END = "unexpected end of JSON input"
_SPACE = " \t\r\n"
_DIGITS = "0123456789"
_LITERALS = {"t": "true", "f": "false", "n": "null"}


class _Broken(Exception):
    """El primer error encontrado; `str` es el mensaje."""


def syntax_error(text: str) -> str:
    """El mensaje de Go para un texto que no es JSON; vacío si lo es."""
    try:
        end = _value(text, _skip(text, 0))
        end = _skip(text, end)
        if end < len(text):
            raise _Broken(_bad(text[end], "after top-level value"))
    except _Broken as broken:
        return str(broken)
    return ""


def _bad(character: str, context: str) -> str:
    quoted = {"'": "'\\''", '"': "'\"'", "\n": "'\\n'", "\t": "'\\t'", "\r": "'\\r'"}.get(character, f"'{character}'")
    return f"invalid character {quoted} {context}"


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _peek(text: str, at: int) -> str:
    if at >= len(text):
        raise _Broken(END)
    return text[at]


def _value(text: str, at: int) -> int:
    first = _peek(text, at)
    if first == "{":
        return _object(text, at + 1)
    if first == "[":
        return _array(text, at + 1)
    if first == '"':
        return _string(text, at + 1)
    if first == "-" or first in _DIGITS:
        return _number(text, at)
    if first in _LITERALS:
        return _literal(text, at, _LITERALS[first])
    raise _Broken(_bad(first, "looking for beginning of value"))


def _object(text: str, at: int) -> int:
    at = _skip(text, at)
    if _peek(text, at) == "}":
        return at + 1
    while True:
        if _peek(text, at) != '"':
            raise _Broken(_bad(text[at], "looking for beginning of object key string"))
        at = _skip(text, _string(text, at + 1))
        if _peek(text, at) != ":":
            raise _Broken(_bad(text[at], "after object key"))
        at = _skip(text, _value(text, _skip(text, at + 1)))
        if _peek(text, at) == "}":
            return at + 1
        if text[at] != ",":
            raise _Broken(_bad(text[at], "after object key:value pair"))
        at = _skip(text, at + 1)


def _array(text: str, at: int) -> int:
    at = _skip(text, at)
    if _peek(text, at) == "]":
        return at + 1
    while True:
        at = _skip(text, _value(text, at))
        if _peek(text, at) == "]":
            return at + 1
        if text[at] != ",":
            raise _Broken(_bad(text[at], "after array element"))
        at = _skip(text, at + 1)


def _string(text: str, at: int) -> int:
    while (character := _peek(text, at)) != '"':
        if ord(character) < 0x20:
            raise _Broken(_bad(character, "in string literal"))
        at += 1
        if character == "\\":
            at = _escape(text, at)
    return at + 1


def _escape(text: str, at: int) -> int:
    character = _peek(text, at)
    if character != "u":
        if character not in '"\\/bfnrt':
            raise _Broken(_bad(character, "in string escape code"))
        return at + 1
    for step in range(1, 5):
        if _peek(text, at + step) not in "0123456789abcdefABCDEF":
            raise _Broken(_bad(text[at + step], "in \\u hexadecimal character escape"))
    return at + 5


def _number(text: str, at: int) -> int:
    if text[at] == "-":
        at = _digit(text, at + 1, "in numeric literal")
    else:
        at += 1
    if text[at - 1] != "0":
        at = _digits(text, at)
    if text[at : at + 1] == ".":
        at = _digits(text, _digit(text, at + 1, "after decimal point in numeric literal"))
    if text[at : at + 1] in ("e", "E"):
        at += 2 if text[at + 1 : at + 2] in ("+", "-") else 1
        at = _digits(text, _digit(text, at, "in exponent of numeric literal"))
    return at


def _digit(text: str, at: int, context: str) -> int:
    if _peek(text, at) not in _DIGITS:
        raise _Broken(_bad(text[at], context))
    return at + 1


def _digits(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _DIGITS:
        at += 1
    return at


def _literal(text: str, at: int, word: str) -> int:
    for step, expected in enumerate(word):
        if _peek(text, at + step) != expected:
            raise _Broken(_bad(text[at + step], f"in literal {word} (expecting {expected!r})"))
    return at + len(word)
