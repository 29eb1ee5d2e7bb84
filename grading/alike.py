"""Trabajos que se parecen demasiado: pistas, no sentencias. Las mira una persona.

Todo el mundo hace los mismos ejercicios, así que pedir lo mismo no dice nada. Lo que no se repite por casualidad es el
ritmo: los segundos que pasan entre una petición y la siguiente. Dos registros con las mismas peticiones al mismo ritmo
son el mismo trabajo entregado dos veces.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory

from lab_tools.labs.handin import FILE

FEW = 8  # con menos peticiones, parecerse es fácil
SAME_PACE = 0.05  # segundos virtuales
SUSPICIOUS = 0.5  # fracción de pausas iguales


@dataclass(frozen=True)
class Pair:
    """Dos personas y la fracción de su trabajo que comparte ritmo, de 0 a 1."""

    one: str
    other: str
    alike: float


def pairs(course: CourseDirectory, assignment: str) -> list[Pair]:
    """Las parejas que conviene mirar, de más a menos parecidas."""
    root = Path(course.root) / course.submitted_directory
    works = {path.parent.parent.name: found for path in sorted(root.glob(f"*/{assignment}/{FILE}"))
             if (found := _steps(path)) is not None}  # fmt: skip
    compared = [Pair(one, other, _alike(works[one], works[other])) for one, other in itertools.combinations(works, 2)]
    return sorted((pair for pair in compared if pair.alike >= SUSPICIOUS), key=lambda pair: (-pair.alike, pair.one))


Step = tuple[str, float]


def _steps(path: Path) -> list[Step] | None:
    """Cada petición y los segundos desde la anterior; None si no se entiende o si son pocas."""
    try:
        entries = [entry for entry in json.loads(path.read_text(encoding="utf-8"))["entries"] if "verb" in entry]
        times = [float(entry["t"]) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if len(entries) < FEW:
        return None
    pauses = (later - earlier for earlier, later in itertools.pairwise(times))
    return [(_asked(entry), pause) for entry, pause in zip(entries[1:], pauses, strict=True)]


def _asked(entry: Mapping[str, Any]) -> str:
    return f"{entry['verb']} {str(entry.get('path', '')).rsplit('/', 1)[0]}"


def _alike(one: list[Step], other: list[Step]) -> float:
    """La fracción de pasos del más corto que están en el otro, al mismo ritmo y en el mismo orden."""
    shorter, longer = sorted((one, other), key=len)
    place = same = 0
    for asked, pause in shorter:
        for ahead in range(place, len(longer)):
            if longer[ahead][0] == asked and abs(longer[ahead][1] - pause) < SAME_PACE and pause > SAME_PACE:
                place, same = ahead + 1, same + 1
                break
    counted = sum(pause > SAME_PACE for _, pause in shorter)
    return same / counted if counted >= FEW // 2 else 0.0
