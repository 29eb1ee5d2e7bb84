"""Dos dibujos en SVG: cómo se reparten las notas y qué fracción falla cada cosa. Con texto para quien no los ve."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 640, 200, 28
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
        drawn.append(_bar(left + 2, top, step - 4, tall))
        if count:
            drawn.append(f'<text x="{left + step / 2:.1f}" y="{top - 4:.1f}">{count}</text>')
        drawn.append(f'<text x="{left + step / 2:.1f}" y="{HEIGHT - 8}">{place * 10}–{place * 10 + 10}</text>')
    told = ", ".join(f"{count} entre el {n * 10} y el {n * 10 + 10} %" for n, count in enumerate(counts) if count)
    return _svg(HEIGHT, "Reparto de las notas, en tanto por ciento", told or "Aún no hay notas", drawn)


def bars(rows: Sequence[tuple[str, int, int]]) -> str:
    """Una barra por cada (nombre, cuántas, de cuántas)."""
    line, start = 26, 380
    drawn = []
    for place, (name, count, total) in enumerate(rows):
        top, room = place * line, WIDTH - start - 60
        shown = name if len(name) <= 58 else f"{name[:57]}…"
        drawn += [
            f'<text class="nombre" x="{start - 8}" y="{top + 17}">{escape(shown)}</text>',
            _bar(start, top + 4, room, 16, "fondo"),
            _bar(start, top + 4, room * count / (total or 1), 16),
            f'<text class="cifra" x="{WIDTH - 52}" y="{top + 17}">{count} de {total}</text>',
        ]
    told = "; ".join(f"{name}: {count} de {total}" for name, count, total in rows)
    return _svg(line * len(rows) + 4, "Criterios que más se fallan", told or "Nadie falla nada", drawn)


def _bar(left: float, top: float, wide: float, tall: float, name: str = "barra") -> str:
    return f'<rect class="{name}" x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>'


def _svg(height: float, title: str, told: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(told)}</desc>{''.join(parts)}</svg>"
    )
