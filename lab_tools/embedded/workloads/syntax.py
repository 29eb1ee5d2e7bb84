"""La gramática de un `sh` pequeño: de un texto a un árbol. Cubre lo que aparece en los manifiestos de un curso.

lista    := tubería { (";" | "&&" | "||" | "&" | salto) tubería }
tubería  := ["!"] orden { "|" orden }
orden    := while | until | for | if | "(" lista ")" | "{" lista "}" | palabras y redirecciones
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+|\\\n|\#[^\n]*)
      | (?P<redirect>[012]?>>|[012]?>&[012]|[012]?>|<)
      | (?P<op>&&|\|\||;;|[;&|\n(){}](?=[\s;)]|$)|&&|\|\||[;&|\n()])
      | (?P<word>(?:\\.|'[^']*'
          |"(?:\\.|\$\([^)]*\)|[^"\\])*"|\$\(\((?:[^)]|\)(?!\)))*\)\)|\$\([^)]*\)|\$\{[^}]*\}|[^\s;&|<>()'"\\])+)""",
    re.VERBOSE | re.DOTALL,
)


class SyntaxFault(ValueError):
    """El texto no es un guion que este shell entienda. El mensaje es el de BusyBox."""


@dataclass(slots=True)
class Command:
    """Una orden sencilla: palabras sin expandir y redirecciones (operador, destino)."""

    words: list[str] = field(default_factory=list)
    redirects: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Pipeline:
    """Órdenes encadenadas por `|`; `negated` le da la vuelta al código."""

    commands: list[Node]
    negated: bool = False


@dataclass(slots=True)
class Sequence:
    """Pares de (unión con lo anterior, tubería). La unión es «;», «&&», «||» o «&» (a lo suyo, sin esperar)."""

    steps: list[tuple[str, Pipeline]]


@dataclass(slots=True)
class Loop:
    """`while` (o `until`, con `inverted`)."""

    condition: Sequence
    body: Sequence
    inverted: bool = False


@dataclass(slots=True)
class For:
    """`for nombre in palabras`."""

    name: str
    words: list[str]
    body: Sequence


@dataclass(slots=True)
class If:
    """Pares de (condición, cuerpo) y el cuerpo de `else`."""

    branches: list[tuple[Sequence, Sequence]]
    otherwise: Sequence | None = None


@dataclass(slots=True)
class Redirected:
    """Un bucle o un grupo con su salida (o su entrada) en otra parte."""

    body: Node
    redirects: list[tuple[str, str]]


Node = Command | Loop | For | If | Sequence | Redirected
_WORDS = {"do", "done", "then", "fi", "else", "elif", "esac", "}"}


def parse(text: str) -> Sequence:
    """El árbol de un guion. Lanza `SyntaxFault`."""
    parser = _Parser(list(_tokens(text)))
    tree = parser.sequence(stop=frozenset())
    if parser.peek() is not None:
        raise SyntaxFault(f"sh: syntax error: unexpected {parser.describe()}")
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise SyntaxFault(f"sh: syntax error: unterminated quoted string near {text[position : position + 10]!r}")
        position = match.end()
        if match.lastgroup and match.lastgroup != "space":
            found.append((match.lastgroup, match.group()))
    return found


