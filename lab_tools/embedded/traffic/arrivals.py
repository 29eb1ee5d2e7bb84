"""Cuándo llega cada petición: un proceso de Poisson cuyo ritmo cambia a escalones.

Fuente: L. Kleinrock, «Queueing Systems» I, §2.4: los huecos son exponenciales e independientes; como no tienen
memoria, al cambiar de escalón se vuelve a sortear desde la frontera.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

# Un escalón: segundos que dura y peticiones por segundo.
Step = tuple[float, float]


class Poisson:
    """Los instantes de llegada (segundos del reloj), desde `start` y hasta que se acaben los escalones."""

    def __init__(self, rng: random.Random, start: float, steps: Sequence[Step]) -> None:
        self._luck = rng.random
        self._steps = list(steps)
        self._rate = 0.0
        self._at = self._ends = start
        self._place = 0

    def following(self) -> float:
        """La siguiente llegada; infinito si no hay más."""
        while True:
            if self._rate > 0:
                self._at -= math.log(1.0 - self._luck()) / self._rate
                if self._at < self._ends:
                    return self._at
            if self._place >= len(self._steps):
                self._rate = 0.0
                return math.inf
            seconds, self._rate = self._steps[self._place]
            self._place += 1
            self._at, self._ends = self._ends, self._ends + seconds


class Single:
    """Una sola petición, en el instante `at`."""

    def __init__(self, at: float) -> None:
        self._at = at

    def following(self) -> float:
        """La petición; después, infinito."""
        at, self._at = self._at, math.inf
        return at
