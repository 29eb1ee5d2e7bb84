"""Cómo se cuentan las cosas en la terminal: avances y errores por stderr, resultados por stdout."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from lab_tools.errors import OrquestaError, StatusError


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


def complain(error: OrquestaError | StatusError) -> None:
    """Un error contado: qué pasó y, aparte, cómo se cura."""
    if isinstance(error, StatusError):
        click.echo(f"Error: la API responde «{error.message}» ({error.code} {error.reason}).", err=True)
        return
    told = str(error)
    message = told.removesuffix(error.cure).rstrip("\n") if error.cure else told
    click.echo(f"Error: {message}", err=True)
    if error.cure:
        click.echo("\n".join(f"  {line}" for line in error.cure.splitlines()), err=True)
