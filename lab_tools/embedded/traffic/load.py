"""Una carga: cuántas peticiones por segundo, a dónde, desde dónde y hasta cuándo."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

from lab_tools.embedded.network.ask import Ask
from lab_tools.embedded.network.walk import Walk
from lab_tools.embedded.traffic.arrivals import Poisson, Single, Step
from lab_tools.embedded.traffic.book import Book, Outcome
from lab_tools.embedded.traffic.road import Road, Way
from lab_tools.embedded.traffic.station import Sink
from lab_tools.embedded.traffic.visit import UNAVAILABLE, Agenda, Visit, Witness
from lab_tools.embedded.workloads.performance import QUICK

_HEAD = ("id", "state", "url", "from", "seed", "seconds", "timeout", "steps", "elapsed")
RUNNING, DONE, STOPPED = "running", "done", "stopped"


@dataclass(frozen=True)
class Plan:
    """Lo que se pide de una carga. `steps`: escalones de (segundos, peticiones por segundo); `once`: solo una petición.

    Con `connections`, las peticiones van por ese número de conexiones que no se cierran, cada una con su Pod hasta
    que este se va; con cero, cada petición abre la suya y se reparte sola. Con un proxy de capa 7 delante, las
    conexiones son con él, que reparte petición a petición. Quien la pide (`owner`) puede pararla.
    """

    ask: Ask
    url: str
    steps: tuple[Step, ...]
    timeout: float = 10.0
    seed: int = 0
    once: bool = False
    owner: str = ""
    connections: int = 0

    @property
    def seconds(self) -> float:
        """Lo que dura."""
        return sum(seconds for seconds, _ in self.steps)


class Load:
    """Una carga en marcha. `next` es cuándo sale la próxima petición; infinito si no quedan."""

    def __init__(self, name: str, plan: Plan, road: Road, start: float, luck: str) -> None:
        self.name, self.plan, self.road, self.start = name, plan, road, start
        self.end = start + plan.seconds
        self.book = Book(plan.timeout)
        self.state = RUNNING
        self.way: Way | None = None
        self.walk: Walk | None = None
        self.visit: Visit | None = None
        self._sealed: dict[str, Any] | None = None
        self.stopped_at = math.inf
        # Cada petición suelta tiene su suerte; dos cargas iguales en dos clústeres iguales tienen la misma.
        luck = f"{luck}:{plan.seed}:{plan.url}:{name if plan.once else ''}"
        self._luck = random.Random(f"{luck}:elegir").random
        calls = random.Random(f"{luck}:llegar")
        self._following = (Single(start) if plan.once else Poisson(calls, start, plan.steps)).following
        self.next = self._following()
        self._open: dict[int, Way] = {}
        self._marks: list[tuple[int, int, int, int]] = []
        self._even = True
        self._simple = True

    @property
    def simple(self) -> bool:
        """Si quien la atiende no llama a nadie ni un proxy la copia o se cansa: entonces se puede atender a granel."""
        return self._simple and not self.plan.once and not self.plan.connections

    def build(self, at: float) -> None:
        """Rehace los caminos con lo que hay en este instante."""
        self.road.build(at)
        mark = self.book.mark
        self._marks = [
            (mark(way.outcome), mark(way.lost), mark(way.outcome._replace(status=UNAVAILABLE, error="")),
             mark(way.outcome._replace(status=500, error="")))
            for way in self.road.ways
        ]  # fmt: skip
        self.book.proxied = any(way.lost.status for way in self.road.ways)
        self._even = self.road.even
        self._simple = not any(way.calls or way.mirrors or way.patience < math.inf for way in self.road.ways)

    def pour(self, limit: float, witness: Witness | None = None) -> None:
        """Atiende todas las peticiones que salen hasta `limit`, si nadie llama a nadie."""
        luck, following, ways, marks, book = self._luck, self._following, self.road.ways, self._marks, self.book
        add, choose, size, even, at = book.add, self.road.choose, len(ways), self._even, self.next
        while at <= limit:
            place = int(luck() * size) if even else choose(luck())
            way = ways[place]
            station = way.station
            sink: Sink = book
            if station is None:
                row = add(at, way.latency, marks[place][0])
            elif at >= station.closes_at:
                row = add(at, way.latency, marks[place][1])
            elif way.easy:
                row = add(at, way.latency + QUICK, marks[place][0])
                station.ledger.note(way.path, way.outcome.status, QUICK)
            else:
                end = station.serve(at)
                if end < 0:
                    row = add(at, way.latency, marks[place][2])
                    station.ledger.note(way.path, UNAVAILABLE, 0.0)
                else:
                    fails = station.failures and luck() < station.failures
                    mark, status = marks[place][3 if fails else 0], 500 if fails else way.outcome.status
                    if way.kept and not fails:
                        status, _ = station.ask(way.path, end)
                        mark = book.mark(way.outcome._replace(status=status))
                    row = add(at, end - at + way.latency, mark)
                    if witness is not None:
                        sink = witness.poured(book, row, way)
                    station.flight.append((end, sink, row, at, way.path, status))
            if witness is not None and sink is book:
                witness.poured(book, row, way)
            at = following()
        self.next = at

    def send(self, agenda: Agenda) -> None:
        """Manda la próxima petición, paso a paso: quien la atiende llama a otros."""
        at = self.next
        self.next = self._following()
        kept = self.plan.connections and not self.book.proxied
        self.way = self._connection(at) if kept else self._any()
        row = self.book.add(at, self.plan.timeout, self.book.mark(Outcome(0, "timeout")))
        visit = Visit(agenda, at, None, self.book, row)
        if self.plan.once:
            self.visit = visit
        visit.enter(at, self.way, self._luck())

    def _any(self) -> Way:
        """El camino de una conexión nueva."""
        place = self.road.choose(self._luck())
        if self.plan.once and self.road.walks:
            self.walk = self.road.walks[place]
        return self.road.ways[place]

    def _connection(self, at: float) -> Way:
        """Una de las conexiones abiertas; si al otro lado ya no hay nadie, se abre otra."""
        place = int(self._luck() * self.plan.connections)
        way = self._open.get(place)
        if way is None or way.station is None or at >= way.station.closes_at:
            way = self._open[place] = self._any()
        return way

    def stop(self, at: float) -> None:
        """No sale ninguna petición más."""
        self.next, self.stopped_at = math.inf, min(self.stopped_at, at)

    def look(self, now: float) -> str:
        """En qué estado está, una vez atendido todo hasta `now`."""
        if self.state == RUNNING and self.next == math.inf and (now >= self.end or self.stopped_at < math.inf) \
                and self.book.finished(now):  # fmt: skip
            self.state = STOPPED if self.stopped_at < self.end else DONE
            if not self.plan.once:
                # Acabada, bastan sus cuentas: las líneas de todas las cargas de un día no caben en ninguna parte.
                self._sealed = self.document(now)
                self.book = Book(self.plan.timeout)
        return self.state

    def document(self, now: float, whole: bool = True) -> dict[str, Any]:
        """Lo que se cuenta de ella: sus cuentas, enteras o solo las de seguirla."""
        if self._sealed is not None:
            brief = (*_HEAD, "sent", "completed", "failed")
            return dict(self._sealed) if whole else {name: self._sealed[name] for name in brief}
        plan = self.plan
        source = f"{plan.ask.source[0]}/{plan.ask.source[1]}" if plan.ask.source else None
        head = {"id": self.name, "state": self.state, "url": plan.url, "from": source, "seed": plan.seed,
                "seconds": plan.seconds, "timeout": plan.timeout, "steps": [list(one) for one in plan.steps],
                "elapsed": round(min(now, self.end, self.stopped_at) - self.start, 6)}  # fmt: skip
        return {**head, **(self.book.summary(now, self.start) if whole else self.book.counts(now))}
