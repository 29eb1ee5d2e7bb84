"""El veredicto de una celda: criterios con su evidencia, y cómo se dicen en nbgrader.

nbgrader lee la nota de una celda en su primer `execute_result` (`nbgrader.utils.determine_grade`): un número entre 0 y
el máximo es crédito parcial; otra cosa (un texto, `nan`, nada) vale *todos* los puntos; más del máximo rompe la
entrega; una línea en stderr vale 0. Por eso aquí sale siempre un número finito y recortado, y el texto va por stdout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from nbformat.notebooknode import NotebookNode

from grading import cells
from lab_tools.checks.check import Result
from lab_tools.checks.report import number, pieces, plain
from lab_tools.errors import InfrastructureError

DECIMALS = 4  # la nota se redondea a diezmilésimas: las mismas en texto, gradebook y páginas
HIDDEN = "Criterio reservado"
UNMEASURED = "no medible aquí: no cuenta"


@dataclass(frozen=True)
class Verdict:
    """Lo que vale una celda puntuada, comprobación a comprobación."""

    cell_id: str
    results: tuple[Result, ...]
    title: str = ""

    def score(self, max_points: float) -> float:
        """Los puntos de la celda: la fracción ganada de lo medible por `max_points`, finita y entre 0 y `max_points`.

        Lanza InfrastructureError si no hay nada que medir o los puntos no son números: entonces no hay nota.
        """
        possible = math.fsum(result.possible for result in self.results)
        earned = math.fsum(result.earned for result in self.results)
        if not (math.isfinite(earned) and math.isfinite(possible) and possible > 0):
            raise InfrastructureError(
                f"En la celda «{self.cell_id}» no hay nada que se pueda medir.",
                "Revisa las comprobaciones del laboratorio: no es culpa de la entrega.",
            )
        return round(min(max(earned / possible, 0.0), 1.0) * max_points, DECIMALS)

    def as_data(self, max_points: float) -> dict[str, Any]:
        """El veredicto como JSON para la página. De una comprobación oculta solo salen los puntos."""
        return {
            "title": self.title or self.cell_id,
            "points": max_points,
            "score": self.score(max_points),
            "results": [_as_data(result) for result in self.results],
        }


def say(verdict: Verdict, max_points: float) -> str:
    """El comentario en texto: un renglón por comprobación y, donde falta algo, sus cuatro piezas."""
    lines = [f"{verdict.title or verdict.cell_id}: {number(verdict.score(max_points))} de {number(max_points)} puntos"]
    for result in verdict.results:
        mark = "○" if not result.possible else "✓" if _passed(result) else "✗"
        title = HIDDEN if result.hidden else plain(result.question)
        worth = f"{number(result.earned)} de {number(result.possible)}" if result.possible else UNMEASURED
        lines.append(f"{mark} {title} ({worth})")
        if not _passed(result) and not result.hidden:
            lines += [f"    {label} {plain(text)}" for label, text in pieces(result)]
    return "\n".join(lines) + "\n"


def outputs(verdict: Verdict, max_points: float, count: int) -> list[NotebookNode]:
    """Las salidas que nbgrader leerá: un mensaje por stdout y un `execute_result` con el número a secas."""
    return [
        cells.printed(say(verdict, max_points)),
        cells.returned(repr(verdict.score(max_points)), count),
    ]


def _passed(result: Result) -> bool:
    return result.earned >= result.possible


def _as_data(result: Result) -> dict[str, Any]:
    title, told = (HIDDEN, []) if result.hidden else (result.question, pieces(result))
    points = {"points": result.possible, "earned": result.earned, "passed": _passed(result),
              "measured": bool(result.possible)}  # fmt: skip
    return {
        "id": "" if result.hidden else result.id,
        "title": title,
        **points,
        "pieces": [{"label": label, "text": text} for label, text in told],
    }
