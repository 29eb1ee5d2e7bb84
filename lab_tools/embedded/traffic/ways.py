"""Todos los caminos de una petición, con su probabilidad: la red se recorre una vez por cada cosa que podría salir.

La red elige con su suerte; aquí se le da una suerte de guion (`Tape`) que sale primero por un lado y después por cada
uno de los otros, hasta agotarlos. Así se pregunta una vez y se sortea miles.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from lab_tools.embedded.network.ask import Ask
from lab_tools.embedded.network.walk import Reply, Walk
from lab_tools.embedded.network.weather import Weather
from lab_tools.embedded.network.wire import Served

# Más caminos que estos no se exploran: los que falten se reparten entre los vistos.
_MOST = 2000


class Walker(Protocol):
    """Una red que sabe hacer de sombra de sí misma."""

    weather: Weather

    def walk(self, ask: Ask) -> Walk:
        """El camino de una petición que sale ahora."""

    def shadow(self, luck: random.Random, listens: Callable[[str, str, int], bool]) -> Walker:
        """La misma red, con otra suerte y otros oídos."""


class Tape(random.Random):
    """Una suerte escrita: recorre todas las elecciones posibles, una combinación en cada vuelta."""

    def __init__(self) -> None:
        super().__init__(0)
        self.odds = 1.0
        self._script: list[tuple[int, Sequence[float]]] = []
        self._at = 0

    def rewind(self) -> None:
        """Empieza una vuelta."""
        self.odds, self._at = 1.0, 0

    def turn(self) -> bool:
        """Prepara la vuelta siguiente; devuelve si queda alguna."""
        del self._script[self._at :]
        while self._script:
            taken, odds = self._script.pop()
            following = next((one for one in range(taken + 1, len(odds)) if odds[one] > 0), None)
            if following is not None:
                self._script.append((following, odds))
                return True
        return False

    def _take(self, odds: Sequence[float]) -> int:
        if self._at == len(self._script):
            self._script.append((next(place for place, one in enumerate(odds) if one > 0), odds))
        taken, _ = self._script[self._at]
        self._at += 1
        self.odds *= odds[taken] / sum(odds)
        return taken

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """Una elección entre iguales."""
        found = range(start) if stop is None else range(start, stop, step)
        return found[self._take([1.0] * len(found))]

    def choice(self, seq: Any) -> Any:
        """Una elección entre iguales."""
        return seq[self.randrange(len(seq))]

    def choices(self, population: Any, weights: Any = None, *, cum_weights: Any = None, k: int = 1) -> list[Any]:
        """Elecciones con pesos."""
        odds = [float(one) for one in weights] if weights is not None else [1.0] * len(population)
        return [population[self._take(odds)] for _ in range(k)]


class Ways:
    """Los caminos posibles en una red. `api` es lo que contesta la API del clúster a quien llega hasta ella."""

    def __init__(self, network: Walker, api: Callable[[Walk], Served]) -> None:
        self._network = network
        self._api = api

    def mood(self) -> object:
        """Cómo están los cables: mientras sea igual, nadie ha provocado ni reparado una avería."""
        weather = self._network.weather
        return tuple(weather.cuts), tuple(weather.slows), weather.dns_is_down

    def walk(self, ask: Ask) -> Walk:
        """El camino de una petición suelta que sale ahora."""
        return self._answered(self._network.walk(ask))

    def _answered(self, walk: Walk) -> Walk:
        """Un camino que acaba en la API, con lo que ella contesta: solo si se lee, que se pregunta más de una vez."""
        if walk.answerer != "api" or walk.ask.method not in ("GET", "HEAD") or not walk.ask.http:
            return walk
        said = self._api(walk)
        return replace(walk, reply=Reply(said.status, said.body, said.headers))

    def ways(self, ask: Ask) -> list[tuple[float, Walk]]:
        """Pares de probabilidad y camino, en el orden en que la red elegiría; los iguales, juntos.

        Se supone que donde hay un Pod alguien escucha: si es así en cada instante, lo sabe el kubelet.
        """
        # La primera petición de verdad deja hecha la afinidad de sesión, si la hay.
        self._network.walk(ask)
        tape = Tape()
        shadow = self._network.shadow(tape, lambda namespace, pod, port: True)
        found: dict[tuple[object, ...], tuple[float, Walk]] = {}
        for _ in range(_MOST):
            tape.rewind()
            walk = shadow.walk(ask)
            key = (walk.verdict, walk.address, _end(walk), *map(_end, walk.mirrors))
            weight, first = found.get(key, (0.0, walk))
            found[key] = (weight + tape.odds, first)
            if not tape.turn():
                break
        return [(weight, self._answered(walk)) for weight, walk in found.values()]


def _end(walk: Walk) -> tuple[object, ...]:
    """Dónde acaba un camino, para juntar los que acaban igual."""
    if walk.backend is not None:
        return walk.backend.pod, walk.backend.port, walk.backend.path
    return (walk.reply.status,) if walk.reply is not None else ()