class _Parser:
    """Descenso recursivo, con una ficha de adelanto."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._position = 0

    def peek(self) -> tuple[str, str] | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def describe(self) -> str:
        token = self.peek()
        return f'"{token[1]}"' if token else "end of file"

    def sequence(self, stop: frozenset[str]) -> Sequence:
        steps: list[tuple[str, Pipeline]] = []
        joint = ";"
        self._skip_breaks()
        while (token := self.peek()) is not None and token[1] not in stop and token[1] != ")":
            steps.append((joint, self._pipeline()))
            joint = ";"
            token = self.peek()
            if token is not None and token[0] == "op" and token[1] in (";", "&&", "||", "&", "\n"):
                self._position += 1
                if token[1] == "&":
                    steps[-1] = ("&" if steps[-1][0] == ";" else steps[-1][0], steps[-1][1])
                joint = token[1] if token[1] in ("&&", "||") else ";"
                self._skip_breaks()
            elif token is not None and token[1] not in stop and token[1] != ")":
                raise SyntaxFault(f"sh: syntax error: unexpected {self.describe()}")
        return Sequence(steps)

    def _pipeline(self) -> Pipeline:
        negated = self._take("!")
        commands = [self._command()]
        while self._take("|"):
            self._skip_breaks()
            commands.append(self._command())
        return Pipeline(commands, negated)

    def _command(self) -> Node:
        token = self.peek()
        if token is None or token[1] in _WORDS:
            raise SyntaxFault(f"sh: syntax error: unexpected {self.describe()}")
        parts: dict[str, Callable[[], Node]] = {
            "while": self._loop, "until": self._loop, "for": self._for, "if": self._if,
        }  # fmt: skip
        compound = parts.get(token[1])
        if token[0] == "word" and compound is not None:
            return self._redirected(compound())
        if token[1] in ("(", "{"):
            closing = ")" if token[1] == "(" else "}"
            self._position += 1
            inner = self.sequence(frozenset({closing}))
            self._expect(closing)
            return self._redirected(inner)
        return self._simple()

    def _redirected(self, body: Node) -> Node:
        redirects: list[tuple[str, str]] = []
        while (token := self.peek()) is not None and token[0] == "redirect":
            redirects.append(self._redirect())
        return Redirected(body, redirects) if redirects else body

    def _redirect(self) -> tuple[str, str]:
        operator = self._next()
        if "&" in operator:
            return operator, ""
        target = self.peek()
        if target is None or target[0] != "word":
            raise SyntaxFault(f"sh: syntax error: unexpected {self.describe()}")
        return operator, self._next()

    def _simple(self) -> Command:
        command = Command()
        while (token := self.peek()) is not None and token[0] in ("word", "redirect"):
            if token[0] == "word":
                command.words.append(self._next())
            else:
                command.redirects.append(self._redirect())
        if not command.words and not command.redirects:
            raise SyntaxFault(f"sh: syntax error: unexpected {self.describe()}")
        return command

    def _loop(self) -> Loop:
        inverted = self._next() == "until"
        condition = self.sequence(frozenset({"do"}))
        return Loop(condition, self._body(), inverted)

    def _for(self) -> For:
        self._next()
        name = self._next()
        words: list[str] = []
        if self._take("in"):
            while (token := self.peek()) is not None and token[0] == "word" and token[1] != "do":
                words.append(self._next())
        self._take(";")
        self._skip_breaks()
        return For(name, words, self._body())

    def _if(self) -> If:
        branches: list[tuple[Sequence, Sequence]] = []
        otherwise = None
        self._next()
        while True:
            condition = self.sequence(frozenset({"then"}))
            self._expect("then")
            branches.append((condition, self.sequence(frozenset({"elif", "else", "fi"}))))
            word = self._next()
            if word == "else":
                otherwise = self.sequence(frozenset({"fi"}))
                word = self._next()
            if word != "elif":
                return If(branches, otherwise)

    def _body(self) -> Sequence:
        self._expect("do")
        body = self.sequence(frozenset({"done"}))
        self._expect("done")
        return body

    def _next(self) -> str:
        token = self.peek()
        if token is None:
            raise SyntaxFault("sh: syntax error: unexpected end of file")
        self._position += 1
        return token[1]

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise SyntaxFault(f'sh: syntax error: unexpected {self.describe()} (expecting "{word}")')

    def _take(self, word: str) -> bool:
        token = self.peek()
        if token is None or token[1] != word:
            return False
        self._position += 1
        return True

    def _skip_breaks(self) -> None:
        while (token := self.peek()) is not None and token == ("op", "\n"):
            self._position += 1
