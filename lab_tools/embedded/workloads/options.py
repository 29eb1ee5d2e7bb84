"""Las opciones de una orden: `-qO-`, `-T 5`, `--header=A: b`. Lo mínimo de getopt que usan wget, curl y nc."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class BadOption(Exception):
    """Una opción que la orden no tiene, o a la que le falta su valor. `str` es la opción."""


def split(args: list[str], flags: str, valued: str, names: Mapping[str, str]) -> tuple[dict[str, list[str]], list[str]]:
    """Separa opciones y argumentos. `flags` y `valued` son letras; `names`, las largas con la letra a que equivalen.

    Devuelve cada letra con sus valores («» si no lleva) y los argumentos, por orden. Lanza `BadOption`.
    """
    found: dict[str, list[str]] = {}
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--":
            rest.extend(words)
        elif word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            letter = names.get(name)
            if letter is None:
                raise BadOption(word)
            if letter in valued and not equals:
                value = _next(words, word)
            found.setdefault(letter, []).append(value)
        elif word.startswith("-") and len(word) > 1:
            _letters(word, words, flags, valued, found)
        else:
            rest.append(word)
    return found, rest


def _letters(word: str, words: Iterator[str], flags: str, valued: str, found: dict[str, list[str]]) -> None:
    at = 1
    while at < len(word):
        letter = word[at]
        at += 1
        if letter in valued:
            found.setdefault(letter, []).append(word[at:] or _next(words, f"-{letter}"))
            return
        if letter not in flags:
            raise BadOption(f"-{letter}")
        found.setdefault(letter, []).append("")


def _next(words: Iterator[str], option: str) -> str:
    value = next(words, None)
    if value is None:
        raise BadOption(option)
    return value


def seconds(values: list[str] | None) -> float | None:
    """El último valor de una opción que lleva segundos, o `None`."""
    try:
        return float(values[-1]) if values else None
    except ValueError:
        return None
