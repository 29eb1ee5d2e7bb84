"""Versiones como «1.2.3-rc.1»: cuál va antes.

Fuente: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library y https://semver.org/spec/v2.0.0.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lab_tools.objects.cel.fault import CelError, overload

_NUMBER, _TAG = r"(?:0|[1-9][0-9]*)", r"(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_TAG}(?:\.{_TAG})*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
)
_CORE = re.compile(r"v?([0-9]+(?:\.[0-9]+){0,2})(.*)")


@dataclass(frozen=True, slots=True)
class Semver:
    """Una versión: sus tres números y lo que va detrás del guion. Lo que va detrás del «+» no cuenta."""

    numbers: tuple[int, int, int]
    tags: tuple[str, ...] = ()
    build: str = field(default="", compare=False)

    def order(self) -> tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]:
        """Por qué se ordena: los números, y una versión con marcas antes que la misma sin ellas."""
        parts = tuple((not tag.isdigit(), int(tag) if tag.isdigit() else 0, tag) for tag in self.tags)
        return self.numbers, not self.tags, parts


def is_strict(text: str) -> bool:
    """Si un texto es una versión tal como la define semver.org, sin arreglarlo."""
    return _VERSION.fullmatch(text) is not None


def semver(text: str, normalize: bool = False) -> Semver:
    """Una versión, de su texto. Con `normalize` valen «v1», «1.2» y los ceros de delante. Lanza `CelError`."""
    if not isinstance(text, str):
        raise overload()
    found = _VERSION.fullmatch(_normal(text) if normalize else text)
    if found is None:
        raise CelError(f'invalid semver: "{text}"')
    major, minor, patch = (int(found[at]) for at in (1, 2, 3))
    return Semver((major, minor, patch), tuple(found[4].split(".")) if found[4] else (), found[5] or "")


def order(one: Semver, other: Any) -> int:
    """-1, 0 o 1. Lanza `CelError` si lo otro no es una versión."""
    if not isinstance(other, Semver):
        raise overload()
    mine, its = one.order(), other.order()
    return int(mine > its) - int(mine < its)


def either(otherwise: Callable[[Any, Any], int]) -> Callable[[Any, Any], int]:
    """El orden de dos versiones o, si no lo son, el que diga `otherwise`."""
    return lambda one, other: order(one, other) if isinstance(one, Semver) else otherwise(one, other)


def _normal(text: str) -> str:
    found = _CORE.fullmatch(text)
    if found is None:
        return text
    numbers = [str(int(part)) for part in found[1].split(".")]
    return ".".join([*numbers, "0", "0"][:3]) + found[2]


def _is_semver(text: str, normalize: bool = False) -> bool:
    try:
        semver(text, normalize)
    except CelError:
        if isinstance(text, str):
            return False
        raise
    return True


def _number(at: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, Semver):
            raise overload()
        return value.numbers[at]

    return read


FUNCTIONS: dict[str, Callable[..., Any]] = {"semver": semver, "isSemver": _is_semver}

METHODS: dict[str, Callable[..., Any]] = {name: _number(at) for at, name in enumerate(("major", "minor", "patch"))}
