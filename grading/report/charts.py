"""Dos dibujos: cómo se reparten las notas (SVG, que también se dice en palabras) y cuántos fallan cada cosa (lista)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 480, 180, 24
BANDS = 10


def distribution(scores: Sequence[float], most: float) -> str:
    """Cuántas entregas hay en cada décima parte de la nota. `scores` y `most` en puntos."""
    counts = [0] * BANDS
    for score in scores:
        counts[min(BANDS - 1, int(BANDS * score / most)) if most else 0] += 1
    tallest = max(counts) or 1
    step, room = (WIDTH - 2 * MARGIN) / BANDS, HEIGHT - 2 * MARGIN
    drawn = []
    for place, count in enumerate(counts):
        left, tall = MARGIN + place * step, room * count / tallest
        top = HEIGHT - MARGIN - tall
        drawn.append(f'<rect x="{left + 2:.1f}" y="{top:.1f}" width="{step - 4:.1f}" height="{tall:.1f}"/>')
        if count:
            drawn.append(f'<text x="{left + step / 2:.1f}" y="{top - 4:.1f}">{count}</text>')
    for place in range(BANDS + 1):
        ends = " %" if place == BANDS else ""
        drawn.append(f'<text x="{MARGIN + place * step:.1f}" y="{HEIGHT - 8}">{place * 10}{ends}</text>')
    told = ", ".join(f"{count} entre el {n * 10} y el {n * 10 + 10} %" for n, count in enumerate(counts) if count)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>Reparto de las notas, en tanto por ciento</title><desc>{escape(told or 'Aún no hay notas')}</desc>"
        f"{''.join(drawn)}</svg>"
    )


def bars(rows: Sequence[tuple[str, int, int]]) -> str:
    """Una barra por cada (nombre, cuántas, de cuántas): el nombre entero encima, y la cifra al lado."""
    drawn = [
        f'<li><span>{escape(name)}</span><span class="barra" aria-hidden="true"><i style="width:'
        f'{100 * count / (total or 1):.1f}%"></i></span><b>{count} de {total}</b></li>'
        for name, count, total in rows
    ]
    return f'<ol class="barras" aria-label="Criterios que más se fallan">{"".join(drawn)}</ol>'
