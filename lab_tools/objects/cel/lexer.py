"""Del texto a sus piezas.

Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab_tools.objects.cel.fault import CompileError, pointed
from lab_tools.objects.cel.values import MAX_INT, UInt

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|//[^\n]*)+)
    |(?P<string>(?:[rR][bB]?|[bB][rR]?)?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<raw>[rR][bB]?(?:"[^"\n]*"|'[^'\n]*'))
    |(?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<uint>0x[0-9a-fA-F]+[uU]|\d+[uU])
    |(?P<int>0x[0-9a-fA-F]+|\d+)
    |(?P<ident>[_a-zA-Z][_a-zA-Z0-9]*|`[^`\n]+`)
    |(?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'",
            '"': '"', "`": "`", "?": "?"}  # fmt: skip
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL)
RESERVED = frozenset({
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """Una pieza: `kind` es «ident», «literal», «op» o «end»; `value`, lo que vale un literal."""

    kind: str
    text: str
    at: int
    value: Any = None


def tokens(source: str) -> Iterator[Token]:
    """Las piezas de un texto, y una última «end». Lanza `CompileError`."""
    position = 0
    while position < len(source):
        found = _TOKEN.match(source, position)
        if found is None:
            message = f"Syntax error: token recognition error at: '{source[position]}'"
            raise CompileError(pointed(source, position, message))
        kind, text = found.lastgroup or "", found[0]
        if kind in ("ident", "op"):
            quoted = text.startswith("`")
            yield Token(kind, text.strip("`"), position, quoted)
        elif kind != "space":
            yield Token("literal", text, position, _value(source, position, kind, text))
        position = found.end()
    yield Token("end", "<EOF>", len(source))


def _value(source: str, position: int, kind: str, text: str) -> Any:
    if kind in ("string", "raw"):
        return _string(source, position, text)
    if kind == "double":
        return float(text)
    digits = text.rstrip("uU")
    number = int(digits, 16) if digits.startswith("0x") else int(digits)
    if kind == "uint":
        return UInt(number)
    if number > MAX_INT + 1:
        raise CompileError(pointed(source, position, "invalid int literal"))
    return number


def _string(source: str, position: int, text: str) -> str | bytes:
    start = next(index for index, letter in enumerate(text) if letter in "\"'")
    prefix, body = text[:start].lower(), text[start:]
    width = 3 if body[:3] in ('"""', "'''") and len(body) >= 6 else 1
    inner = body[width:-width]
    if "r" not in prefix:
        inner = _ESCAPE.sub(lambda found: _unescaped(source, position, found), inner)
    return inner.encode() if "b" in prefix else inner


def _unescaped(source: str, position: int, found: re.Match[str]) -> str:
    for group, base in ((1, 16), (2, 16), (3, 16), (4, 8)):
        if found[group]:
            return chr(int(found[group], base))
    if found[5] not in _ESCAPES:
        raise CompileError(pointed(source, position, f"Syntax error: token recognition error at: '{found[0]}'"))
    return _ESCAPES[found[5]]
