"""Un manifiesto para leer: las líneas que importan se señalan con una marca, y no solo con color."""

from __future__ import annotations

from html import escape

_MARK = "▶"
_LINE = "background:#fff3d6;color:#3d2b00;font-weight:600"


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
