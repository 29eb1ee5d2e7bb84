"""Una petición en un contenedor que, para contestarla, llama a otros: primero su trabajo, y después cada llamada.

Una visita sabe quién la espera: otra visita (el contenedor que llamó) o una línea del libro de una carga.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from lab_tools.embedded.traffic.book import BAD_GATEWAY, RESET, TIMEOUT, Book, Outcome
from lab_tools.embedded.traffic.road import Way
from lab_tools.embedded.workloads.performance import QUICK

if TYPE_CHECKING:
    from lab_tools.embedded.observe.tracer import Span
    from lab_tools.embedded.traffic.station import Sink

GATEWAY_TIMEOUT, UNAVAILABLE = 504, 503
# Hasta cuántos servicios se llaman unos a otros: dos que se llamen en círculo no acabarían nunca.
DEEPEST = 10


class Witness(Protocol):
    """Quien sigue a cada petición para contar su viaje, tramo a tramo."""

    def depart(self, at: float, way: Way, above: Sequence[Span]) -> list[Span]:
        """Sale una petición por un camino; `above` es el viaje de la que la causó."""

    def arrive(self, spans: Sequence[Span], at: float, way: Way, outcome: Outcome) -> None:
        """Quien esperaba supo cómo acabó."""

    def poured(self, book: Book, row: int, way: Way) -> Sink:
        """Una petición que se atendió a granel; devuelve a quién avisar si se corta."""


class Agenda(Protocol):
    """Quien mueve las visitas: recibe lo que ha de pasar y cuándo."""

    witness: Witness | None
    """Quien las sigue, si alguien mira."""

    def call(self, at: float, visit: Visit) -> None:
        """En el instante `at`, la visita hace su siguiente llamada o, si no le quedan, contesta."""

    def give_up(self, at: float, visit: Visit) -> None:
        """En el instante `at`, quien esperaba a esta visita se cansa."""

    def reply(self, at: float, visit: Visit, outcome: Outcome) -> None:
        """En el instante `at`, quien esperaba a esta visita recibe su respuesta."""


class Visit:
    """Una petición que está siendo atendida. `over`: quien esperaba ya sabe cómo acabó."""

    __slots__ = ("_agenda", "began", "body", "book", "calls", "depth", "over", "parent", "row", "trail", "way")

    def __init__(self, agenda: Agenda, began: float, parent: Visit | None = None, book: Book | None = None,
                 row: int = 0) -> None:  # fmt: skip
        self._agenda = agenda
        self.began = began
        self.parent, self.book, self.row = parent, book, row
        self.depth: int = parent.depth + 1 if parent is not None else 0
        self.way: Way | None = None
        self.calls: Sequence[tuple[str, float]] = ()
        self.over = False
        self.trail: Sequence[Span] = ()
        self.body: str | None = None
        """Lo que contestó quien guarda mensajes, si se le preguntó por ellos."""

    def enter(self, at: float, way: Way, luck: float) -> None:
        """Llega a donde la mandan. `luck`, en [0, 1), decide si le toca un fallo al azar."""
        self.way = way
        for copy in way.mirrors:
            Visit(self._agenda, at).enter(at, copy, luck)
        if way.patience < math.inf:
            # Es el proxy quien se cansa y contesta, no el contenedor.
            self._agenda.reply(at + way.patience + way.latency, self, Outcome(GATEWAY_TIMEOUT))
        if self._agenda.witness is not None:
            self.trail = self._agenda.witness.depart(at, way, self.parent.trail if self.parent is not None else ())
        station = way.station
        if station is None:
            self._agenda.reply(at + way.latency, self, way.outcome)
            return
        if at >= station.closes_at:
            self._agenda.reply(at + way.latency, self, way.lost)
            return
        end = at + QUICK if way.easy else station.serve(at)
        if end < 0:
            station.ledger.note(way.path, UNAVAILABLE, 0.0)
            self._agenda.reply(at + way.latency, self, way.outcome._replace(status=UNAVAILABLE))
            return
        station.visits[self] = None
        if luck < station.failures and not way.easy:
            self._agenda.reply(end + way.latency, self, way.outcome._replace(status=500))
        else:
            self.calls = way.calls if self.depth < DEEPEST else ()
            self._agenda.call(end, self)

    def outcome(self, at: float) -> Outcome:
        """Lo que contesta quien la atiende, ya hecho su trabajo y sus llamadas, en el instante `at`."""
        assert self.way is not None
        if not self.way.kept or self.way.station is None:
            return self.way.outcome
        status, self.body = self.way.station.ask(self.way.path, at)
        return self.way.outcome._replace(status=status)

    def answered(self, at: float, outcome: Outcome) -> None:
        """Una de sus llamadas volvió: sigue con la siguiente, o contesta que no pudo."""
        if self.over or self.way is None:
            return
        if outcome.error or outcome.status >= 500:
            status = GATEWAY_TIMEOUT if outcome.error == TIMEOUT else BAD_GATEWAY
            self._agenda.reply(at + self.way.latency, self, self.way.outcome._replace(status=status))
        else:
            self._agenda.call(at, self)

    def finish(self, at: float, outcome: Outcome) -> None:
        """Se sabe cómo acabó: lo apunta o se lo cuenta a quien llamó."""
        if self.over:
            return
        self.over = True
        if self.trail and self.way is not None and self._agenda.witness is not None:
            self._agenda.witness.arrive(self.trail, at, self.way, outcome)
        if self.parent is not None:
            self.parent.answered(at, outcome)
        elif self.book is not None:
            self.book.settle(self.row, at - self.began, self.book.mark(outcome))
        self._leave(at, outcome)

    def _leave(self, at: float, outcome: Outcome) -> None:
        """Deja de ocupar memoria en el contenedor que la atendía, que la apunta si llegó a contestarla."""
        station = self.way.station if self.way is not None else None
        if station is None or self.way is None or self not in station.visits:
            return
        del station.visits[self]
        if outcome.status and outcome.pod:
            station.ledger.note(self.way.path, outcome.status, max(at - self.began - self.way.latency, 0.0))

    def cut(self, at: float) -> None:
        """El contenedor que la atendía murió."""
        if not self.over and self.way is not None:
            lost = self.way.lost
            self._agenda.reply(at, self, lost if lost.status else lost._replace(error=RESET))
