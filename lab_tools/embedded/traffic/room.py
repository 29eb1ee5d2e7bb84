"""El cuarto del tráfico: mueve las cargas al paso del reloj, y cuenta a los demás lo que gastan y lo que se rompe.

Entre dos sucesos del clúster nada cambia, así que las peticiones se atienden a granel, en su orden, cuando el reloj
ya pasó por ellas: en cada tictac (`TICK`) y justo antes de que un contenedor arranque, cierre o muera.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable
from typing import Protocol

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.traffic.book import TIMEOUT, Outcome
from lab_tools.embedded.traffic.ledger import Ledger
from lab_tools.embedded.traffic.load import RUNNING, Load, Plan
from lab_tools.embedded.traffic.programs import Programs
from lab_tools.embedded.traffic.road import PROXY_DELAY, Network, Road, Servers, ask_of
from lab_tools.embedded.traffic.station import Pool, Server, Station
from lab_tools.embedded.traffic.visit import Visit, Witness
from lab_tools.objects import kinds

# Cada cuánto se mira la memoria y se apunta el gasto, en segundos.
TICK = 0.5
# Cada cuánto se vuelve a preguntar a la red aunque nada la haya cambiado, en segundos.
_REREAD = 2.0
# Lo que se recuerda una cola tras la última petición de un programa, para apuntar todo su gasto, en segundos.
_LINGER = 2.0
# Con qué nombre apunta este cuarto la memoria que hace gastar.
_ME = "tráfico"
# Cuántas cargas acabadas se recuerdan.
_KEPT = 200
# Lo que cambia los caminos.
_MAPS = (kinds.SERVICE, kinds.ENDPOINTSLICE, kinds.NETWORKPOLICY, kinds.INGRESS)
_ROUTES = tuple(("gateway.networking.k8s.io/v1", name) for name in ("Gateway", "HTTPRoute"))


class Meter(Protocol):
    """Quien mide el gasto."""

    def charge(self, uid: str, container: str, cpu_seconds: float, at: float | None = None, *,
               born: float | None = None, throttled: float = 0.0) -> None:  # fmt: skip
        """Apunta trabajo de un contenedor, en segundos de CPU, y lo que su límite lo tuvo parado."""

    def occupy(self, uid: str, container: str, memory: int, who: str = "") -> None:
        """Apunta los bytes que `who` hace usar a un contenedor además de los de reposo."""

    def held(self, uid: str, container: str, since: float = 0.0, but: str | None = None) -> int:
        """Los bytes que otros, que no son `but`, le hacen usar."""


class Traffic:
    """Las cargas de un clúster. `luck` dice la suerte de este momento; cada carga trae además su semilla."""

    def __init__(self, api: Api, clock: Clock, network: Network, servers: Servers, meter: Meter,
                 luck: Callable[[], str]) -> None:  # fmt: skip
        self._api, self._clock, self._network, self._servers, self._meter = api, clock, network, servers, meter
        self._luck = luck
        self.loads: dict[str, Load] = {}
        self.witness: Witness | None = None
        """Quien sigue a cada petición, si alguien mira."""
        self._active: list[Load] = []
        self._roads: dict[tuple[tuple[str, str] | None, str], Road] = {}
        self._stations: dict[tuple[str, str, float], Station] = {}
        self._ledgers: dict[tuple[str, str, float], Ledger] = {}
        # Las cuotas de CPU de los Pods que tienen la suya, por uid.
        self._pools: dict[str, Pool] = {}
        self._agenda: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = self._number = 0
        self._read_at = clock.now
        self._mood: object = None
        self._ticking = self._pending = self._stale = False
        self._watched: set[str] = set()
        self._busy_until = -math.inf
        self._settling = False
        self._programs = Programs(clock, network, servers, self._station)

    def start(self, plan: Plan) -> Load:
        """Empieza una carga ahora mismo."""
        self.settle()
        self._watch()
        self._number += 1
        name = f"{'peticion' if plan.once else 'carga'}-{self._number}"
        road = Road(plan.ask, self._network, self._servers, self._station)
        load = self.loads[name] = Load(name, plan, road, self._clock.now, self._luck())
        self._active.append(load)
        self._forget()
        if plan.once:
            self._clock.call_soon(self.settle)
        self._tick_again()
        return load

    def attend(self, namespace: str, pod: str, port: int, path: str) -> tuple[int, float]:
        """Atiende una petición que un programa hace ahora: código (0 si nadie acepta) y segundos que tarda.

        Hace cola con las de las cargas, gasta lo mismo y llama a los mismos, pero no muere con su contenedor: se
        contesta en el acto.
        """
        self.settle()
        self._busy_until = self._clock.now + _LINGER
        self._tick_again()
        return self._programs.attend(namespace, pod, port, path)

    def labour(self, namespace: str, pod: str, container: str) -> float:
        """Segundos que le lleva a un contenedor hacer ahora un trabajo de los suyos, con la CPU que tiene.

        Gasta lo mismo que quien atiende peticiones. Infinito si no corre o ya le han pedido que pare.
        """
        server = self._servers.worker(namespace, pod, container)
        if server is None:
            return math.inf
        self.settle()
        self._busy_until = self._clock.now + _LINGER
        self._tick_again()
        return self._station(server).serve(self._clock.now) - self._clock.now

    def keep(self, namespace: str, pod: str, port: int, path: str) -> tuple[int, str] | None:
        """Lo que contesta ahora sobre sus mensajes quien escucha en un puerto, o `None` si no hay nadie."""
        found = self.tell(namespace, pod, port)
        if found is None or found[0].box is None:
            return None
        return found[0].box.ask(path, self._clock.now)

    def stop(self, name: str) -> Load:
        """Para una carga: no salen más peticiones, y se espera a las que están en curso. Lanza `KeyError`."""
        load = self.loads[name]
        self.settle()
        load.stop(self._clock.now)
        return load

    def read(self, name: str) -> Load:
        """Una carga, al día. Lanza `KeyError`."""
        load = self.loads[name]
        self.settle()
        load.look(self._clock.now)
        return load

    def changing(self) -> None:
        """Un contenedor va a arrancar, a cerrar o a morir ahora: se atiende antes lo que llegó hasta este instante."""
        if self._active:
            self.settle()
            self._stale = True

    # Las colas

    def settle(self) -> None:
        """Atiende todo lo que llegó hasta ahora."""
        # Preguntar a los contenedores puede hacer que uno llame a otro: ya se está atendiendo.
        if not self._active or self._settling:
            return
        self._settling = True
        try:
            self._settle(self._clock.now)
        finally:
            self._settling = False

    def _settle(self, now: float) -> None:
        if (mood := self._network.mood()) != self._mood:
            self._mood = mood
            self._reread()
        self._look_at_stations(now)
        while True:
            load, limit = self._first(now)
            due = self._agenda[0][0] if self._agenda else math.inf
            if due <= (load.next if load is not None else math.inf):
                if due > now:
                    break
                at, _, act = heapq.heappop(self._agenda)
                act(at)
            elif load is None or load.next > now:
                break
            elif load.next >= load.road.until:
                load.build(load.next)
            elif load.simple:
                load.pour(min(limit, due, math.nextafter(load.road.until, 0.0)), self.witness)
            else:
                load.send(self)

    def _first(self, now: float) -> tuple[Load | None, float]:
        """La carga con la petición más próxima, y hasta cuándo puede seguir ella sola."""
        best, limit = None, now
        for load in self._active:
            if best is None or load.next < best.next:
                if best is not None:
                    limit = min(limit, best.next)
                best = load
            else:
                limit = min(limit, load.next)
        return best, limit

    def _look_at_stations(self, now: float) -> None:
        """Se entera de quién cierra y de quién ha muerto desde la última vez."""
        for station in self._stations.values():
            station.refresh()
            gone = station.server.gone_at
            if gone <= now and not station.gone:
                station.gone = True
                self._later(gone, station.cut)
            elif not station.server.drains and station.closes_at < math.inf and not station.dropping:
                station.dropping = True
                self._later(station.closes_at, station.cut)
        if self._stale:
            self._stale = False
            for load in self._active:
                load.road.until = -math.inf
            for road in self._roads.values():
                road.until = -math.inf

    def _station(self, server: Server) -> Station:
        key = (server.uid, server.container, server.born)
        found = self._stations.get(key)
        if found is None:
            rng = random.Random(f"{self._luck()}:{server.namespace}/{server.pod}/{server.container}:{server.born}")
            pool = self._pools.setdefault(server.uid, Pool()) if server.shared_cores is not None else None
            found = self._stations[key] = Station(server, rng, self._ledger(server), pool)
        return found

    def _ledger(self, server: Server) -> Ledger:
        """El libro de un contenedor, que dura lo que su vida aunque su cola se olvide."""
        return self._ledgers.setdefault((server.uid, server.container, server.born), Ledger(server))

    def tell(self, namespace: str, pod: str, port: int) -> tuple[Ledger, int] | None:
        """Lo que ha contestado hasta ahora quien escucha en un puerto, y cuántas peticiones tiene a medias."""
        server = self._servers.server(namespace, pod, port)
        if server is None:
            return None
        self.settle()
        station = self._stations.get((server.uid, server.container, server.born))
        busy = station.prune(self._clock.now) if station is not None else 0
        return self._ledger(server), busy

    # La agenda de las visitas

    def call(self, at: float, visit: Visit) -> None:
        """En el instante `at`, la visita hace su siguiente llamada o, si no le quedan, contesta."""
        self._later(at, lambda now: self._advance(now, visit))

    def give_up(self, at: float, visit: Visit) -> None:
        """En el instante `at`, quien esperaba a esta visita se cansa."""
        self._later(at, lambda now: visit.finish(now, Outcome(0, TIMEOUT)))

    def reply(self, at: float, visit: Visit, outcome: Outcome) -> None:
        """En el instante `at`, quien esperaba a esta visita recibe su respuesta."""
        self._later(at, lambda now: visit.finish(now, outcome))

    def _advance(self, at: float, visit: Visit) -> None:
        way = visit.way
        if visit.over or way is None:
            return
        if not visit.calls:
            self.reply(at + way.latency, visit, visit.outcome(at))
            return
        (url, timeout), *rest = visit.calls
        visit.calls = rest
        station = way.station
        assert station is not None
        road = self._road_from(station.server, url)
        if at >= road.until:
            road.build(at)
        child = Visit(self, at, visit)
        self.give_up(at + timeout, child)
        child.enter(at, road.ways[road.choose(station.luck())], station.luck())

    def _road_from(self, server: Server, url: str) -> Road:
        source = (server.namespace, server.pod)
        found = self._roads.get((source, url))
        if found is None:
            found = self._roads[source, url] = Road(ask_of(url, source), self._network, self._servers, self._station)
        return found

    def _later(self, at: float, act: Callable[[float], None]) -> None:
        self._order += 1
        heapq.heappush(self._agenda, (at, self._order, act))

    # El paso del tiempo

    def _tick_again(self) -> None:
        if not self._ticking:
            self._ticking = True
            self._clock.call_in(TICK, self._tick)

    def _tick(self) -> None:
        self._ticking = False
        self.settle()
        now = self._clock.now
        self._account(now)
        self._active = [load for load in self._active if load.look(now) == RUNNING]
        if not self._pending and now - self._read_at >= _REREAD:
            self._reread()
        if self._active or now < self._busy_until:
            self._tick_again()
        else:
            self._rest()

    def _account(self, now: float) -> None:
        """Apunta el gasto de cada contenedor, y avisa de quien no cabe en su memoria."""
        full = []
        for key, station in list(self._stations.items()):
            server = station.server
            held = station.take_throttled()
            for second, spent in station.cpu_until(now):
                self._meter.charge(server.uid, server.container, spent, float(second), born=server.born,
                                   throttled=held)  # fmt: skip
                held = 0.0
            station.throttled += held
            if station.gone:
                self._meter.occupy(server.uid, server.container, 0, _ME)
                del self._stations[key]
                self._ledgers.pop(key, None)
                continue
            memory = station.memory(now)
            self._meter.occupy(server.uid, server.container, station.resident(now) - server.memory, _ME)
            memory += self._meter.held(server.uid, server.container, server.born, _ME)
            if server.memory_limit is not None and memory > server.memory_limit:
                full.append(server)
        for server in full:
            self._servers.exhaust(server.uid, server.container)

    def _rest(self) -> None:
        """No quedan cargas: solo se recuerda la memoria que alguien perdió y no ha devuelto."""
        self._roads.clear()
        self._agenda.clear()
        self._ledgers = {key: one for key, one in self._ledgers.items() if one.server.gone_at == math.inf}
        for key, station in list(self._stations.items()):
            self._meter.occupy(station.server.uid, station.server.container, station.stored, _ME)
            if not station.stored or station.gone:
                del self._stations[key]
        self._pools = {uid: self._pools[uid] for uid, *_ in self._stations if uid in self._pools}

    def _watch(self) -> None:
        """Desde la primera carga, se entera de lo que cambia los caminos; y de las rutas de Gateway, si las hay."""
        routes = (self._api.kinds.find(*one) for one in _ROUTES)
        for kind in (*_MAPS, *(one for one in routes if one is not None)):
            if kind.resource not in self._watched:
                self._watched.add(kind.resource)
                self._api.watch(kind, self._on_event, since=self._api.list(kind).revision)

    def _on_event(self, event: Event) -> None:
        if self._active and not self._pending:
            self._pending = True
            self._clock.call_in(PROXY_DELAY, self._on_proxies)

    def _on_proxies(self) -> None:
        self._pending = False
        self.settle()
        self._reread()

    def _reread(self) -> None:
        self._read_at = self._clock.now
        for road in (*(load.road for load in self._active), *self._roads.values()):
            road.read()

    def _forget(self) -> None:
        for name in [name for name, load in self.loads.items() if load.state != RUNNING][:-_KEPT]:
            del self.loads[name]
