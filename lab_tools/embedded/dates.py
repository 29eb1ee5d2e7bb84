"""La hora que se ve por la red: cada instante del clúster lleva la hora de pared en que pasó, y ya no cambia.

La historia se guarda desde una época fija y corre a su velocidad. Lo que ve quien llega es una línea quebrada: cada
tramo empieza cuando el ritmo cambia (otra velocidad, una pausa, un salto del dueño, un arranque) y dice a qué hora de
pared estaba entonces cada reloj. Un tramo acabado no se toca, así que un mismo objeto dice siempre la misma fecha, a
cualquier velocidad, y ninguna cae en el futuro. Lo que pasó dentro de un salto lleva la hora de pared del salto.

Las *duraciones* son del clúster (la columna AGE, `elapsed`); las *fechas*, de la pared.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

# Con más tramos que estos se juntan los más viejos de dos en dos.
_MOST = 20_000


@dataclass(slots=True)
class Stretch:
    """Un tramo: desde el instante `since`, que se ve como `shown`, a `speed` segundos del clúster por segundo.

    `end` es la hora de pared a la que acabó: lo que el tramo adelante de más se queda en ella.
    """

    since: float
    shown: float
    speed: float
    end: float = math.inf


class Dates:
    """La línea. Sin tramos, se ve la hora del clúster tal cual. `version` crece con cada tramo."""

    def __init__(self, stretches: Sequence[Stretch] = ()) -> None:
        self._stretches = [replace(one) for one in stretches]
        self._starts = [one.since for one in self._stretches]
        self.version = len(self._stretches)

    def turn(self, since: float, wall: float, speed: float) -> None:
        """Empieza un tramo en el instante `since`, que es ahora, a la hora de pared `wall`."""
        if self._stretches:
            last = self._stretches[-1]
            last.end = min(last.end, wall)
        # A velocidad 1 el traslado es de segundos enteros: las fechas se ven con la misma fracción que se guardan.
        shown = since + math.floor(wall - since) if speed == 1 else wall
        self._stretches.append(Stretch(since, shown, speed))
        self._starts.append(since)
        self.version += 1
        if len(self._stretches) > _MOST:
            kept = self._stretches[: _MOST // 2 : 2] + self._stretches[_MOST // 2 :]
            self._stretches, self._starts = kept, [one.since for one in kept]

    def at(self, instant: float) -> float:
        """La hora a la que se ve un instante del clúster."""
        if not self._stretches:
            return instant
        one = self._stretches[max(bisect_right(self._starts, instant) - 1, 0)]
        ahead = instant - one.since
        # Antes del primer tramo, y a velocidad cero, se cuenta segundo a segundo.
        return min(one.shown + ahead / (one.speed if ahead > 0 and one.speed > 0 else 1.0), one.end)

    def second(self, instant: int) -> int:
        """Lo mismo, en segundos enteros."""
        return math.floor(self.at(instant))

    def meant(self, shown: float) -> float:
        """El instante del clúster que se ve a esa hora: el primero, si son varios."""
        if not self._stretches:
            return shown
        one = next((one for one in reversed(self._stretches) if one.shown <= shown), self._stretches[0])
        ahead = shown - one.shown
        return one.since + ahead * (one.speed if ahead > 0 and one.speed > 0 else 1.0)

    def meant_second(self, shown: int) -> int:
        """El segundo del clúster que se ve como ese."""
        return math.ceil(self.meant(shown) - 1e-6)

    @property
    def stretches(self) -> Sequence[Stretch]:
        """Los tramos, para guardarlos."""
        return tuple(self._stretches)


PLAIN = Dates()
"""La de quien llama en proceso: ningún traslado."""
