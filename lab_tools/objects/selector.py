"""Selectores: la frase que elige objetos por sus etiquetas o por sus campos.

`LabelSelector` entiende la gramática entera (`a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`,
`a>1`, `a<1`) y los objetos `matchLabels` / `matchExpressions`. `FieldSelector` entiende `a=b`, `a==b` y
`a!=b`. Los errores son `ValueError` con las palabras del servidor real.
Fuente: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_LEXEMES = re.compile(r"\s*(==|!=|=|!|\(|\)|,|>|<|[^\s=!(),><]+)")
_SYMBOLS = frozenset({"==", "!=", "=", "!", "(", ")", ",", ">", "<"})
_END = ""
_OPERATORS = {"in": "in", "notin": "notin", "=": "=", "==": "=", "!=": "!=", ">": "gt", "<": "lt"}
_OPERATOR_LIST = "in, notin, =, ==, !=, gt, lt"
_FROM_OBJECT = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}

_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_INTEGER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True, slots=True)
class Requirement:
    """Una condición: clave, operador (`=`, `!=`, `in`, `notin`, `exists`, `!`, `gt`, `lt`) y valores en orden."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Si esas etiquetas cumplen la condición. `!=` y `notin` también se cumplen sin la clave."""
        value = labels.get(self.key)
        match self.operator:
            case "=" | "in":
                return value is not None and value in self.values
            case "!=" | "notin":
                return value is None or value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
        if value is None or not _INTEGER.fullmatch(value):
            return False
        return int(value) > int(self.values[0]) if self.operator == "gt" else int(value) < int(self.values[0])

    def __str__(self) -> str:
        match self.operator:
            case "exists":
                return self.key
            case "!":
                return f"!{self.key}"
            case "in" | "notin":
                return f"{self.key} {self.operator} ({','.join(self.values)})"
        return f"{self.key}{({'gt': '>', 'lt': '<'}).get(self.operator, self.operator)}{self.values[0]}"


