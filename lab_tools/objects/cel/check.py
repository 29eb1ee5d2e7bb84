"""Revisar una expresión sin calcularla: nombres que no existen, campos que no están y operaciones imposibles.

Solo se queja de lo que es seguro: donde el tipo no se conoce, calla.
Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md#gradual-type-checking
"""

from __future__ import annotations

from collections.abc import Mapping

from lab_tools.objects.cel import library
from lab_tools.objects.cel.tree import Call, Ident, ListOf, Literal, Macro, MapOf, Node, Select, Struct
from lab_tools.objects.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NULL,
    STRING,
    TIMESTAMP,
    UINT,
    Type,
    list_of,
    map_of,
    optional_of,
)
from lab_tools.objects.cel.values import UInt

Faults = list[tuple[int, str]]
Names = Mapping[str, Type]

_SCALARS: dict[type, Type] = {bool: BOOL, int: INT, UInt: UINT, float: DOUBLE, str: STRING, bytes: BYTES,
                              type(None): NULL}  # fmt: skip
_ORDER, _ARITHMETIC = ("_<_", "_<=_", "_>_", "_>=_"), ("_+_", "_-_", "_*_", "_/_", "_%_")
_NUMBERS = ("int", "uint", "double")
_MIXED = (("timestamp", "duration"), ("duration", "timestamp"), ("timestamp", "timestamp"))
# Lo que da cada función, cuando no depende de con qué se llame.
_RESULTS: dict[str, Type] = {
    **dict.fromkeys(("contains", "startsWith", "endsWith", "matches", "isSorted", "isQuantity", "isIP", "isCIDR",
                     "isURL", "isSemver", "sets.contains", "sets.equivalent", "sets.intersects", "isGreaterThan",
                     "isLessThan", "hasValue", "isInteger", "containsIP", "containsCIDR", "@in", "!_", "_==_", "_!=_",
                     "_<_", "_<=_", "_>_", "_>=_", "_&&_", "_||_", "bool"), BOOL),
    **dict.fromkeys(("size", "indexOf", "lastIndexOf", "int", "family", "prefixLength", "asInteger", "compareTo",
                     "sign", "major", "minor", "patch"), INT),
    **dict.fromkeys(("string", "trim", "lowerAscii", "upperAscii", "replace", "substring", "charAt", "join", "find",
                     "format", "getScheme", "getHost", "getHostname", "getPort", "getEscapedPath"), STRING),
    "split": list_of(STRING), "findAll": list_of(STRING), "uint": UINT, "double": DOUBLE, "bytes": BYTES,
    "timestamp": TIMESTAMP, "duration": DURATION, "asApproximateFloat": DOUBLE,
}  # fmt: skip


def check(tree: Node, declared: Names) -> tuple[Type, Faults]:
    """El tipo de una expresión y lo que tiene de malo: pares de posición y mensaje."""
    checker = _Checker()
    return checker.of(tree, declared), checker.faults


