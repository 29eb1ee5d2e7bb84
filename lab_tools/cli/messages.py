"""Cómo se cuentan las cosas en la terminal: avances y errores por stderr, resultados por stdout."""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Sequence

import click

from lab_tools.errors import OrquestaError, StatusError

_NARROW, _WIDE = 40, 120  # entre cuántas columnas se parte una frase
_PLAIN = {"✔": "+", "✘": "x", "◐": "~", "○": "-", "×": "x", "·": "-", "→": "->", "…": "...", "«": '"', "»": '"'}


def tolerate() -> None:
    """Que ninguna terminal corte una frase: lo que su juego de caracteres no tiene sale como lo más parecido."""
    codecs.register_error("orquesta", _closest)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(errors="orquesta")


def _closest(error: UnicodeError) -> tuple[str, int]:
    """Un ✔ es «+» y una «ñ» es «n»: https://docs.python.org/3/library/codecs.html#codecs.register_error."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    piece = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter) or _unaccented(letter) for letter in piece), error.end


def _unaccented(letter: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"


def in_colour() -> bool:
    """Si los resultados van a una persona que quiere colores (https://no-color.org)."""
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    """Las columnas en que parte sus frases quien lee en una terminal; 0, sin partirlas, si lee un programa."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 0
    return max(_NARROW, min(shutil.get_terminal_size().columns, _WIDE))


def say(text: str = "") -> None:
    """Un resultado."""
    click.echo(text)


def progress(text: str) -> None:
    """Lo que va pasando. No ensucia lo que otro programa lea por stdout."""
    click.echo(text, err=True)


def say_json(value: object) -> None:
    """Un resultado para un programa."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def say_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columnas alineadas, como las de kubectl."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, *rows]:
        click.echo("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def number(value: float) -> str:
    """Un número como se escribe en español: coma decimal y sin ceros de adorno."""
    return f"{value:g}".replace(".", ",")


def complain(error: OrquestaError | StatusError, _code: int = 1) -> None:
    """Un error contado: qué pasó y, aparte, cómo se cura."""
    message, cure = _told(error)
    click.echo(f"Error: {message}", err=True)
    if cure:
        click.echo("\n".join(f"  {line}" for line in cure.splitlines()), err=True)


def complain_json(error: OrquestaError | StatusError, code: int = 1) -> None:
    """Lo mismo para un programa, y también por stderr: stdout solo lleva resultados. `code`: con cuánto se sale."""
    message, cure = _told(error)
    told = {"error": type(error).__name__, "message": message, "cure": cure, "exit_code": code}
    click.echo(json.dumps(told, ensure_ascii=False), err=True)


def _told(error: OrquestaError | StatusError) -> tuple[str, str]:
    if isinstance(error, StatusError):
        return f"la API responde «{error.message}» ({error.code} {error.reason}).", ""
    told = str(error)
    return (told.removesuffix(error.cure).rstrip("\n") if error.cure else told), error.cure
