"""Lo simulado, para compararlo con lo que de verdad corre; y las latencias, lado a lado."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from lab_tools.embedded.workloads.disk import Disk
from lab_tools.embedded.workloads.performance import QUICK
from lab_tools.embedded.workloads.program import Program
from lab_tools.embedded.workloads.table import Launch as Start
from lab_tools.embedded.workloads.table import Reference, Workloads
from lab_tools.images.context import PREFIX

from .conftest import SEED, Answer

TABLE = Workloads.load()
# Lo que se promete: la latencia de verdad y la simulada, dentro del 20 %.
CLOSE = 0.20
REQUESTS = 40
TRIES = 12


class Listening(Protocol):
    """Algo en marcha, en un proceso o en un contenedor."""

    def get(self, path: str = "/") -> Answer: ...

    def ready(self) -> Any: ...

    def kill(self) -> None: ...


def simulated(service: str, version: str, **env: str) -> Program:
    image = TABLE.image(Reference.parse(f"{PREFIX}{service}:{version}"))
    assert image is not None
    return TABLE.program(image, Start([], [], env, Disk(), "h", 0.0))


def same(answer: Answer, program: Program, path: str, age: float) -> None:
    found = program.answer(path, age)
    assert (answer.status, answer.body, answer.version) == (found.status, found.body, program.version)


def closest(
    launch: Callable[..., Listening], service: str, of: Callable[[list[float]], float] = sum, **changes: Any
) -> float:
    """Lo que tardan de verdad unas peticiones, entre lo que tardan con los mismos sorteos en la simulación.

    De cada una se descuenta lo que cuesta aquí y ahora una petición que no trabaja (la de la sonda, hecha justo
    antes): es lo que pone la máquina y no el programa. Y como su ruido solo puede alargar, de cada petición vale su
    mejor intento: todos sortean lo mismo. `of` es lo que se compara: la suma, o la mediana.
    """
    performance = replace(simulated(service, "1.0").performance, **changes)
    luck = random.Random(SEED)
    luck.random()  # el programa sortea antes la suerte de sus fallos
    draw = performance.draws(luck)
    wanted = [draw() for _ in range(REQUESTS)]
    best = [float("inf")] * REQUESTS
    for _ in range(TRIES):
        running = launch(service, serves=changes).ready() if changes else launch(service).ready()
        best = [min(one, net(running)) for one in best]
        running.kill()
        if of(best) / of(wanted) <= 1 + CLOSE:
            break
    return of(best) / of(wanted)


def net(running: Listening) -> float:
    """Segundos de una petición, sin lo que tarda una que no trabaja."""
    idle = running.get("/salud").seconds
    busy = running.get("/").seconds
    # Nadie contesta antes de haber trabajado lo suyo: si la sonda se retrasó más, no vale de medida.
    return busy - idle + QUICK if idle < busy / 2 else busy
