"""Las peticiones que hacen los programas de los Pods (`wget`, `curl`): se contestan en el acto, con lo que costarían.

Hacen cola con las de las cargas, gastan lo mismo y llaman a los mismos servicios.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab_tools.embedded.clock import Clock
from lab_tools.embedded.network.ask import NoSource
from lab_tools.embedded.network.walk import Verdict
from lab_tools.embedded.traffic.book import BAD_GATEWAY
from lab_tools.embedded.traffic.road import Network, Servers, ask_of
from lab_tools.embedded.traffic.station import Server, Station
from lab_tools.embedded.traffic.visit import DEEPEST, GATEWAY_TIMEOUT, UNAVAILABLE
from lab_tools.embedded.workloads.performance import QUICK


class Programs:
    """Quien atiende a los programas. `station` da la cola de un contenedor."""

    def __init__(self, clock: Clock, network: Network, servers: Servers, station: Callable[[Server], Station]) -> None:
        self._clock, self._network, self._servers, self._station = clock, network, servers, station

    def attend(self, namespace: str, pod: str, port: int, path: str, depth: int = DEEPEST) -> tuple[int, float]:
        """Código con que contesta ese puerto (0 si nadie acepta) y segundos que tarda."""
        now = self._clock.now
        server = self._servers.server(namespace, pod, port)
        if server is None or server.closes_at <= now:
            return 0, 0.0
        station = self._station(server)
        status = station.answers(path, now)
        status, seconds = self._serve(server, station, path, status, depth)
        station.ledger.note(path, status, seconds)
        return status, seconds

    def _serve(self, server: Server, station: Station, path: str, status: int, depth: int) -> tuple[int, float]:
        """Lo atiende quien escucha, con el código que daría si todo va bien."""
        now = self._clock.now
        if station.easy(path, status):
            return status, QUICK
        end = station.serve(now)
        if end < 0:
            return UNAVAILABLE, 0.0
        if station.luck() < station.failures:
            return 500, end - now
        calls = server.program.calls(path) if status < 400 and depth else []
        return self._call((server.namespace, server.pod), calls, status, end - now, depth - 1)

    def _call(self, source: tuple[str, str], calls: Sequence[tuple[str, float]], status: int, seconds: float,
              depth: int) -> tuple[int, float]:  # fmt: skip
        """Las llamadas que hay que hacer antes de contestar; la primera que sale mal decide."""
        for url, timeout in calls:
            code, took = self._reach(source, url, depth)
            if took > timeout:
                return GATEWAY_TIMEOUT, seconds + timeout
            seconds += took
            if not code or code >= 500:
                return BAD_GATEWAY, seconds
        return status, seconds

    def _keep(self, namespace: str, pod: str, port: int, path: str, code: int) -> int:
        """El código que da quien guarda mensajes, si fue a él a quien se llamó y pudo atender."""
        server = self._servers.server(namespace, pod, port) if 0 < code < 400 else None
        if server is None or not (station := self._station(server)).keeps(path):
            return code
        return station.ask(path, self._clock.now)[0]

    def _reach(self, source: tuple[str, str], url: str, depth: int) -> tuple[int, float]:
        try:
            walk = self._network.walk(ask_of(url, source))
        except NoSource:
            return 0, 0.0
        if walk.verdict is Verdict.DELIVERED and walk.backend is not None:
            backend = walk.backend
            code, took = self.attend(*backend.pod, backend.port, backend.path, depth)
            for copy in walk.mirrors:
                if copy.backend is not None:
                    self.attend(*copy.backend.pod, copy.backend.port, copy.backend.path, depth)
            if took > walk.patience:
                return GATEWAY_TIMEOUT, walk.latency + walk.patience
            return self._keep(*backend.pod, backend.port, backend.path, code), walk.latency + took
        return (walk.reply.status if walk.reply is not None else 0), walk.latency
