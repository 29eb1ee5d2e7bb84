"""Trabajos que se parecen demasiado: pistas, no sentencias. Las mira una persona.

Todo el mundo hace los mismos ejercicios, así que pedir lo mismo no dice nada. Lo que no se repite por casualidad es el
ritmo: los segundos que pasan entre una petición y la siguiente. Dos registros con las mismas peticiones al mismo ritmo
son el mismo trabajo entregado dos veces.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grading.records import Entry

FEW = 8  # con menos peticiones, parecerse es fácil
SAME_PACE = 0.05  # segundos virtuales
SUSPICIOUS = 0.5  # fracción de pausas iguales


@dataclass(frozen=True)
class Pair:
    """Dos personas y la fracción de su trabajo que comparte ritmo, de 0 a 1."""

    one: str
    other: str
    alike: float


def pairs(records: Mapping[str, Sequence[Entry]]) -> list[Pair]:
    """Las parejas que conviene mirar, de más a menos parecidas. `records` son los apuntes de cada estudiante."""
    works = {student: steps for student, entries in records.items() if (steps := _steps(entries))}
    compared = [Pair(one, other, _alike(works[one], works[other])) for one, other in itertools.combinations(works, 2)]
    return sorted((pair for pair in compared if pair.alike >= SUSPICIOUS), key=lambda pair: (-pair.alike, pair.one))


Step = tuple[str, float]


def _steps(entries: Sequence[Entry]) -> list[Step]:
    """Cada petición y los segundos desde la anterior; nada si son pocas."""
    asked = [entry for entry in entries if "verb" in entry]
    if len(asked) < FEW:
        return []
    return [(_asked(later), later["t"] - earlier["t"]) for earlier, later in itertools.pairwise(asked)]


def _asked(entry: Entry) -> str:
    return f"{entry['verb']} {str(entry.get('path', '')).rsplit('/', 1)[0]}"


def _alike(one: list[Step], other: list[Step]) -> float:
    """La fracción de pasos del más corto que están en el otro, al mismo ritmo y en el mismo orden."""
    shorter, longer = sorted((one, other), key=len)
    counted = [(asked, pause) for asked, pause in shorter if pause > SAME_PACE]  # pedir de seguido no es un ritmo
    if len(counted) < FEW // 2:
        return 0.0
    place = same = 0
    for asked, pause in counted:
        for ahead in range(place, len(longer)):
            if longer[ahead][0] == asked and abs(longer[ahead][1] - pause) < SAME_PACE:
                place, same = ahead + 1, same + 1
                break
    return same / len(counted)
