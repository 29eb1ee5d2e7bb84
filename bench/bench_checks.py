"""Lo que cuesta comprobar: una petición en su copia, un laboratorio entero y una jugada de la auditoría."""

from __future__ import annotations

from bench.figure import Figure, median_ms
from lab_tools import traffic
from lab_tools.checks.requests import Ask, ask
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.labs import shelf
from lab_tools.labs.play import Game, play

LAB, ASKING, AUDITED = "13-networkpolicy", "deployment/frontend", "06-deployments"


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    game = play(shelf.folder(LAB), "reference")
    client, url = _checker(game), f"http://api:{game.lab.variant.api_port}/"
    return [
        Figure("una petición comprobada en una copia", median_ms(lambda: ask(Snapshot(client), Ask(url, ASKING))), "ms",
               50.0, median_ms(lambda: traffic.request(client, url, ASKING)), "sin copia"),
        Figure(f"comprobar {LAB} entero, resuelto", median_ms(game.lab.check, 5, 1), "ms", 30_000.0),
        Figure(f"jugar y puntuar {AUDITED}", _play_ms("alternative"), "ms", None, _play_ms(""), "sin hacer nada"),
    ]  # fmt: skip


def _checker(game: Game) -> Client:
    connection = game.lab.client.connection
    assert isinstance(connection, InProcessConnection)
    return Client(InProcessConnection(connection.cluster, "owner"), game.lab.namespace)


def _play_ms(solution: str) -> float:
    return median_ms(lambda: play(shelf.folder(AUDITED), solution), 5, 1)
