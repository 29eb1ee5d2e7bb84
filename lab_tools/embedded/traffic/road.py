"""El camino de una dirección: por dónde puede ir cada petición, con qué probabilidad, y quién la atiende allí.

La red se consulta de tarde en tarde y no en cada petición: entre dos cambios del clúster, las posibilidades son las
mismas. Un cambio en los EndpointSlices no se ve hasta que los nodos lo saben (`PROXY_DELAY`); que un contenedor
arranque, cierre o muera, se ve en el acto.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Protocol

from lab_tools.embedded.network.ask import Ask, BadAddress, NoSource, PodKey
from lab_tools.embedded.network.walk import Verdict, Walk
from lab_tools.embedded.traffic.book import DNS, REFUSED, RESET, SOURCE, TIMEOUT, UNREACHABLE, Outcome
from lab_tools.embedded.traffic.station import Server, Station

# Lo que tarda un cambio de los EndpointSlices en llegar a las reglas de cada nodo, en segundos.
PROXY_DELAY = 0.3

_PROXIES = ("ingress", "gateway")
_ERRORS = {Verdict.NXDOMAIN: DNS, Verdict.DNS_TIMEOUT: DNS, Verdict.REFUSED: REFUSED, Verdict.TIMEOUT: TIMEOUT,
           Verdict.RESET: RESET, Verdict.NO_ROUTE: UNREACHABLE}  # fmt: skip


def ask_of(url: str, source: PodKey) -> Ask:
    """La petición a una dirección que alguien escribió en una variable: si está mal, es un nombre que nadie conoce."""
    try:
        return Ask.url(url, source)
    except BadAddress:
        return Ask(source, "mal-escrita.invalid")


class Network(Protocol):
    """Lo que el tráfico pregunta a la red."""

    def ways(self, ask: Ask) -> Sequence[tuple[float, Walk]]:
        """Todos los caminos que podría seguir, con su probabilidad."""

    def walk(self, ask: Ask) -> Walk:
        """El camino de una petición suelta que sale ahora."""

    def mood(self) -> object:
        """Algo que cambia cuando cambian los cables."""


class Servers(Protocol):
    """Lo que el tráfico pregunta a los nodos."""

    def server(self, namespace: str, pod: str, port: int) -> Server | None:
        """El contenedor que escucha ahora en ese puerto, o `None`."""

    def worker(self, namespace: str, pod: str, name: str) -> Server | None:
        """El contenedor de ese nombre, escuche o no; `None` si no corre o se le ha pedido que pare."""

    def change_at(self, namespace: str, pod: str) -> float:
        """El próximo instante en que un contenedor del Pod puede abrir o cerrar algo por su cuenta; infinito si no."""

    def exhaust(self, uid: str, container: str) -> None:
        """Ese contenedor se ha quedado sin memoria."""


class Way:
    """Un camino posible. Sin `station`, nadie atiende: `outcome` dice qué ve quien llama, al cabo de `latency`."""

    __slots__ = (
        "calls", "easy", "kept", "latency", "lost", "mirrors", "outcome", "path", "patience", "station", "walk",
    )  # fmt: skip

    def __init__(self, latency: float, outcome: Outcome, station: Station | None = None, path: str = "/",
                 easy: bool = False, calls: Sequence[tuple[str, float]] = (),
                 proxied: bool = False) -> None:  # fmt: skip
        self.latency, self.outcome, self.station = latency, outcome, station
        self.path, self.easy, self.calls = path, easy, calls
        self.walk: Walk | None = None
        self.mirrors: Sequence[Way] = ()
        self.patience = math.inf
        # Si lo que contesta depende de los mensajes que guarda.
        self.kept = station is not None and station.keeps(path)
        # Lo que ve quien llama si el contenedor no acepta la conexión: con un proxy por delante, su 502.
        self.lost = outcome._replace(status=502 if proxied else 0, error="" if proxied else REFUSED)


class Road:
    """El camino de una petición repetida. `ways` se rehace con `build`, y vale hasta el instante `until`."""

    def __init__(self, ask: Ask, network: Network, servers: Servers, station: Callable[[Server], Station]) -> None:
        self.ask = ask
        self.ways: list[Way] = []
        self.until = -math.inf
        self._network, self._servers, self._station = network, servers, station
        self._orphan = False
        self._walks: list[Walk] = []
        self._steps: list[float] = []

    def read(self) -> None:
        """Vuelve a preguntar a la red. Si quien llama ya no está, nadie llama."""
        try:
            found = self._network.ways(self.ask)
        except NoSource:
            self._walks, self._steps, self._orphan = [], [1.0], True
            self.until = -math.inf
            return
        self._orphan = False
        self._walks = [walk for _, walk in found]
        self._steps = list(accumulate(weight for weight, _ in found))
        self.until = -math.inf

    def build(self, now: float) -> None:
        """Rehace los caminos con los contenedores que hay en este instante."""
        if not self._walks and not self._orphan:
            self.read()
        self.until = math.inf
        self.ways = [self._way(walk, now) for walk in self._walks] or [Way(0.0, Outcome(0, SOURCE))]
        for way, walk in zip(self.ways, self._walks, strict=False):
            way.walk = walk

    def choose(self, luck: float) -> int:
        """El camino que toca a un número de [0, 1)."""
        return min(bisect(self._steps, luck * self._steps[-1]), len(self._steps) - 1)

    @property
    def even(self) -> bool:
        """Si todos los caminos son igual de probables."""
        size = len(self._steps)
        return all(math.isclose(one, (place + 1) / size) for place, one in enumerate(self._steps))

    @property
    def walks(self) -> list[Walk]:
        """Los caminos tal como los cuenta la red, en el mismo orden que `ways`."""
        return self._walks

    def _way(self, walk: Walk, now: float) -> Way:
        backend = walk.backend
        if backend is None or walk.verdict not in (Verdict.DELIVERED, Verdict.REFUSED):
            if walk.reply is not None:
                return Way(walk.latency, Outcome(walk.reply.status))
            if walk.verdict is Verdict.ANSWERED:
                # Quien solo conecta lo consigue; quien habla HTTP con quien no lo entiende, no saca nada.
                return Way(walk.latency, Outcome(0, RESET) if self.ask.http else Outcome(200))
            return Way(walk.latency, Outcome(0, _ERRORS.get(walk.verdict, UNREACHABLE)))
        (namespace, pod), path = backend.pod, backend.path
        proxied = any(step.stage in _PROXIES for step in walk.steps)
        self.until = min(self.until, max(self._servers.change_at(namespace, pod), now + 1e-6))
        server = self._servers.server(namespace, pod, backend.port)
        if server is None:
            return Way(walk.latency, Way(0.0, Outcome(0, REFUSED, "", pod), proxied=proxied).lost)
        station = self._station(server)
        if not self.ask.http:
            return Way(walk.latency, Outcome(200, "", server.program.version, pod), station, path, proxied=proxied)
        status = station.answers(path, now)
        outcome = Outcome(status, "", server.program.version, pod)
        calls = server.program.calls(path) if status < 400 else ()
        way = Way(walk.latency, outcome, station, path, station.easy(path, status), calls, proxied)
        way.patience, way.mirrors = walk.patience, [self._way(copy, now) for copy in walk.mirrors]
        return way
