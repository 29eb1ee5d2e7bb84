"""La clasificación de los nodos: cada uno en su sitio del mundo, con su nota, y quiénes van los primeros.

Cada Pod mueve un nodo y pregunta por los mejores de una parte del mundo. Recorrer esa parte costaría tanto como el
mundo; aquí los sitios se guardan ordenados, juntos los de la misma nota, y se busca por mitades.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

# Dos notas más próximas que esto son un empate.
TIE = 1e-6


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Los mejores nodos (sus sitios en el mundo) y cuántos hubo que mirar."""

    best: list[int]
    looked: int


class Standings:
    """La nota de cada sitio; `None` donde no cabe."""

    __slots__ = ("_fits", "_levels", "_marks", "_tied")

    def __init__(self, marks: Sequence[float | None]) -> None:
        self._marks = list(marks)
        self._fits = [place for place, mark in enumerate(marks) if mark is not None]
        self._tied: dict[float, list[int]] = {}
        for place, mark in enumerate(marks):
            if mark is not None:
                self._tied.setdefault(mark, []).append(place)
        # Las notas que tiene alguien, de menor a mayor.
        self._levels = sorted(self._tied)

    def copy(self) -> Standings:
        """Otra igual, que desde aquí va por su lado."""
        other = Standings(())
        other._marks, other._fits, other._levels = self._marks.copy(), self._fits.copy(), self._levels.copy()
        other._tied = {level: places.copy() for level, places in self._tied.items()}
        return other

    def put(self, place: int, mark: float | None) -> None:
        """Cambia la nota de un sitio."""
        before = self._marks[place]
        if mark == before:
            return
        self._marks[place] = mark
        if before is not None:
            self._take_out(place, before)
        if mark is not None:
            self._bring_in(place, mark)
        if before is None:
            insort(self._fits, place)
        elif mark is None:
            _remove(self._fits, place)

    def shortlist(self, start: int, wanted: int) -> Shortlist:
        """Los empatados a la mejor nota entre los primeros `wanted` donde cabe, empezando por el sitio `start`."""
        total, fits = len(self._marks), self._fits
        looked = total
        if len(fits) >= wanted > 0:
            last = fits[(bisect_left(fits, start) + wanted - 1) % len(fits)]
            looked = (last - start) % total + 1
        return Shortlist(self._best(start, start + looked), looked)

    def _best(self, start: int, end: int) -> list[int]:
        """Los empatados a la mejor nota de `start` a `end`, que sigue por el principio si pasa del final."""
        total, least = len(self._marks), float("-inf")
        groups: list[list[int]] = []
        for level in reversed(self._levels):
            if level <= least:
                break
            places = self._tied[level]
            found = [*_within(places, start, end), *_within(places, 0, end - total)]
            if found:
                least = least if groups else level - TIE
                groups.append(found)
        if len(groups) < 2:
            return groups[0] if groups else []
        # Notas casi iguales también empatan: todos juntos, por el orden en que se miran.
        return sorted(chain(*groups), key=lambda place: (place - start) % total)

    def _bring_in(self, place: int, mark: float) -> None:
        places = self._tied.get(mark)
        if places is None:
            self._tied[mark] = [place]
            insort(self._levels, mark)
        else:
            insort(places, place)

    def _take_out(self, place: int, mark: float) -> None:
        places = self._tied[mark]
        if len(places) > 1:
            _remove(places, place)
        else:
            del self._tied[mark]
            _remove(self._levels, mark)


def _within(places: list[int], start: int, end: int) -> list[int]:
    """De unos sitios en orden, los que van de `start` a `end`, sin este."""
    return places[bisect_left(places, start) : bisect_left(places, end)] if end > start else []


def _remove(ordered: list[int] | list[float], value: float) -> None:
    del ordered[bisect_left(ordered, value)]
