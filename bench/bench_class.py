"""Una clase de 500 en el clúster embebido: crearla, repetirlo sin que haya nada que hacer, mirarla y borrarla."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figure import Figure
from grading.classroom import roll
from grading.classroom.folder import Classroom
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.drivers.kubeconfig_file import Access
from lab_tools.embedded.cluster import EmbeddedCluster

STUDENTS = 500
DOOR = Access("clase", "https://escuela:6443", "")


def measure() -> list[Figure]:
    """Segundos de reloj. La otra parte de repetir es crear: solo hace lo que falta."""
    with tempfile.TemporaryDirectory(prefix="orquesta-clase-") as folder:
        client = Client(InProcessConnection(EmbeddedCluster(0), "student"))
        room = Classroom(Path(folder), "clase", "escuela", students=tuple(f"e{number}" for number in range(STUDENTS)))
        room.save()
        made = _seconds(lambda: list(roll.create(room, client, DOOR)))
        again = _seconds(lambda: list(roll.create(room, client, DOOR)))
        looked = _seconds(lambda: roll.status(room, client))
        gone = _seconds(lambda: list(roll.delete(room, client)))
    return [
        Figure("crear una clase de 500", made, "s"),
        Figure("repetirlo sin que falte nada", again, "s", other=made, other_name="crearla"),
        Figure("mirar cómo están los 500", looked, "s", other=made, other_name="crearla"),
        Figure("borrarla", gone, "s"),
    ]


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