class LabelSelector:
    """Condiciones sobre etiquetas; todas han de cumplirse. Sin condiciones elige todo; `nothing`, nada."""

    __slots__ = ("_rest", "equal", "nothing", "requirements")

    def __init__(self, requirements: Iterable[Requirement] = (), *, nothing: bool = False) -> None:
        self.requirements = tuple(sorted(requirements, key=lambda requirement: requirement.key))
        self.nothing = nothing
        # Casi todos los selectores son igualdades: se comparan aparte, sin llamar a nadie.
        self.equal = tuple((r.key, r.values[0]) for r in self.requirements if r.operator == "=")
        self._rest = tuple(r for r in self.requirements if r.operator != "=")

    @classmethod
    def parse(cls, text: str) -> LabelSelector:
        """El selector escrito en una línea, como en `kubectl -l`."""
        return _parsed_labels(text)

    @classmethod
    def from_object(cls, selector: Mapping[str, Any] | None) -> LabelSelector:
        """El selector de un `spec.selector`: `None` no elige nada y `{}` lo elige todo."""
        if selector is None:
            return cls(nothing=True)
        found = [Requirement(key, "=", (value,)) for key, value in (selector.get("matchLabels") or {}).items()]
        for expression in selector.get("matchExpressions") or ():
            operator = _FROM_OBJECT.get(expression.get("operator", ""))
            if operator is None:
                raise ValueError(f'"{expression.get("operator", "")}" is not a valid label selector operator')
            found.append(_requirement(expression.get("key", ""), operator, expression.get("values") or ()))
        return cls(found)

    @classmethod
    def from_map(cls, labels: Mapping[str, str] | None) -> LabelSelector:
        """El selector de un Service o de un ReplicationController: un mapa de igualdades. Vacío no elige nada."""
        if not labels:
            return cls(nothing=True)
        return cls(Requirement(key, "=", (value,)) for key, value in labels.items())

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        """Si esas etiquetas cumplen todas las condiciones. `None` vale como ninguna etiqueta."""
        if self.nothing:
            return False
        labels = labels or {}
        for key, value in self.equal:
            if labels.get(key) != value:
                return False
        return all(requirement.matches(labels) for requirement in self._rest)

    @property
    def everything(self) -> bool:
        """Si no pone ninguna condición."""
        return not self.requirements and not self.nothing

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LabelSelector) and (self.requirements, self.nothing) == (
            other.requirements,
            other.nothing,
        )

    def __hash__(self) -> int:
        return hash((self.requirements, self.nothing))

    def __repr__(self) -> str:
        return "LabelSelector.nothing" if self.nothing else f"LabelSelector({str(self)!r})"


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """Condiciones sobre campos: ternas (campo, `=` o `!=`, valor). Todas han de cumplirse."""

    terms: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> FieldSelector:
        """El selector escrito en una línea, como en `kubectl --field-selector`."""
        return cls(tuple(_field_term(part, text) for part in sorted(_split_fields(text)) if part))

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Si esos campos cumplen todas las condiciones; un campo que falta vale como vacío."""
        return all((fields.get(key, "") == value) is (operator == "=") for key, operator, value in self.terms)

    def required(self, key: str) -> str | None:
        """El valor exacto que se pide de un campo (para buscar por índice), o `None` si no se pide."""
        return next((value for name, operator, value in self.terms if name == key and operator == "="), None)

    @property
    def everything(self) -> bool:
        """Si no pone ninguna condición."""
        return not self.terms

    def __str__(self) -> str:
        return ",".join(f"{key}{operator}{_escaped(value)}" for key, operator, value in self.terms)


def key_problems(key: str) -> list[str]:
    """Qué impide que un texto sea clave de etiqueta, con las palabras de Kubernetes; vacía si sirve."""
    prefix, slash, name = key.rpartition("/")
    problems: list[str] = []
    if key.count("/") > 1:
        ending = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a qualified name {_NAME_RULE} {ending}"]
    if slash:
        if not prefix:
            problems.append("prefix part must be non-empty")
        elif len(prefix) > 253:
            problems.append("prefix part must be no more than 253 bytes")
        elif not _SUBDOMAIN.fullmatch(prefix):
            problems.append(f"prefix part {_SUBDOMAIN_RULE}")
    if not name:
        problems.append("name part must be non-empty")
    elif len(name) > 63:
        problems.append("name part must be no more than 63 bytes")
    if not _NAME.fullmatch(name):
        problems.append(f"name part {_NAME_RULE}")
    return problems


def value_problems(value: str) -> list[str]:
    """Qué impide que un texto sea valor de etiqueta, con las palabras de Kubernetes; vacía si sirve."""
    problems = ["must be no more than 63 bytes"] if len(value) > 63 else []
    if value and not _NAME.fullmatch(value):
        problems.append(_VALUE_RULE)
    return problems


_NAME_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


@lru_cache(maxsize=1024)
def _parsed_labels(text: str) -> LabelSelector:
    return LabelSelector(_Parser(text).selector())


def _requirement(key: str, operator: str, values: Iterable[str]) -> Requirement:
    """Una condición ya comprobada, como `labels.NewRequirement`."""
    values = tuple(sorted(set(values)))
    if problems := key_problems(key):
        raise ValueError(f'key: Invalid value: "{key}": {"; ".join(problems)}')
    if operator in ("in", "notin") and not values:
        raise ValueError("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty")
    if operator in ("exists", "!") and values:
        raise ValueError("values: Invalid value: []: values set must be empty for exists and does not exist")
    if operator in ("gt", "lt") and not _INTEGER.fullmatch(values[0]):
        raise ValueError(
            f"values[0]: Invalid value: \"{values[0]}\": for 'Gt', 'Lt' operators, the value must be an integer"
        )
    for index, value in enumerate(values):
        if problems := value_problems(value):
            raise ValueError(f'values[{index}][{key}]: Invalid value: "{value}": {"; ".join(problems)}')
    return Requirement(key, operator, values)


class _Parser:
    """Lee un selector de etiquetas de izquierda a derecha, mirando una pieza por delante."""

    def __init__(self, text: str) -> None:
        self.pieces = [match[1] for match in _LEXEMES.finditer(text)] + [_END]
        self.at = 0

    def peek(self) -> str:
        return self.pieces[self.at]

    def take(self) -> str:
        piece = self.pieces[self.at]
        self.at = min(self.at + 1, len(self.pieces) - 1)
        return piece

    def selector(self) -> Iterator[Requirement]:
        while (piece := self.peek()) != _END:
            if piece in _SYMBOLS and piece != "!":
                raise ValueError(f"found '{piece}', expected: !, identifier, or 'end of string'")
            try:
                yield self.requirement()
            except ValueError as problem:
                raise ValueError(f"unable to parse requirement: {problem}") from None
            after = self.take()
            if after == _END:
                return
            if after != ",":
                raise ValueError(f"found '{after}', expected: ',' or 'end of string'")
            following = self.peek()
            if not _is_word(following) and following != "!":
                raise ValueError(f"found '{following}', expected: identifier after ','")

    def requirement(self) -> Requirement:
        absent = self.peek() == "!"
        if absent:
            self.take()
        key = self.take()
        if not _is_word(key):
            raise ValueError(f"found '{key}', expected: identifier")
        if problems := key_problems(key):
            raise ValueError(f'<nil>: Invalid value: "{key}": {"; ".join(problems)}')
        if absent or self.peek() in (_END, ","):
            return _requirement(key, "!" if absent else "exists", ())
        sign = self.take()
        operator = _OPERATORS.get(sign)
        if operator is None:
            raise ValueError(f"found '{sign}', expected: {_OPERATOR_LIST}")
        return _requirement(key, operator, self.values() if operator in ("in", "notin") else self.exact())

    def exact(self) -> tuple[str, ...]:
        if self.peek() in (_END, ","):
            return ("",)
        piece = self.take()
        if not _is_word(piece):
            raise ValueError(f"found '{piece}', expected: identifier")
        return (piece,)

    def values(self) -> Iterator[str]:
        piece = self.take()
        if piece != "(":
            raise ValueError(f"found '{piece}' expected: '('")
        if self.peek() == ")":
            self.take()
            return
        if not _is_word(self.peek()) and self.peek() != ",":
            raise ValueError(f"found '{self.peek()}', expected: ',', ')' or identifier")
        while True:
            # Entre comas puede no haber nada: «(,a)» pide también el valor vacío.
            yield self.take() if _is_word(self.peek()) else ""
            piece = self.take()
            if piece == ")":
                return
            if piece != ",":
                raise ValueError(f"found '{piece}', expected: ',' or ')'")


def _is_word(piece: str) -> bool:
    return piece != _END and piece not in _SYMBOLS


def _split_fields(text: str) -> list[str]:
    return re.findall(r"(?:\\.|[^,\\]|\\$)+", text)


def _field_term(part: str, whole: str) -> tuple[str, str, str]:
    found = re.match(r"((?:\\.|[^\\])*?)(!=|==|=)", part)
    if not found:
        raise ValueError(f"invalid selector: '{whole}'; can't understand '{part}'")
    return found[1], "!=" if found[2] == "!=" else "=", _unescaped(part[found.end() :])


def _unescaped(value: str) -> str:
    if wrong := re.search(r"\\(?![\\,=]).?", re.sub(r"\\[\\,=]", "", value)):
        raise ValueError(f"invalid field selector: invalid escape sequence: {wrong[0]}")
    if wrong := re.search("[,=]", re.sub(r"\\.", "", value)):
        raise ValueError(f"invalid field selector: unescaped character in value: {ord(wrong[0])}")
    return re.sub(r"\\(.)", r"\1", value)


def _escaped(value: str) -> str:
    return re.sub(r"([\\,=])", r"\\\1", value)
