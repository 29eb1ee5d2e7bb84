"""Manifiestos para leer: lo que importa, o lo que cambia, se señala con una marca y no solo con color."""

from __future__ import annotations

from difflib import ndiff
from html import escape

from lab_tools.checks import tints

_MARK = "▶"
_LINE = f"{tints.style(tints.HALF)};font-weight:600"
_PAPERS = {"-": tints.style(tints.BAD), "+": tints.style(tints.GOOD)}


class Reading:
    """El texto de un manifiesto. Se señalan las líneas que contienen alguno de los trozos de `marks`."""

    def __init__(self, name: str, text: str, marks: tuple[str, ...] = ()) -> None:
        self.name = name
        self.marks = marks
        self.lines = text.rstrip("\n").split("\n")

    def __repr__(self) -> str:
        return "\n".join(f"{_MARK if self._matters(line) else ' '} {line}" for line in self.lines)

    def _repr_html_(self) -> str:
        lines = "\n".join(
            f'<span style="{_LINE}">{_MARK} {escape(line)}</span>' if self._matters(line) else f"  {escape(line)}"
            for line in self.lines
        )
        return (
            f'<figure style="margin:0"><figcaption><code>{escape(self.name)}</code></figcaption>'
            f'<pre style="padding:.6em;line-height:1.45;overflow-x:auto">{lines}</pre></figure>'
        )

    def _matters(self, line: str) -> bool:
        return any(mark in line for mark in self.marks)


class Comparison:
    """Las líneas que quitan (`-`) y ponen (`+`) para pasar de un manifiesto a otro. Los comentarios no cuentan."""

    def __init__(self, old: Reading, new: Reading) -> None:
        self.title = f"{old.name} → {new.name}"
        both = ndiff(_uncommented(old), _uncommented(new))
        self.lines = [(line[0], line[2:]) for line in both if line[0] in _PAPERS]

    def __repr__(self) -> str:
        return "\n".join(f"{sign} {line}" for sign, line in self.lines)

    def _repr_html_(self) -> str:
        lines = "\n".join(f'<span style="{_PAPERS[sign]}">{sign} {escape(line)}</span>' for sign, line in self.lines)
        return (
            f'<figure style="margin:0"><figcaption><code>{escape(self.title)}</code></figcaption>'
            f'<pre style="padding:.6em;line-height:1.45;overflow-x:auto">{lines}</pre></figure>'
        )


def _uncommented(reading: Reading) -> list[str]:
    return [line for line in reading.lines if not line.lstrip().startswith("#")]
