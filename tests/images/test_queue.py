"""La cola y el trabajador de verdad mueven los mensajes como los simulados."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from lab_tools.embedded.traffic.box import Box

from .compared import CLOSE, simulated
from .conftest import STARTS, Launch, Running

# Las peticiones que se hacen a las dos colas, a la de verdad y a la simulada, una tras otra.
STEPS = ("/tomar", "/poner?pedido", "/poner", "/mensajes", "/tomar", "/mensajes", "/hecho?1", "/hecho?1", "/hecho?x",
         "/tomar", "/tomar", "/mensajes", "/hecho?2", "/mensajes")  # fmt: skip


def counts(running: Running) -> dict[str, int]:
    found: dict[str, int] = json.loads(running.get("/mensajes").body)
    return found


def until(done: Callable[[], bool]) -> None:
    """Espera a que algo se cumpla, lo que una máquina ocupada necesite."""
    deadline = time.monotonic() + 2 * STARTS
    while not done():
        assert time.monotonic() < deadline, "no llegó a cumplirse"
        time.sleep(0.05)


def test_the_queue_answers_what_the_simulated_one_does(launch: Launch) -> None:
    keeps = simulated("cola", "1.0").performance.keeps
    assert keeps is not None
    running, box = launch("cola").ready(), Box(keeps)
    for path in STEPS:
        found = running.get(path)
        assert (found.status, found.body) == box.ask(path, 1.0), path


@pytest.mark.slow
def test_a_worker_empties_the_queue_and_tells_it(launch: Launch) -> None:
    queue = launch("cola").ready()
    for _ in range(5):
        assert queue.get("/poner?pedido").status == 202
    worker = launch("trabajador", env={"COLA_URL": queue.url})
    until(lambda: counts(queue)["hechos"] == 5)
    assert counts(queue) == {"esperan": 0, "tomados": 0, "hechos": 5}
    until(lambda: sum("hecho" in line for line in worker.output) == 5)
    assert worker.output[:2] == ["tienda-trabajador: esperando trabajos", "trabajador: mensaje 1 pedido, hecho"]
    assert "queue_messages_done_total 5\n" in queue.get("/metrics").body


@pytest.mark.slow
def test_what_a_dead_worker_had_taken_goes_back_to_the_queue(launch: Launch) -> None:
    lease = {"keeps": {"lease": 0.5, "size": 1024}}
    queue = launch("cola", serves=lease).ready()
    queue.get("/poner?pedido")
    slow = {"time": 60.0, "shape": "constant", "cpu": 0.0}
    worker = launch("trabajador", env={"COLA_URL": queue.url}, serves=slow)
    until(lambda: len(queue.get("/metrics").body) > 0 and counts(queue)["esperan"] == 0)
    worker.kill()
    until(lambda: counts(queue) == {"esperan": 1, "tomados": 0, "hechos": 0})


@pytest.mark.slow
def test_a_worker_takes_as_long_with_each_message_as_simulated(launch: Launch) -> None:
    # Tiempos iguales y sin procesador: lo que se compara es su bucle, y una máquina ocupada solo puede alargarlo.
    ratios = []
    for _ in range(4):
        queue = launch("cola").ready()
        for _ in range(12):
            queue.get("/poner")
        worker = launch("trabajador", env={"COLA_URL": queue.url}, serves={"shape": "constant", "cpu": 0.0})
        until(lambda queue=queue: counts(queue)["hechos"] >= 1)  # type: ignore[misc]
        began, already = time.monotonic(), counts(queue)["hechos"]
        until(lambda queue=queue: counts(queue)["hechos"] == 12)  # type: ignore[misc]
        took = (time.monotonic() - began) / (12 - already)
        worker.kill()
        ratios.append(took / simulated("trabajador", "1.0").performance.time)
        if ratios[-1] <= 1 + CLOSE:
            break
    assert min(ratios) == pytest.approx(1.0, abs=CLOSE)
