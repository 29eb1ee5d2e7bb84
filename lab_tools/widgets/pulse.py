"""El pulso: una sola tarea por clúster y namespace mira de vez en cuando, y avisa a los mapas solo si algo cambió.

Es una tarea del bucle de asyncio del kernel: sin hilos, mira entre una celda y la siguiente. Termina sola cuando no
queda nadie apuntado o cuando el clúster deja de contestar. Lo que gastan los nodos se pregunta más de tarde en tarde;
si hay que medirlo en sus máquinas, que tardan, lo hace un hilo aparte y el mapa no espera.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers import machines
from lab_tools.errors import OrquestaError, StatusError
from lab_tools.widgets import spending
from lab_tools.widgets.spending import Readings
from lab_tools.widgets.view import View, look

EVERY = 0.5
# Segundos de pared entre dos preguntas por lo que gastan los nodos: nadie lo mide más a menudo.
MEASURE = 5.0
Listener = Callable[[View | None], None]

_pulses: dict[tuple[int, str], Pulse] = {}


class Pulse:
    """Mira un namespace cada `every` segundos de pared.

    A quien se apunta le llega cada vista nueva, o `None` si el clúster deja de contestar.
    """

    def __init__(self, client: Client, namespace: str, every: float = EVERY) -> None:
        self.client = client
        self.namespace = namespace
        self.every = every
        self.task: asyncio.Task[None] | None = None
        self.measured: Readings = {}
        self._listeners: list[Listener] = []
        self._seen: View | None = None
        self._measured_at = float("-inf")
        self._measuring: asyncio.Task[None] | None = None

    def join(self, listener: Listener) -> bool:
        """Apunta a alguien y arranca el pulso. Dice si hay un bucle de asyncio en el que latir."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        self._listeners.append(listener)
        if self.task is None or self.task.done():
            self.task = loop.create_task(self._beat(), name=f"mapa de {self.namespace}")
        return True

    def leave(self, listener: Listener) -> None:
        """Borra a alguien; sin nadie, el pulso se para."""
        if listener in self._listeners:
            self._listeners.remove(listener)
        if not self._listeners and self.task is not None:
            self.task.cancel()
            self.task = None
            if self._measuring is not None:
                self._measuring.cancel()

    def look(self) -> None:
        """Mira ahora mismo y avisa si algo cambió."""
        try:
            view = look(Snapshot(self.client, self.namespace), self.measured)
        except (OrquestaError, StatusError):
            # El clúster se borró o se paró: insistir no lo traerá de vuelta, y el mapa lo dice.
            self._tell(None)
            self._listeners.clear()
            return
        if view != self._seen:
            self._seen = view
            self._tell(view)

    async def _beat(self) -> None:
        while self._listeners:
            self._measure(asyncio.get_running_loop())
            self.look()
            await asyncio.sleep(self.every)

    def _measure(self, loop: asyncio.AbstractEventLoop) -> None:
        """Pregunta lo que gastan los nodos, si ya toca. De sus máquinas se sabrá cuando acaben de medirse."""
        if loop.time() < self._measured_at + MEASURE or (self._measuring is not None and not self._measuring.done()):
            return
        self._measured_at = loop.time()
        try:
            found = spending.by_metrics(self.client)
        except OrquestaError:
            return  # si el clúster se ha ido, lo cuenta la mirada que viene ahora
        if found or machines.of(self.client.connection) is None:
            self.measured = found
        else:
            self._measuring = loop.create_task(self._measure_machines(), name=f"medidas de {self.namespace}")

    async def _measure_machines(self) -> None:
        self.measured = await asyncio.to_thread(spending.by_machines_if_any, self.client)

    def _tell(self, view: View | None) -> None:
        for listener in tuple(self._listeners):
            listener(view)


def pulse(client: Client, namespace: str) -> Pulse:
    """El pulso de ese clúster y namespace, compartido por todos sus mapas."""
    return _pulses.setdefault((id(client.connection), namespace), Pulse(client, namespace))
