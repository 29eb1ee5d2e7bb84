"""Textos: las funciones del idioma, las de cel-go que Kubernetes usa y las suyas (expresiones y formatos).

Fuente: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library, #kubernetes-format-library y
https://pkg.go.dev/github.com/google/cel-go/ext#Strings
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lab_tools.objects.cel.conversion import string
from lab_tools.objects.cel.fault import CelError, overload, too_dear
from lab_tools.objects.cel.values import NONE, Optional, some

# Lo más largo que puede salir de sustituir.
_LONGEST = 1 << 22
_VERB = re.compile(r"%(?:\.(\d+))?([sdfebxXo%])")


@lru_cache(maxsize=512)
def pattern(text: str) -> re.Pattern[str]:
    """Una expresión de RE2. Lanza `CelError` si no se entiende."""
    try:
        return re.compile(text.replace(r"\z", r"\Z"))
    except re.error as error:
        raise CelError(f"error parsing regexp: {error}: `{text}`") from None


def matches(value: str, expression: str) -> bool:
    """Si alguna parte del texto casa con la expresión."""
    _text(value)
    return pattern(expression).search(value) is not None


def either(on_text: Callable[..., Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """Una función que hace una cosa con textos y otra con lo demás."""
    return lambda value, *args: (on_text if isinstance(value, str) else otherwise)(value, *args)


def _text(*values: Any) -> None:
    if not all(isinstance(value, str) for value in values):
        raise overload()


def _contains(value: str, part: str) -> bool:
    _text(value, part)
    return part in value


def _starts(value: str, part: str) -> bool:
    _text(value, part)
    return value.startswith(part)


def _ends(value: str, part: str) -> bool:
    _text(value, part)
    return value.endswith(part)


def _char_at(value: str, index: int) -> str:
    if not 0 <= index <= len(value):
        raise CelError(f"index out of range: {index}")
    return value[index : index + 1]


def _index_of(value: str, part: str, start: int = 0) -> int:
    if not 0 <= start <= len(value):
        raise CelError(f"index out of range: {start}")
    return value.find(part, start)


def _last_index_of(value: str, part: str, last: int | None = None) -> int:
    if last is not None and not 0 <= last < max(len(value), 1):
        raise CelError(f"index out of range: {last}")
    return value.rfind(part, 0, len(value) if last is None else last + len(part))


def _ascii(value: str, change: Callable[[str], str]) -> str:
    _text(value)
    return "".join(change(letter) if letter.isascii() else letter for letter in value)


def _replace(value: str, old: str, new: str, limit: int = -1) -> str:
    _text(value, old, new)
    if len(value) * (len(new) + 1) > _LONGEST:
        raise too_dear()
    return value.replace(old, new, limit)


def _split(value: str, separator: str, limit: int = -1) -> list[str]:
    _text(value, separator)
    if limit == 0:
        return []
    if not separator:
        letters = list(value)
        return letters if limit < 0 or limit >= len(letters) else [*letters[: limit - 1], "".join(letters[limit - 1 :])]
    return value.split(separator, limit - 1 if limit > 0 else -1)


def _substring(value: str, start: int, end: int | None = None) -> str:
    last = len(value) if end is None else end
    for index in (start, last):
        if not 0 <= index <= len(value):
            raise CelError(f"index out of range: {index}")
    if start > last:
        raise CelError(f"invalid substring range. start: {start}, end: {last}")
    return value[start:last]


def _quote(value: str) -> str:
    _text(value)
    return json.dumps(value, ensure_ascii=False)


def _find(value: str, expression: str) -> str:
    _text(value)
    found = pattern(expression).search(value)
    return found[0] if found else ""


def _find_all(value: str, expression: str, limit: int = -1) -> list[str]:
    _text(value)
    found = [one[0] for one in pattern(expression).finditer(value)]
    return found if limit < 0 else found[:limit]


def _format(template: str, values: list[Any]) -> str:
    left = iter(values)

    def put(verb: re.Match[str]) -> str:
        precision, letter = verb[1], verb[2]
        if letter == "%":
            return "%"
        try:
            return _formatted(next(left), letter, precision)
        except StopIteration:
            raise CelError(f"index {len(values)} out of range") from None

    return _VERB.sub(put, template)


def _formatted(value: Any, letter: str, precision: str | None) -> str:
    if letter == "s":
        return _shown(value)
    if letter == "d":
        return str(int(value))
    if letter in "fe":
        return f"{float(value):.{precision or 6}{letter}}"
    if letter in "xX" and isinstance(value, str | bytes):
        found = (value.encode() if isinstance(value, str) else value).hex()
        return found if letter == "x" else found.upper()
    return format(int(value), letter)


def _shown(value: Any) -> str:
    """Un valor como lo escribe `%s`: los mapas, con sus claves en orden."""
    if isinstance(value, list):
        return f"[{', '.join(_shown(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_shown(key)}: {_shown(value[key])}' for key in sorted(value, key=str))}}}"
    return "null" if value is None else string(value)


# Formatos con nombre: qué se le reprocha a un texto, si algo.


class Format:
    """Un formato de Kubernetes, por su nombre."""

    def __init__(self, name: str, judge: Callable[[str], Any]) -> None:
        self.name = name
        self.judge = judge

    def validate(self, value: str) -> Optional:
        """Los reproches, o nada si vale."""
        _text(value)
        found = list(self.judge(value))
        return some(found) if found else NONE


def _formats() -> dict[str, Callable[[str], Any]]:
    from lab_tools.objects.custom.formats import FORMATS
    from lab_tools.objects.validation import names

    def known(name: str, said: str) -> Callable[[str], list[str]]:
        return lambda value: [] if FORMATS[name](value) else [said]

    return {
        "dns1123Label": names.dns_label, "dns1123Subdomain": names.dns_subdomain, "dns1035Label": names.dns_1035_label,
        "qualifiedName": names.qualified_name, "labelValue": names.label_value,
        "dns1123LabelPrefix": lambda value: names.dns_label(value.removesuffix("-")),
        "dns1123SubdomainPrefix": lambda value: names.dns_subdomain(value.removesuffix("-")),
        "dns1035LabelPrefix": lambda value: names.dns_1035_label(value.removesuffix("-")),
        "uri": known("uri", "invalid URI"), "uuid": known("uuid", "does not match the UUID format"),
        "byte": known("byte", "invalid base64"), "date": known("date", "invalid date"),
        "datetime": known("date-time", "invalid datetime"),
    }  # fmt: skip


def _named(name: str) -> Optional:
    judge = _formats().get(name)
    return some(Format(name, judge)) if judge is not None else NONE


def _format_of(name: str) -> Callable[[], Format]:
    return lambda: Format(name, _formats()[name])


_FORMAT_NAMES = ("dns1123Label", "dns1123Subdomain", "dns1035Label", "qualifiedName", "labelValue", "uri", "uuid",
                 "byte", "date", "datetime", "dns1123LabelPrefix", "dns1123SubdomainPrefix",
                 "dns1035LabelPrefix")  # fmt: skip

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "strings.quote": _quote, "format.named": _named,
    "base64.encode": lambda value: base64.b64encode(value).decode(),
    "base64.decode": lambda value: base64.b64decode(value + "=" * (-len(value) % 4)),
    "jsonpatch.escapeKey": lambda value: value.replace("~", "~0").replace("/", "~1"),
    **{f"format.{name}": _format_of(name) for name in _FORMAT_NAMES},
}  # fmt: skip

METHODS: dict[str, Callable[..., Any]] = {
    "contains": _contains, "startsWith": _starts, "endsWith": _ends, "matches": matches, "charAt": _char_at,
    "indexOf": _index_of, "lastIndexOf": _last_index_of, "replace": _replace, "split": _split,
    "substring": _substring, "find": _find, "findAll": _find_all, "format": _format,
    "lowerAscii": lambda value: _ascii(value, str.lower), "upperAscii": lambda value: _ascii(value, str.upper),
    "trim": lambda value: value.strip(), "reverse": lambda value: value[::-1],
    "validate": lambda value, text: value.validate(text),
}  # fmt: skip
