"""Jugar un laboratorio entero como lo haría un estudiante, y puntuarlo como lo haría quien corrige."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab_tools import labs
from lab_tools.checks.check import Result
from lab_tools.client import Client
from lab_tools.drivers.base import Connection
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.labs.student import Lab


@dataclass(frozen=True)
class Game:
    """Lo que salió: los resultados de cada ejercicio, por su nombre."""

    lab: Lab
    results: dict[str, tuple[Result, ...]]

    @property
    def mark(self) -> float:
        """Los puntos, reservadas incluidas."""
        return round(sum(result.earned for results in self.results.values() for result in results), 2)

    def missing(self) -> list[str]:
        """Lo que falta, contado para entender un fallo de la prueba."""
        return [
            f"{one.id} {one.earned:g}/{one.possible:g}: esperaba {one.expected}; encontré {one.found}"
            for results in self.results.values()
            for one in results
            if one.earned < one.possible
        ]


def play(folder: Path, solution: str, seed: int | str | None = None) -> Game:
    """Un clúster nuevo dentro del proceso, la solución celda a celda y la corrección en cada celda puntuada."""
    cluster = EmbeddedCluster(nodes=3, seed=0)
    student, checker = InProcessConnection(cluster, "student"), InProcessConnection(cluster, "checker")
    return play_on(folder, solution, student, checker, seed)


def play_on(
    folder: Path, solution: str, student: Connection, checker: Connection, seed: int | str | None = None
) -> Game:
    """Lo mismo, sobre un clúster ya hecho. Las celdas comparten variables, como en un cuaderno."""
    marker = labs.load(folder, seed)
    lab = Lab(str(folder), client=Client(student), variant=seed)
    lab.start()
    variables: dict[str, object] = {"lab": lab}
    results = {}
    for task in marker.tasks:
        path = folder / "solutions" / solution / f"{task.id}.py"
        if solution and path.is_file():
            exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), variables)
        results[task.id] = marker.run(task.cell_id, Client(checker))
    return Game(lab, results)
