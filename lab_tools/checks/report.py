"""Un informe de comprobaciones: texto para la terminal, JSON para programas y una tabla para los cuadernos.

El estado se dice siempre de tres maneras (forma, color y palabra), para que se entienda sin colores, en
blanco y negro y con un lector de pantalla. Nada se escribe en la salida de errores: en nbgrader, una sola
línea ahí anula la nota de la celda.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from html import escape

from lab_tools.checks import tints
from lab_tools.checks.result import GOOD, HURRIED, Result

SHAPES = {"bien": "✔", "a medias": "◐", "falta": "✘", "no medible": "○", "sin tiempo": "◷"}
TINTS = {
    "bien": tints.GOOD, "a medias": tints.HALF, "falta": tints.BAD, "no medible": tints.NEUTRAL,
    "sin tiempo": tints.NEUTRAL,
}  # fmt: skip
_TERMINAL = {"bien": "32", "a medias": "33", "falta": "31", "no medible": "90", "sin tiempo": "90"}


def number(value: float) -> str:
    """Un número para leer: con coma, y sin decimales si no los necesita."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


class Report:
    """Varios resultados juntos. `str(report)` es el texto; en un cuaderno se pinta como tabla.

    `notes` son frases que se dicen al final: lo que queda fuera, el plazo.
    """

    def __init__(
        self, results: Sequence[Result], title: str = "", counts: bool = True, notes: Sequence[str] = ()
    ) -> None:
        self.results = tuple(results)
        self.title = title
        self._counts = counts
        self._late = late = [result.id for result in self.results if result.state == HURRIED]
        # Un resultado parcial se dice: nadie debe tomarlo por entero.
        hurried = [f"No dio tiempo a mirar {', '.join(late)}: repite la comprobación."] if late else []
        self.notes = (*hurried, *notes)

    @property
    def earned(self) -> float:
        """Puntos ganados."""
        return round(sum(result.earned for result in self.results), 2)

    @property
    def possible(self) -> float:
        """Puntos que se pueden ganar aquí: lo que no se puede medir no cuenta."""
        return round(sum(result.possible for result in self.results), 2)

    @property
    def complete(self) -> bool:
        """No falta nada (y había algo que comprobar)."""
        return self.possible > 0 and self.earned >= self.possible and not self._late

    @property
    def summary(self) -> str:
        """Una línea: cuántas comprobaciones van bien y los puntos."""
        good = sum(result.state == GOOD for result in self.results)
        points = f" · {number(self.earned)} de {number(self.possible)} puntos" if self._counts else ""
        return f"{good} de {len(self.results)} comprobaciones bien{points}"

    def text(self, colour: bool = False, width: int = 0) -> str:
        """El informe para una terminal; `colour` añade colores ANSI, y `width` parte las frases a ese ancho."""
        lines = [self.title] if self.title else []
        for result in self.results:
            head = (
                f"{SHAPES[result.state]} {result.id}  {plain(result.question)}  [{result.state}{self._points(result)}]"
            )
            lines.append(f"\x1b[{_TERMINAL[result.state]}m{head}\x1b[0m" if colour else head)
            if result.state != GOOD:
                lines += [_folded(f"    {label} {plain(said)}", width) for label, said in pieces(result)]
        return "\n".join([*lines, self.summary, *(_folded(note, width) for note in self.notes)])

    def as_json(self) -> dict[str, object]:
        """El informe en tipos de JSON."""
        return {
            "title": self.title,
            "earned": self.earned,
            "possible": self.possible,
            "notes": list(self.notes),
            "results": [result.as_json() for result in self.results],
        }

    def json(self) -> str:
        """El informe como texto JSON."""
        return json.dumps(self.as_json(), ensure_ascii=False, indent=2)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        caption = f"{self.title}: {self.summary}" if self.title else self.summary
        rows = "".join(self._row(result) for result in self.results)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            '<table class="orquesta-informe" style="border-collapse:collapse;max-width:60em">'
            f'<caption style="text-align:left;font-weight:600;padding:.4em 0">{escape(caption)}</caption>'
            '<thead><tr><th scope="col" style="text-align:left">Estado</th>'
            '<th scope="col" style="text-align:left">Comprobación</th>'
            f'<th scope="col" style="text-align:left">Qué pasa</th></tr></thead><tbody>{rows}</tbody></table>{notes}'
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self._repr_html_()}

    def _row(self, result: Result) -> str:
        told = "".join(f"<div><b>{label}</b> {_markup(said)}</div>" for label, said in pieces(result))
        if result.state == GOOD:
            told = f"<div><b>Encontré</b> {_markup(result.found)}.</div>"
        return (
            f'<tr style="border-top:1px solid #ccc"><td style="{tints.style(TINTS[result.state])};white-space:nowrap;'
            f'vertical-align:top;text-align:left;padding:.4em .6em"><span aria-hidden="true">{SHAPES[result.state]}'
            f"</span> {result.state}{self._points(result)}</td>"
            f'<td style="vertical-align:top;text-align:left;padding:.4em .6em">{_markup(result.question)}'
            f"<br><small>{escape(result.id)}</small></td>"
            f'<td style="vertical-align:top;text-align:left;padding:.4em .6em">{told}</td></tr>'
        )

    def _points(self, result: Result) -> str:
        if not self._counts or not result.possible:
            return ""
        return f", {number(result.earned)}/{number(result.possible)}"


def pieces(result: Result) -> list[tuple[str, str]]:
    """Las cuatro piezas de un comentario, en su orden; ninguna está vacía."""
    return [
        ("Esperaba", _sentence(result.expected)),
        ("Encontré", _sentence(result.found)),
        ("Importa", _sentence(result.why)),
        ("Lee", _sentence(result.read)),
    ]


def plain(text: str) -> str:
    """El mismo texto sin las comillas de código de Markdown."""
    return text.replace("`", "")


def _folded(line: str, width: int) -> str:
    """Una frase en renglones de `width` columnas, con su sangría. Ninguna palabra se parte: se copian y se pegan."""
    if width <= 0:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    told = textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(told)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "…")) else f"{text}."


def _markup(text: str) -> str:
    """HTML seguro de una frase: solo se entiende el código entre comillas invertidas."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