class _Checker:
    def __init__(self) -> None:
        self.faults: Faults = []

    def of(self, node: Node, names: Names) -> Type:
        """El tipo de un nodo."""
        if isinstance(node, Literal):
            return _SCALARS[type(node.value)]
        if isinstance(node, Ident):
            return self._ident(node, names)
        if isinstance(node, Select):
            return self._select(node, names)
        if isinstance(node, Call):
            return self._call(node, names)
        if isinstance(node, ListOf):
            return list_of(_common([self.of(one, names) for one, _ in node.items]))
        if isinstance(node, MapOf):
            for key, value, _ in node.entries:
                self.of(key, names)
                self.of(value, names)
            return map_of(DYN)
        if isinstance(node, Struct):
            return self._struct(node, names)
        return self._macro(node, names)

    def _ident(self, node: Ident, names: Names) -> Type:
        if node.name in names:
            return names[node.name]
        if node.name in library.CONSTANTS:
            return Type("type")
        return self._fault(node.at, f"undeclared reference to '{node.name}' (in container '')")

    def _select(self, node: Select, names: Names) -> Type:
        operand = self.of(node.operand, names)
        wrapped = operand.name == "optional"
        inner = (operand.item or DYN) if wrapped else operand
        found = self._field(inner, node)
        if node.test:
            return BOOL
        return optional_of(found) if node.optional or wrapped else found

    def _field(self, operand: Type, node: Select) -> Type:
        if operand.fields is not None:
            if node.field in operand.fields:
                return operand.fields[node.field]
            return self._fault(node.at, f"undefined field '{node.field}'")
        if operand.name == "map":
            return operand.item or DYN
        if operand.name in ("dyn", "error"):
            return DYN
        return self._fault(node.at, f"type '{operand}' does not support field selection")

    def _call(self, node: Call, names: Names) -> Type:
        name, target = node.function, node.target
        if isinstance(target, Ident) and target.name not in names:
            spaced = f"{target.name}.{name}"
            if spaced in library.FUNCTIONS:
                for one in node.args:
                    self.of(one, names)
                return _RESULTS.get(spaced, DYN)
        args = [self.of(one, names) for one in ([target] if target is not None else []) + list(node.args)]
        if name == "_?_:_":
            return self._choice(node, args)
        if target is None and name == "_[?_]":
            return optional_of(args[0].item or DYN)
        if name not in (library.METHODS if target is not None else _KNOWN):
            return self._fault(node.at, f"undeclared reference to '{name}' (in container '')")
        if target is None:
            return self._operator(node, args)
        return _result(name, args)

    def _choice(self, node: Call, args: list[Type]) -> Type:
        if args[0].name not in ("bool", "dyn", "error"):
            return self._no_overload(node, args)
        return args[1] if args[1] == args[2] else DYN

    def _operator(self, node: Call, args: list[Type]) -> Type:
        name = node.function
        if any(one.name in ("dyn", "error") for one in args) or name not in _OPERATORS:
            return self._index(args) if name == "_[_]" else _result(name, args)
        if name == "_[_]":
            return self._index(args)
        if not _fits(name, args):
            return self._no_overload(node, args)
        if name in _ARITHMETIC:
            return DURATION if [one.name for one in args] == ["timestamp", "timestamp"] else args[0]
        return args[0] if name == "-_" else _RESULTS.get(name, DYN)

    def _index(self, args: list[Type]) -> Type:
        return (args[0].item or DYN) if args[0].name in ("list", "map") else DYN

    def _struct(self, node: Struct, names: Names) -> Type:
        root = node.name.partition(".")[0]
        if root not in ("Object", "JSONPatch"):
            self._fault(node.at, f"undeclared reference to '{node.name}' (in container '')")
        for _, value, _ in node.entries:
            self.of(value, names)
        return DYN

    def _macro(self, node: Macro, names: Names) -> Type:
        target = self.of(node.target, names)
        inner = {**names, **_variables(node, target)}
        if node.name not in ("bind", "optMap", "optFlatMap") and target.name not in _ITERABLE and not target.fields:
            kind = f"expression of type '{target}' cannot be range of a comprehension (must be list, map, or dynamic)"
            self._fault(node.at, kind)
        found = [self.of(one, inner) for one in node.args]
        if node.name in ("all", "exists", "exists_one", "existsOne"):
            if found[-1].name not in ("bool", "dyn", "error"):
                self._fault(node.at, f"found no matching overload for '_&&_' applied to '(bool, {found[-1]})'")
            return BOOL
        if node.name in ("map", "transformList"):
            return list_of(found[-1])
        if node.name == "filter":
            return target if target.name == "list" else list_of(DYN)
        if node.name == "optMap":
            return optional_of(found[-1])
        return target if node.name == "sortBy" else found[-1] if node.name in ("bind", "optFlatMap") else DYN

    def _no_overload(self, node: Call, args: list[Type]) -> Type:
        shown = ", ".join(map(str, args))
        return self._fault(node.at, f"found no matching overload for '{node.function}' applied to '({shown})'")

    def _fault(self, at: int, message: str) -> Type:
        self.faults.append((at, message))
        return Type("error")


_ITERABLE = ("list", "map", "dyn", "error")
_OPERATORS = frozenset((*_ORDER, *_ARITHMETIC, "_==_", "_!=_", "_&&_", "_||_", "!_", "-_", "@in", "_[_]"))
_KNOWN = frozenset((*library.FUNCTIONS, "_&&_", "_||_", "_?_:_", "_[?_]"))


def _fits(name: str, args: list[Type]) -> bool:
    kinds = tuple(one.name for one in args)
    if name in ("_&&_", "_||_", "!_"):
        return all(kind == "bool" for kind in kinds)
    if name == "-_":
        return kinds[0] in ("int", "double")
    if name == "@in":
        return kinds[1] in ("list", "map") or args[1].fields is not None
    if name in ("_==_", "_!=_"):
        return _alike(*args)
    if name in _ORDER:
        return (kinds[0] == kinds[1] or set(kinds) <= set(_NUMBERS)) and kinds[0] in (
            *_NUMBERS, "string", "bool", "bytes", "timestamp", "duration")  # fmt: skip
    if kinds in _MIXED and name in ("_+_", "_-_"):
        return True
    if kinds[0] != kinds[1]:
        return False
    joins = ("string", "bytes", "list", "duration") if name == "_+_" else ("duration",) if name == "_-_" else ()
    return kinds[0] in joins or kinds[0] in _NUMBERS


def _alike(one: Type, other: Type) -> bool:
    """Si dos tipos se pueden comparar por igualdad."""
    if "null" in (one.name, other.name) or one.fields is not None or other.fields is not None:
        return True
    return one.name == other.name


def _result(name: str, args: list[Type]) -> Type:
    if name in ("orValue", "value"):
        return args[0].item or DYN
    if name in ("min", "max", "sum"):
        return args[0].item or DYN
    if name in ("sort", "distinct", "reverse", "slice", "or"):
        return args[0]
    return _RESULTS.get(name, DYN)


def _variables(node: Macro, target: Type) -> Names:
    if node.name == "bind":
        return {node.variables[0]: target}
    item = target.item or DYN
    if len(node.variables) == 2:
        index = INT if target.name == "list" else STRING if target.name == "map" else DYN
        return dict(zip(node.variables, (index, item), strict=True))
    return {node.variables[0]: STRING if target.name == "map" or target.fields is not None else item}


def _common(found: list[Type]) -> Type:
    return found[0] if found and all(one == found[0] for one in found) else DYN
