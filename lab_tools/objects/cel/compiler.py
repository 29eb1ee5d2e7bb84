"""Del árbol a una función: cada nodo se convierte una vez en una clausura, y calcular es llamarla.

`&&`, `||`, `all` y `exists` perdonan el error de un lado si el otro ya decide.
Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md#logical-operators
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lab_tools.objects.cel import library, types
from lab_tools.objects.cel.fault import CelError, CompileError, overload, pointed, too_dear
from lab_tools.objects.cel.lexer import RESERVED
from lab_tools.objects.cel.parser import parse
from lab_tools.objects.cel.tree import Call, Ident, ListOf, Literal, Macro, MapOf, Node, Select, Struct
from lab_tools.objects.cel.values import NONE, Optional, some

Scope = dict[str, Any]
Run = Callable[[Scope], Any]

# Las vueltas que puede dar una expresión, y dónde se cuentan: un nombre que nadie puede escribir.
_TURNS, _BUDGET = 200_000, "#"
# Cómo se escribe en CEL un nombre de campo que no es un identificador.
_ESCAPES = (("__dot__", "."), ("__dash__", "-"), ("__slash__", "/"))
_KEYWORDS = RESERVED | {"true", "false", "null", "in"}


@dataclass(frozen=True, slots=True)
class Program:
    """Una expresión lista: `names` son las variables que usa, `result` su tipo si se sabe."""

    source: str
    run: Run
    names: frozenset[str]
    result: types.Type

    def __call__(self, /, **variables: Any) -> Any:
        """El valor con esas variables. Lanza `CelError`, también si cuesta demasiado."""
        try:
            return self.run({**variables, _BUDGET: [_TURNS]})
        except RecursionError:
            raise CelError("operation cancelled: recursion limit exceeded") from None


def compile(source: str, declared: Mapping[str, types.Type]) -> Program:
    """La función de una expresión que puede usar las variables `declared`. Lanza `CompileError`."""
    from lab_tools.objects.cel.check import check

    try:
        tree = _parsed(source)
        result, faults = check(tree, declared)
        run = _build(tree, frozenset(declared)) if not faults else None
    except RecursionError:
        raise CompileError(pointed(source, 0, "expression recursion limit exceeded: 250")) from None
    if run is None:
        raise CompileError("\n".join(pointed(source, at, message) for at, message in faults))
    return Program(source, run, frozenset(_free(tree)), result)


@lru_cache(maxsize=512)
def _parsed(source: str) -> Node:
    return parse(source)


def _free(node: Any) -> Iterable[str]:
    """Los nombres que aparecen; alguno puede ser de una macro, y no hace daño."""
    if isinstance(node, Ident):
        yield node.name
    elif isinstance(node, tuple):
        for one in node:
            yield from _free(one)
    elif hasattr(node, "__slots__") and hasattr(node, "at"):
        for name in node.__slots__:
            yield from _free(getattr(node, name))


def _build(node: Node, known: frozenset[str]) -> Run:
    return _BUILDERS[type(node)](node, known)


def _literal(node: Literal, known: frozenset[str]) -> Run:
    value = node.value
    return lambda scope: value


def _ident(node: Ident, known: frozenset[str]) -> Run:
    name = node.name
    if name not in known and name in library.CONSTANTS:
        constant = library.CONSTANTS[name]
        return lambda scope: constant

    def run(scope: Scope) -> Any:
        if name in scope:
            return scope[name]
        raise CelError(f"no such attribute(s): {name}")

    return run


def field_name(text: str) -> str:
    """El nombre de un campo del objeto, a partir de cómo se escribe en CEL."""
    if "__" not in text:
        return text
    if text.startswith("__") and text.endswith("__") and text[2:-2] in _KEYWORDS:
        return text[2:-2]
    for written, letter in _ESCAPES:
        text = text.replace(written, letter)
    return text.replace("__underscores__", "__")


def escaped(name: str) -> str:
    """Cómo se escribe en CEL el nombre de un campo."""
    if name in _KEYWORDS:
        return f"__{name}__"
    name = name.replace("__", "__underscores__")
    for written, letter in _ESCAPES:
        name = name.replace(letter, written)
    return name


def _select(node: Select, known: frozenset[str]) -> Run:
    operand, names = _build(node.operand, known), (node.field, field_name(node.field))
    written, name = names
    if node.test:
        return lambda scope: _has(operand(scope), written, name)
    if node.optional:
        return lambda scope: _maybe(operand(scope), written, name)
    return lambda scope: _field(operand(scope), written, name)


def _field(value: Any, written: str, name: str) -> Any:
    if isinstance(value, dict):
        if name in value:
            return value[name]
        if written in value:
            return value[written]
        raise CelError(f"no such key: {written}")
    if isinstance(value, Optional):
        return _field_of_optional(value, written, name)
    if hasattr(value, "cel_field"):
        return value.cel_field(written)
    raise CelError("no such overload" if value is not None else f"no such key: {written}")


def _field_of_optional(value: Optional, written: str, name: str) -> Optional:
    return _maybe(value.value, written, name) if value.present else NONE


def _has(value: Any, written: str, name: str) -> bool:
    if isinstance(value, Optional):
        value = value.value if value.present else {}
    if value is None:
        return False
    if not isinstance(value, dict):
        raise overload()
    return name in value or written in value


def _maybe(value: Any, written: str, name: str) -> Optional:
    if isinstance(value, Optional):
        return _field_of_optional(value, written, name)
    if not isinstance(value, dict):
        return NONE
    return some(value[name]) if name in value else some(value[written]) if written in value else NONE


def _call(node: Call, known: frozenset[str]) -> Run:
    special = _SPECIAL.get(node.function)
    if special is not None and node.target is None:
        return special(*(_build(one, known) for one in node.args))
    if isinstance(node.target, Ident) and node.target.name not in known:
        spaced = library.FUNCTIONS.get(f"{node.target.name}.{node.function}")
        if spaced is not None:
            return _applied(spaced, [_build(one, known) for one in node.args])
    operands = ([node.target] if node.target is not None else []) + list(node.args)
    table = library.METHODS if node.target is not None else library.FUNCTIONS
    return _applied(table[node.function], [_build(one, known) for one in operands])


def _applied(function: Callable[..., Any], args: list[Run]) -> Run:
    def run(scope: Scope) -> Any:
        try:
            return function(*(one(scope) for one in args))
        except (TypeError, AttributeError):
            # Una función de Python con valores de otro tipo: para CEL, una sobrecarga que no existe.
            raise overload() from None
        except OverflowError:
            raise CelError("integer overflow") from None

    return run


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise overload()


def _and(left: Run, right: Run) -> Run:
    return lambda scope: _either(left, right, scope, False)


def _or(left: Run, right: Run) -> Run:
    return lambda scope: _either(left, right, scope, True)


def _either(left: Run, right: Run, scope: Scope, decides: bool) -> bool:
    try:
        first = _boolean(left(scope))
    except CelError:
        if _boolean(right(scope)) is decides:
            return decides
        raise
    return decides if first is decides else _boolean(right(scope))


def _choice(condition: Run, yes: Run, no: Run) -> Run:
    return lambda scope: yes(scope) if _boolean(condition(scope)) else no(scope)


def _maybe_at(operand: Run, key: Run) -> Run:
    def run(scope: Scope) -> Optional:
        value, index = operand(scope), key(scope)
        if isinstance(value, Optional):
            value = value.value if value.present else None
        if isinstance(value, dict):
            return some(value[index]) if index in value else NONE
        if isinstance(value, list) and isinstance(index, int) and 0 <= index < len(value):
            return some(value[index])
        return NONE

    return run


_SPECIAL: dict[str, Callable[..., Run]] = {"_&&_": _and, "_||_": _or, "_?_:_": _choice, "_[?_]": _maybe_at}


def _list(node: ListOf, known: frozenset[str]) -> Run:
    items = [(_build(one, known), optional) for one, optional in node.items]
    if not any(optional for _, optional in items):
        plain = [one for one, _ in items]
        return lambda scope: [one(scope) for one in plain]

    def run(scope: Scope) -> list[Any]:
        found: list[Any] = []
        for one, optional in items:
            value = one(scope)
            if not optional:
                found.append(value)
            elif value.present:
                found.append(value.value)
        return found

    return run


def _entries(pairs: list[tuple[Run, Run, bool]]) -> Run:
    def run(scope: Scope) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, value, optional in pairs:
            result = value(scope)
            if optional and not result.present:
                continue
            found[key(scope)] = result.value if optional else result
        return found

    return run


def _map(node: MapOf, known: frozenset[str]) -> Run:
    return _entries([(_build(key, known), _build(value, known), optional) for key, value, optional in node.entries])


def _struct(node: Struct, known: frozenset[str]) -> Run:
    """Un objeto descrito por partes: `Object.spec{…}` es un mapa con esos campos."""
    return _entries([(_fixed(field_name(name)), _build(value, known), optional)
                     for name, value, optional in node.entries])  # fmt: skip


def _fixed(value: str) -> Run:
    return lambda scope: value


def _macro(node: Macro, known: frozenset[str]) -> Run:
    inner = known | frozenset(node.variables)
    target, args = _build(node.target, known), [_build(one, inner) for one in node.args]
    attend = _MACROS[node.name]
    return lambda scope: attend(target(scope), node.variables, args, scope)


def _pairs(value: Any, names: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    """Lo que se recorre: con un nombre, elementos o claves; con dos, índice (o clave) y valor."""
    if isinstance(value, list):
        return enumerate(value) if len(names) == 2 else ((one,) for one in value)
    if isinstance(value, dict):
        return value.items() if len(names) == 2 else ((key,) for key in value)
    raise overload()


def _scopes(value: Any, names: tuple[str, ...], scope: Scope) -> Iterable[Scope]:
    inner, left = dict(scope), scope[_BUDGET]
    for found in _pairs(value, names):
        left[0] -= 1
        if left[0] < 0:
            raise too_dear()
        inner.update(zip(names, found, strict=True))
        yield inner


def _decide(value: Any, names: tuple[str, ...], test: Run, scope: Scope, decides: bool) -> bool:
    failed: CelError | None = None
    for inner in _scopes(value, names, scope):
        try:
            if _boolean(test(inner)) is decides:
                return decides
        except CelError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return not decides


def _all(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> bool:
    return _decide(value, names, args[0], scope, False)


def _exists(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> bool:
    return _decide(value, names, args[0], scope, True)


def _exists_one(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> bool:
    return sum(_boolean(args[0](inner)) for inner in _scopes(value, names, scope)) == 1


def _mapped(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> list[Any]:
    scopes = _scopes(value, names, scope)
    if len(args) == 1:
        return [args[0](inner) for inner in scopes]
    return [args[1](inner) for inner in scopes if _boolean(args[0](inner))]


def _filtered(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> list[Any]:
    return [inner[names[0]] for inner in _scopes(value, names, scope) if _boolean(args[0](inner))]


def _to_map(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> dict[Any, Any]:
    scopes = (inner for inner in _scopes(value, names, scope) if len(args) == 1 or _boolean(args[0](inner)))
    return {inner[names[0]]: args[-1](inner) for inner in scopes}


def _to_entries(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for inner in _scopes(value, names, scope):
        if len(args) == 1 or _boolean(args[0](inner)):
            found.update(args[-1](inner))
    return found


def _bind(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> Any:
    return args[0]({**scope, names[0]: value})


def _opt_map(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> Optional:
    if not isinstance(value, Optional):
        raise overload()
    return some(args[0]({**scope, names[0]: value.value})) if value.present else NONE


def _opt_flat_map(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> Any:
    if not isinstance(value, Optional):
        raise overload()
    return args[0]({**scope, names[0]: value.value}) if value.present else NONE


def _sort_by(value: Any, names: tuple[str, ...], args: list[Run], scope: Scope) -> list[Any]:
    return library.sort_by(value, [args[0](inner) for inner in _scopes(value, names, scope)])


_MACROS: dict[str, Callable[[Any, tuple[str, ...], list[Run], Scope], Any]] = {
    "all": _all, "exists": _exists, "exists_one": _exists_one, "existsOne": _exists_one, "map": _mapped,
    "filter": _filtered, "transformList": _mapped, "transformMap": _to_map, "transformMapEntry": _to_entries,
    "bind": _bind, "optMap": _opt_map, "optFlatMap": _opt_flat_map, "sortBy": _sort_by,
}  # fmt: skip

_BUILDERS: dict[type, Callable[[Any, frozenset[str]], Run]] = {
    Literal: _literal, Ident: _ident, Select: _select, Call: _call, ListOf: _list, MapOf: _map, Struct: _struct,
    Macro: _macro,
}  # fmt: skip
