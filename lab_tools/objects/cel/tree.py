"""El árbol de una expresión: ocho formas. `at` es la posición en el texto de lo que se señala si falla."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """Un valor escrito tal cual."""

    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class Ident:
    """El nombre de una variable."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Select:
    """`a.b`, `a.?b` (con `optional`) o `has(a.b)` (con `test`)."""

    operand: Node
    field: str
    at: int
    test: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """`f(x)`, `a.f(x)` o un operador («_+_», «_[_]», «_?_:_»…)."""

    function: str
    target: Node | None
    args: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, ?b]`: cada elemento, y si es opcional."""

    items: tuple[tuple[Node, bool], ...]
    at: int


@dataclass(frozen=True, slots=True)
class MapOf:
    """`{a: b, ?c: d}`: clave, valor y si es opcional."""

    entries: tuple[tuple[Node, Node, bool], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Struct:
    """`Object.spec{campo: valor}`."""

    name: str
    entries: tuple[tuple[str, Node, bool], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Macro:
    """`lista.all(x, …)` y las demás que dan nombre a cada elemento. `args` son las expresiones tras los nombres."""

    name: str
    target: Node
    variables: tuple[str, ...]
    args: tuple[Node, ...]
    at: int


Node = Literal | Ident | Select | Call | ListOf | MapOf | Struct | Macro
