"""Qué se juega para poner a prueba un laboratorio: sin tocar, sus soluciones, sus errores típicos y sus mutantes.

Los mutantes salen de lo que escribe una solución (`record`): la primera de toda la nota que corre dentro del proceso.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab_tools.drivers.base import Connection
from lab_tools.labs import definition, mutants, play
from lab_tools.labs.definition import LabDefinition
from lab_tools.labs.writes import Tape, Write

SEEDS = (0, 1, 2, 3, 4)
UNTOUCHED = "intacto"
FULL, TYPICAL, HARMFUL, HARMLESS, DEMAND = (
    "solución",
    "error típico",
    "mutante dañino",
    "mutante inofensivo",
    "requisito",
)


@dataclass(frozen=True)
class Case:
    """Algo que jugar. `least` y `most`: entre qué notas ha de quedar; `mutant`: el lugar del mutante, o -1."""

    kind: str
    name: str
    least: float
    most: float
    solution: str = ""
    seed: int | None = None
    mutant: int = -1


def plain_cases(lab: LabDefinition, seeds: Sequence[int] = SEEDS) -> Iterator[Case]:
    """Sin tocar y las soluciones del repositorio: las de toda la nota, con cada semilla."""
    for seed in seeds:
        yield Case(UNTOUCHED, f"semilla {seed}", 0, 0, "", seed)
    for one in lab.solutions:
        full = one.mark == lab.max_points
        kind = FULL if full else TYPICAL
        if full and one.driver == "python":
            yield from (Case(kind, f"{one.name}, semilla {seed}", one.mark, one.mark, one.name, seed) for seed in seeds)
        else:
            yield Case(
                kind, f"{one.name}{' (kubectl)' if one.driver == 'kubectl' else ''}", one.mark, one.mark, one.name
            )


def mutant_cases(lab: LabDefinition, writes: Sequence[Write], limit: int | None = None) -> list[Case]:
    """Los mutantes de la solución de partida. Con `limit`, solo tantos, uno de cada tantos."""
    found = list(enumerate(mutants.of(writes, lab.mutants)))
    if limit is not None and len(found) > limit:
        found = [found[index * len(found) // limit] for index in range(limit)]
    start, full = base(lab), lab.max_points
    return [
        Case(HARMFUL, one.name, 0, full - 0.01, start, None, index)
        if one.harmful
        else Case(HARMLESS, one.name, full, full, start, None, index)
        for index, one in found
    ]


@cache
def record(folder: Path) -> tuple[Write, ...]:
    """Lo que escribe la solución de partida, con la variante pública."""
    hand = _Recorder()
    play.play(folder, base(definition.load(folder)), None, hand)
    return tuple(hand.tapes[0].writes)


class _Recorder(play.Hand):
    """Juega lo que le digan y se queda con la cinta."""

    def __init__(self) -> None:
        self.tapes: list[Tape] = []

    def through(self, connection: Connection) -> Connection:
        """Lo que pide, apuntado."""
        self.tapes.append(Tape(connection))
        return self.tapes[-1]


def base(lab: LabDefinition) -> str:
    """La solución de la que salen los mutantes: la primera de toda la nota que corre dentro del proceso."""
    return next(one.name for one in lab.solutions if one.driver == "python" and one.mark == lab.max_points)
