"""Un contenedor que atiende, como cola: `workers` puestos, por orden de llegada, con la cuota de CPU de su límite.

Como se atiende por orden y sin interrumpir, el final de una petición se sabe en cuanto llega (la recurrencia de
Kiefer y Wolfowitz: la siguiente ocupa el puesto que antes quede libre). Solo la muerte del contenedor lo desmiente,
y para eso se recuerda lo que está en curso.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from typing import Protocol

from lab_tools.embedded.traffic.ledger import Ledger
from lab_tools.embedded.workloads.program import Program, ServerProgram

# Cada cuánto repone el kernel la cuota de CPU (`cpu.cfs_period_us`), en segundos.
PERIOD = 0.1
# La parte de lo que sobra que un proceso aún no ha devuelto al sistema de una mirada a la siguiente.
_KEEPS = 0.9


class Server(Protocol):
    """Un contenedor en marcha, visto desde sus puertos."""

    uid: str
    namespace: str
    pod: str
    container: str
    born: float
    """Instante en que arrancó."""
    program: Program
    memory: int
    """Bytes en reposo."""
    drains: bool
    """Si al cerrar acaba lo que tenía entre manos."""

    @property
    def cores(self) -> float:
        """Los que puede usar: su límite o, si no tiene, los del nodo."""

    @property
    def shared_cores(self) -> float | None:
        """Los que puede usar su Pod entre todos sus contenedores; `None` si el Pod no tiene límite suyo."""

    @property
    def memory_limit(self) -> int | None:
        """Bytes; `None` sin límite."""

    @property
    def closes_at(self) -> float:
        """Instante en que deja de aceptar conexiones; infinito si nadie se lo ha pedido."""

    @property
    def gone_at(self) -> float:
        """Instante en que murió; infinito si vive."""


class Sink(Protocol):
    """Quien espera una respuesta de este contenedor."""

    def cut(self, row: int, at: float) -> None:
        """La conexión `row` se cortó en el instante `at`."""


class Guest(Protocol):
    """Una petición a medias que depende de otros."""

    def cut(self, at: float) -> None:
        """El contenedor que la atendía murió en el instante `at`."""


class Pool:
    """La cuota de CPU que comparten los contenedores de un Pod que tiene la suya."""

    __slots__ = ("cores", "tat")

    def __init__(self) -> None:
        self.cores = math.inf
        self.tat = -math.inf

    def end(self, start: float, took: float, work: float) -> float:
        """Cuándo acaba, como pronto, una petición que empieza en `start`, dura `took` y gasta `work` de CPU."""
        self.tat = max(start, self.tat) + work / self.cores
        return self.tat - PERIOD + min(work, self.cores * PERIOD) + took - work


class Station:
    """La cola de un contenedor. Los instantes son del reloj del clúster y no pueden retroceder."""

    __slots__ = (
        "_cores",
        "_cpu",
        "_extra",
        "_free",
        "_leak",
        "_pool",
        "_quota",
        "_room",
        "_service",
        "_share",
        "_starts",
        "_tat",
        "closes_at",
        "dropping",
        "failures",
        "flight",
        "gone",
        "key",
        "leaked",
        "ledger",
        "luck",
        "perf",
        "quick",
        "second",
        "server",
        "spending",
        "spent",
        "status",
        "status_until",
        "throttled",
        "visits",
    )  # fmt: skip

    def __init__(self, server: Server, rng: random.Random, ledger: Ledger | None = None,
                 pool: Pool | None = None) -> None:  # fmt: skip
        perf = server.program.performance
        self.server, self.perf, self.ledger = server, perf, ledger or Ledger(server)
        self.key = (server.uid, server.container, server.born)
        self.luck = rng.random
        self.failures = perf.failures
        self.quick = perf.quick
        # Lo que está en curso: cuándo acaba, quién lo espera (y en qué línea), cuándo llegó, su ruta y su código.
        self.flight: list[tuple[float, Sink, int, float, str, int]] = []
        self.visits: dict[Guest, None] = {}
        # Copias de lo que dice el kubelet, para no preguntárselo en cada petición.
        self.closes_at, self._cores, self._quota = math.inf, 1.0, PERIOD
        self.gone = self.dropping = False
        self.leaked = self._extra = 0
        self.throttled = 0.0
        self.status: dict[str, int] = {}
        self.status_until = -math.inf
        self.second, self.spending = -1, 0.0
        self.spent: list[tuple[int, float]] = []
        self._free = [-math.inf] * perf.workers
        self._starts: deque[float] = deque()
        self._room, self._leak = perf.queue, perf.leak
        self._service, self._share = perf.draws(rng), perf.cpu_share
        self._tat = -math.inf
        self._pool = pool
        self.refresh()

    def serve(self, at: float) -> float:
        """Atiende una petición que llega en `at`; devuelve el instante en que acaba, o -1 si no cabe en la cola."""
        starts = self._starts
        while starts and starts[0] <= at:
            starts.popleft()
        free = self._free
        start = free[0]
        if start <= at:
            start = at
        elif len(starts) >= self._room:
            return -1.0
        else:
            starts.append(start)
        took = self._service()
        work = took * self._share
        # La cuota: `tat` es cuándo se habrá repuesto todo lo gastado; se puede ir un periodo por delante.
        tat = self._tat
        tat = (start if start > tat else tat) + work / self._cores
        self._tat = tat
        end = start + took
        late = tat - PERIOD + (work if work < self._quota else self._quota) + took - work
        if self._pool is not None:
            late = max(late, self._pool.end(start, took, work))
        if late > end:
            self.throttled += late - end
            end = late
        heapq.heapreplace(free, end)
        self.leaked += self._leak
        second = int(start)
        if second != self.second:
            if self.second >= 0:
                self.spent.append((self.second, self.spending))
            self.second, self.spending = second, 0.0
        self.spending += work
        return end

    def keeps(self, path: str) -> bool:
        """Si esa ruta mueve o cuenta los mensajes que este contenedor guarda."""
        kept = self.perf.keeps
        return kept is not None and path.partition("?")[0] in kept.paths

    def ask(self, path: str, at: float) -> tuple[int, str]:
        """Código y cuerpo de una de esas rutas, contestada en el instante `at`."""
        assert self.ledger.box is not None
        return self.ledger.box.ask(path, at)

    @property
    def stored(self) -> int:
        """Bytes que no devuelve: lo perdido y los mensajes que guarda."""
        return self.leaked + (self.ledger.box.memory if self.ledger.box is not None else 0)

    def refresh(self) -> None:
        """Vuelve a preguntar al kubelet cuánta CPU tiene y hasta cuándo acepta."""
        self.closes_at = self.server.closes_at
        self._cores = self.server.cores
        self._quota = self._cores * PERIOD
        if self._pool is not None:
            self._pool.cores = self.server.shared_cores or math.inf

    def answers(self, path: str, at: float) -> int:
        """El código con que contesta a una ruta, sin contar los fallos al azar."""
        age = at - self.server.born
        if not isinstance(self.server.program, ServerProgram):
            # Un guion sirve archivos, y los puede cambiar otro: solo de la tabla se sabe hasta cuándo vale.
            return self.server.program.answer(path, age).status
        if at >= self.status_until:
            change = self.server.program.next_change(age)
            self.status.clear()
            self.status_until = self.server.born + change if change is not None else math.inf
        found = self.status.get(path)
        if found is None:
            found = self.status[path] = self.server.program.answer(path, age).status
        return found

    def easy(self, path: str, status: int) -> bool:
        """Si contestar esa ruta no es trabajo: una sonda, o una ruta que no existe."""
        return status == 404 or path.partition("?")[0] in self.quick

    def prune(self, now: float) -> int:
        """Da por contestado lo que ya acabó; devuelve cuántas peticiones siguen en curso."""
        flying, self.flight, note = self.flight, [], self.ledger.note
        for one in flying:
            if one[0] > now:
                self.flight.append(one)
            else:
                note(one[4], one[5], one[0] - one[3])
        return len(self.flight) + len(self.visits)

    def memory(self, now: float) -> int:
        """Bytes que usa: reposo, lo perdido y lo que está en curso."""
        return self.server.memory + self.stored + self.prune(now) * self.perf.memory

    def resident(self, now: float) -> int:
        """Lo mismo, visto desde fuera: la memoria que una petición suelta vuelve al sistema poco a poco."""
        held = self.server.memory + self.stored
        self._extra = max(self.memory(now) - held, int(self._extra * _KEEPS))
        return held + self._extra

    def cut(self, at: float) -> None:
        """Todo lo que estaba en curso se corta."""
        flying, self.flight = self.flight, []
        for ends, sink, row, *_ in flying:
            if ends > at:
                sink.cut(row, at)
        for guest in list(self.visits):
            guest.cut(at)

    def take_throttled(self) -> float:
        """Segundos que su límite de CPU ha hecho esperar a quien atendía, desde la última vez que se preguntó."""
        found, self.throttled = self.throttled, 0.0
        return found

    def cpu_until(self, now: float) -> list[tuple[int, float]]:
        """Lo gastado desde la última vez, por segundos enteros ya pasados: (segundo, segundos de CPU)."""
        if 0 <= self.second < int(now):
            self.spent.append((self.second, self.spending))
            self.second, self.spending = -1, 0.0
        done = [one for one in self.spent if one[0] < int(now)]
        self.spent = [one for one in self.spent if one[0] >= int(now)]
        return done
