"""De las piezas al árbol, con las macros ya reconocidas.

Fuente: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax y #macros
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lab_tools.objects.cel.fault import CompileError, pointed
from lab_tools.objects.cel.lexer import RESERVED, Token, tokens
from lab_tools.objects.cel.tree import Call, Ident, ListOf, Literal, Macro, MapOf, Node, Select, Struct
from lab_tools.objects.cel.values import MAX_INT

T = TypeVar("T")

# Operadores de dos lados, de los que menos atan a los que más.
_LEVELS = (("||",), ("&&",), ("<", "<=", ">", ">=", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))
_CONSTANTS = {"true": True, "false": False, "null": None}
_DEPTH = 250

# Macro → de cuántos nombres y de cuántas expresiones después.
MACROS: dict[str, tuple[tuple[int, int], ...]] = {
    "all": ((1, 1), (2, 1)), "exists": ((1, 1), (2, 1)), "exists_one": ((1, 1), (2, 1)),
    "existsOne": ((1, 1), (2, 1)), "map": ((1, 1), (1, 2)), "filter": ((1, 1),), "transformList": ((2, 1), (2, 2)),
    "transformMap": ((2, 1), (2, 2)), "transformMapEntry": ((2, 1), (2, 2)), "optMap": ((1, 1),),
    "optFlatMap": ((1, 1),), "sortBy": ((1, 1),),
}  # fmt: skip


def parse(source: str) -> Node:
    """El árbol de una expresión. Lanza `CompileError`."""
    return _Parser(source).whole()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = list(tokens(source))
        self.index = 0
        self.depth = 0

    def whole(self) -> Node:
        found = self.expression()
        if self.now.kind != "end":
            raise self.unexpected()
        return found

    @property
    def now(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.tokens[self.index]
        self.index += 1
        return token

    def accept(self, text: str) -> Token | None:
        token = self.now
        if token.kind == "op" and token.text == text:
            return self.take()
        return None

    def expect(self, text: str) -> Token:
        found = self.accept(text)
        if found is None:
            raise self.unexpected(f"expecting '{text}'")
        return found

    def unexpected(self, wanted: str = "") -> CompileError:
        token = self.now
        said = f"mismatched input '{token.text}' {wanted}" if wanted else f"extraneous input '{token.text}'"
        return CompileError(pointed(self.source, token.at, f"Syntax error: {said}"))

    def fault(self, at: int, message: str) -> CompileError:
        return CompileError(pointed(self.source, at, message))

    # De menos a más atadura

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > _DEPTH:
            raise self.fault(self.now.at, f"expression recursion limit exceeded: {_DEPTH}")
        found = self.binary(0)
        if mark := self.accept("?"):
            yes = self.binary(0)
            self.expect(":")
            found = Call("_?_:_", None, (found, yes, self.expression()), mark.at)
        self.depth -= 1
        return found

    def binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.now.text in _LEVELS[level] and (self.now.kind == "op" or self.now.text == "in"):
            token = self.take()
            name = "@in" if token.text == "in" else f"_{token.text}_"
            left = Call(name, None, (left, self.binary(level + 1)), token.at)
        return left

    def unary(self) -> Node:
        if token := self.accept("!"):
            self.depth += 1
            if self.depth > _DEPTH:
                raise self.fault(token.at, f"expression recursion limit exceeded: {_DEPTH}")
            found = Call("!_", None, (self.unary(),), token.at)
            self.depth -= 1
            return found
        if token := self.accept("-"):
            following = self.now
            if following.kind == "literal" and type(following.value) in (int, float):
                self.take()
                return self.member(Literal(-following.value, token.at))
            return Call("-_", None, (self.unary(),), token.at)
        return self.member(self.primary())

    def member(self, found: Node) -> Node:
        while True:
            if dot := self.accept("."):
                optional = bool(self.accept("?"))
                name = self.take()
                if name.kind != "ident":
                    self.index -= 1
                    raise self.unexpected("expecting IDENTIFIER")
                if not optional and (opening := self.accept("(")):
                    found = self.call(name.text, found, opening.at)
                else:
                    found = Select(found, name.text, dot.at, optional=optional)
            elif bracket := self.accept("["):
                operator = "_[?_]" if self.accept("?") else "_[_]"
                found = Call(operator, None, (found, self.expression()), bracket.at)
                self.expect("]")
            elif self.now.text == "{" and self.now.kind == "op" and (name_of := _dotted(found)):
                found = self.struct(name_of)
            else:
                return found

    def primary(self) -> Node:
        token = self.take()
        if token.kind == "literal":
            if type(token.value) is int and token.value > MAX_INT:
                raise self.fault(token.at, "invalid int literal")
            return Literal(token.value, token.at)
        if token.kind == "ident":
            return self.name(token)
        if token.text == "(":
            inner = self.expression()
            self.expect(")")
            return inner
        if token.text == "[":
            return self.list_of(token.at)
        if token.text == "{":
            return self.map_of(token.at)
        if token.text == "." and self.now.kind == "ident":
            return self.name(self.take())
        self.index -= 1
        wanted = "expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, "
        raise self.unexpected(wanted + "STRING, BYTES, IDENTIFIER}")

    def name(self, token: Token) -> Node:
        if token.text in _CONSTANTS and not token.value:
            return Literal(_CONSTANTS[token.text], token.at)
        if token.text in RESERVED and not token.value:
            raise self.fault(token.at, f"Syntax error: reserved identifier: {token.text}")
        opening = self.accept("(")
        return self.call(token.text, None, opening.at) if opening else Ident(token.text, token.at)

    # Piezas compuestas

    def call(self, name: str, target: Node | None, at: int) -> Node:
        args: list[Node] = []
        while not self.accept(")"):
            if args:
                self.expect(",")
            args.append(self.expression())
        if target is None and name == "has":
            if len(args) != 1 or not isinstance(args[0], Select):
                raise self.fault(at, "invalid argument to has() macro")
            one = args[0]
            return Select(one.operand, one.field, one.at, test=True)
        if isinstance(target, Ident) and target.name == "cel" and name == "bind" and len(args) == 3:
            return Macro("bind", args[1], (self.variable(args[0], at),), (args[2],), at)
        shapes = MACROS.get(name, ()) if target is not None else ()
        for variables, rest in shapes:
            if len(args) == variables + rest and all(isinstance(one, Ident) for one in args[:variables]):
                names = tuple(self.variable(one, at) for one in args[:variables])
                assert target is not None
                return Macro(name, target, names, tuple(args[variables:]), at)
        if any(len(args) == variables + rest for variables, rest in shapes):
            raise self.fault(args[0].at if args else at, "argument must be a simple name")
        return Call(name, target, tuple(args), at)

    def variable(self, node: Node, at: int) -> str:
        if not isinstance(node, Ident):
            raise self.fault(at, "argument must be a simple name")
        return node.name

    def list_of(self, at: int) -> Node:
        return ListOf(self.until("]", self.item), at)

    def map_of(self, at: int) -> Node:
        return MapOf(self.until("}", self.pair), at)

    def struct(self, name: str) -> Node:
        at = self.expect("{").at
        return Struct(name, self.until("}", self.field), at)

    def until(self, closing: str, one: Callable[[], T]) -> tuple[T, ...]:
        """Piezas separadas por comas hasta el cierre; antes de él se admite una coma de más."""
        found: list[T] = []
        while not self.accept(closing):
            if found:
                self.expect(",")
                if self.accept(closing):
                    break
            found.append(one())
        return tuple(found)

    def item(self) -> tuple[Node, bool]:
        optional = bool(self.accept("?"))
        return self.expression(), optional

    def pair(self) -> tuple[Node, Node, bool]:
        optional = bool(self.accept("?"))
        key = self.expression()
        self.expect(":")
        return key, self.expression(), optional

    def field(self) -> tuple[str, Node, bool]:
        optional = bool(self.accept("?"))
        name = self.take()
        if name.kind != "ident":
            self.index -= 1
            raise self.unexpected("expecting IDENTIFIER")
        self.expect(":")
        return name.text, self.expression(), optional


def _dotted(node: Node) -> str:
    """`a.b.c` si un nodo es solo nombres; vacío si no."""
    if isinstance(node, Ident):
        return node.name
    if isinstance(node, Select) and not node.optional and not node.test:
        before = _dotted(node.operand)
        return f"{before}.{node.field}" if before else ""
    return ""
