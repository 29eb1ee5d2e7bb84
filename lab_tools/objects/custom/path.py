"""Rutas sencillas de JSONPath: las que admiten las columnas y las réplicas de un tipo propio.

`.spec.color`, `.status.conditions[0].type`, `.spec.list[*].name`, `['a.b']` y el filtro
`[?(@.type=="Ready")]`. Fuente: https://kubernetes.io/docs/reference/kubectl/jsonpath/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

Step = Callable[[Any], list[Any]]

_TOKEN = re.compile(
    r"""\.?\['(?P<quoted>(?:[^'\\]|\\.)*)'\]|\.?\["(?P<double>[^"]*)"\]"""
    r"""|\[\?\(\s*@\.(?P<left>[\w.\\/-]+)\s*(?P<sign>==|!=)\s*(?P<right>"[^"]*"|'[^']*'|[\w.-]+)\s*\)\]"""
    r"""|\[(?P<index>-?\d+)\]|\.?\[\*\]|\.(?P<star>\*)|\.(?P<name>(?:[^.\[\]\\]|\\.)+)"""
)
_WORDS = {"true": True, "false": False, "null": None}


class PathError(ValueError):
    """La ruta no se entiende."""


def compile(text: str) -> Step:
    """La función que da los valores a los que lleva una ruta, ninguno si no lleva a ninguno. Lanza `PathError`."""
    body = text.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    steps, position = [], 0
    while position < len(body):
        found = _TOKEN.match(body, position)
        if found is None:
            raise PathError(text)
        steps.append(_step(found))
        position = found.end()

    def run(value: Any) -> list[Any]:
        values = [value]
        for step in steps:
            values = [inner for one in values for inner in step(one)]
        return values

    return run


def simple(text: str) -> tuple[str, ...]:
    """Los pasos de una ruta que solo tiene nombres (`.spec.replicas`). Lanza `PathError`."""
    if not re.fullmatch(r"(\.[^.\[\]*?@\s]+)+", text):
        raise PathError(text)
    return tuple(text[1:].split("."))


def at(value: Any, steps: Iterable[str]) -> Any:
    """El valor al que llevan unos pasos, o `None`."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _step(found: re.Match[str]) -> Step:
    name = found["name"] or found["quoted"] or found["double"]
    if name is not None:
        key = re.sub(r"\\(.)", r"\1", name)
        return lambda value: [value[key]] if isinstance(value, dict) and key in value else []
    if found["index"] is not None:
        index = int(found["index"])
        return lambda value: value[index : index + 1 or None] if isinstance(value, list) else []
    if found["left"] is not None:
        return _filter(found["left"].split("."), found["sign"] == "==", _literal(found["right"]))
    return lambda value: list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())


def _filter(steps: list[str], equal: bool, wanted: Any) -> Step:
    def run(value: Any) -> list[Any]:
        return [item for item in value if (at(item, steps) == wanted) is equal] if isinstance(value, list) else []

    return run


def _literal(text: str) -> Any:
    if text[0] in "\"'":
        return text[1:-1]
    if text in _WORDS:
        return _WORDS[text]
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text
