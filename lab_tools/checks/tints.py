"""Los tintes de una tabla: un velo de color sobre el papel que haya, claro u oscuro, con la tinta de la página.

Un fondo opaco elige un papel: el claro deslumbra en un cuaderno oscuro. El velo deja pasar el de debajo, y la palabra
y la marca dicen lo mismo sin color.
"""

from __future__ import annotations

# (rojo, verde, azul) de 0 a 255, y cuánto tapa, de 0 a 1
Tint = tuple[int, int, int, float]

GOOD: Tint = (34, 160, 72, 0.18)
HALF: Tint = (232, 163, 23, 0.24)
BAD: Tint = (214, 48, 49, 0.18)
NEUTRAL: Tint = (128, 128, 128, 0.16)


def style(tint: Tint) -> str:
    """La declaración de CSS."""
    red, green, blue, cover = tint
    return f"background:rgba({red},{green},{blue},{cover})"
