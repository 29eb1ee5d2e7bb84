"""Jugar un laboratorio entero como lo haría quien estudia, y puntuarlo como lo haría quien corrige.

Sirve para comprobar las comprobaciones: se juega sin tocar nada, con cada solución del repositorio y con sus mutantes,
y se mira qué nota sale. Todo pasa en un clúster dentro del proceso, en tiempo virtual.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab_tools.checks.result import Result
from lab_tools.client import Client
from lab_tools.drivers.base import Connection, confined
from lab_tools.errors import InfrastructureError
from lab_tools.labs import definition, submission
from lab_tools.labs.student import Lab

Seed = int | str | Mapping[str, Any] | None


@dataclass(frozen=True)
class Game:
    """Lo que salió: los resultados de cada ejercicio y el error, si lo hubo, de cada respuesta."""

    lab: Lab
    results: dict[str, tuple[Result, ...]]
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def mark(self) -> float:
        """Los puntos, reservadas incluidas."""
        return round(sum(result.earned for results in self.results.values() for result in results), 2)

    @property
    def most(self) -> float:
        """Los puntos, y además todos los de los ejercicios que no se llegaron a jugar: lo más que aún podía sacar."""
        left = (task.points for task in self.lab.definition.tasks if task.id not in self.results)
        return round(self.mark + sum(left), 2)

    @property
    def offered(self) -> float:
        """Los puntos de los ejercicios jugados."""
        return round(sum(task.points for task in self.lab.definition.tasks if task.id in self.results), 2)

    @property
    def measured(self) -> float:
        """Los puntos que aquí se podían ganar en los ejercicios jugados."""
        return round(sum(result.possible for results in self.results.values() for result in results), 2)

    def missing(self) -> list[str]:
        """Lo que falta, contado para entender por qué no salió la nota que se esperaba."""
        told = [f"{task}: {error}" for task, error in self.failed.items()]
        return told + [
            f"{one.id} {one.earned:g}/{one.possible:g}: esperaba {one.expected}; encontré {one.found}"
            for results in self.results.values()
            for one in results
            if one.earned < one.possible or not one.possible
        ]


class Hand:
    """La mano con la que se juega: por dónde pasa lo que pide, cuánto tarda y cuándo lo deja.

    Esta juega de corrido y hasta el final; así se meten los mutantes.
    """

    def through(self, connection: Connection) -> Connection:
        """La conexión de quien estudia, cuando el laboratorio ya está preparado."""
        return connection

    def pause(self) -> float:
        """Los segundos del clúster que deja pasar después de cada respuesta."""
        return 0.0

    def enough(self, results: Sequence[Result]) -> bool:
        """Si, visto lo que salió en un ejercicio, ya no hace falta jugar los que quedan."""
        return False


_STEADY = Hand()


def play(folder: Path, solution: str, seed: Seed = None, hand: Hand = _STEADY) -> Game:
    """Un clúster nuevo dentro del proceso, la solución celda a celda y la corrección en cada celda puntuada."""
    from lab_tools.drivers.in_process import InProcessConnection, in_process

    nodes = definition.load(folder, seed, hidden=False).nodes
    student = in_process(nodes, role="student")
    checker = InProcessConnection(student.cluster, "checker")
    return play_on(folder, solution, student, checker, seed, hand, time.process_time)


def play_on(
    folder: Path,
    solution: str,
    student: Connection,
    checker: Connection,
    seed: Seed = None,
    hand: Hand = _STEADY,
    clock: Callable[[], float] | None = None,
) -> Game:
    """Lo mismo, sobre un clúster ya hecho. Las celdas comparten variables, como en un cuaderno.

    `clock` mide el plazo de cada corrección, en segundos; sin él, de pared. Dentro del proceso se mide lo que trabaja
    el propio proceso: que la máquina esté ocupada con otras cosas no cambia la nota.
    """
    marker = definition.load(folder, seed)
    if place := confined(student):
        marker = definition.within(marker, place)
    variant = seed if seed is not None else _public(marker)
    Lab(str(folder), client=Client(student), variant=variant).start()
    lab = Lab(str(folder), client=Client(hand.through(student)), variant=variant)
    variables: dict[str, object] = {"lab": lab}
    results: dict[str, tuple[Result, ...]] = {}
    failed: dict[str, str] = {}
    answers = submission.sources(marker, solution) if solution else {}
    for task in marker.tasks:
        if task.id in answers:
            error = _run(answers[task.id], variables)
            if error:
                failed[task.id] = error
        if pause := hand.pause():
            lab.client.wait(pause)
        results[task.id] = marker.run(task.cell_id, Client(checker), clock)
        if hand.enough(results[task.id]):
            break
    return Game(lab, results, failed)


def _public(marker: definition.LabDefinition) -> Mapping[str, Any]:
    """Los valores de la variante pública: lo que haya en la carpeta donde se audita no cuenta."""
    return dict(marker.variant)


def _run(path: Path, variables: dict[str, object]) -> str:
    """Ejecuta una respuesta. Si se rompe, como en un cuaderno, se sigue con la siguiente; devuelve por qué."""
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(code, variables)
        except InfrastructureError:
            raise
        except Exception as error:
            return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return ""
