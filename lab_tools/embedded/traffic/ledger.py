"""Lo que un contenedor recuerda de las peticiones que ha contestado, para contarlo si alguien se lo pregunta.

Una vida de un contenedor, un libro: quien vuelve a arrancar empieza de cero, como un proceso de verdad. Las sondas del
kubelet no se apuntan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab_tools.embedded.observe.family import Histogram
from lab_tools.embedded.traffic.box import Box

if TYPE_CHECKING:
    from lab_tools.embedded.traffic.station import Server

# Los tramos de la duración, en segundos: los que traen por omisión las bibliotecas de Prometheus.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Ledger:
    """Las peticiones contestadas: por ruta y código, cuántas y cuánto se tardó. Y, si es una cola, sus mensajes."""

    __slots__ = ("box", "server", "spreads")

    def __init__(self, server: Server) -> None:
        self.server = server
        self.spreads: dict[tuple[str, int], Histogram] = {}
        keeps = server.program.performance.keeps
        self.box = Box(keeps) if keeps is not None else None

    def note(self, path: str, status: int, seconds: float) -> None:
        """Apunta una petición: su ruta (con consulta o sin ella), su código y lo que tardó."""
        found = self.spreads.get((path, status))
        if found is None:
            key = (path.partition("?")[0], status)
            found = self.spreads.setdefault(key, Histogram(BOUNDS))
        found.observe(seconds)
