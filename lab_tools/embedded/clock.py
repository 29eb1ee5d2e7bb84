"""El tiempo: un montón de (instante, prioridad, orden, función) que solo avanza cuando alguien lo pide.

Los instantes son segundos virtuales desde la época de Unix. Una hora de clúster cuesta lo que cuesten sus
sucesos, no una hora. Quien quiera tiempo real (el servidor) empuja este reloj al ritmo que desee.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lab_tools.embedded.collector import unhurried

# 2026-01-01T00:00:00Z: toda historia empieza aquí; solo el borde del servidor la traslada al reloj de pared.
EPOCH = 1767225600.0

# Más sucesos que estos sin que el tiempo avance son un bucle, no un clúster.
_STORM = 2_000_000


class Timer:
    """Una cita con el reloj. `cancel()` la olvida; cancelarla dos veces no hace daño."""

    __slots__ = ("at", "callback")

    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        self.at = at
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Olvida la cita."""
        self.callback = None


class Clock:
    """Reloj virtual. `now` está en segundos y nunca retrocede."""

    def __init__(self, start: float = EPOCH) -> None:
        self.now = start
        self.offset = 0
        """Segundos de la hora civil menos la de este reloj: en un clúster servido, la civil es la de pared."""
        self._on_offset: list[Callable[[], None]] = []
        self._heap: list[tuple[float, int, int, Timer]] = []
        self._order = 0

    def call_at(self, at: float, callback: Callable[[], None], *, priority: int = 0) -> Timer:
        """Llama a `callback` en el instante `at` (o ahora, si ya pasó); a igual instante, menor prioridad antes."""
        timer = Timer(max(at, self.now), callback)
        self._order += 1
        heapq.heappush(self._heap, (timer.at, priority, self._order, timer))
        return timer

    def set_offset(self, seconds: int) -> None:
        """Pone en hora el calendario. Avisa a quien vive de él."""
        if seconds != self.offset:
            self.offset = seconds
            for listener in self._on_offset:
                self.call_soon(listener)

    def on_offset(self, listener: Callable[[], None]) -> None:
        """Llama a `listener` cuando el calendario se ponga en otra hora."""
        self._on_offset.append(listener)

    def call_in(self, seconds: float, callback: Callable[[], None], *, priority: int = 0) -> Timer:
        """Llama a `callback` dentro de `seconds` segundos virtuales."""
        return self.call_at(self.now + seconds, callback, priority=priority)

    def call_soon(self, callback: Callable[[], None]) -> Timer:
        """Llama a `callback` en este mismo instante, después de lo que ya estaba citado."""
        return self.call_at(self.now, callback)

    def fork_state(self) -> dict[str, Any]:
        """Lo que se lleva la copia de un clúster: la hora y las citas que siguen en pie, en su orden."""
        standing = [entry for entry in self._heap if entry[3].callback is not None]
        return {**vars(self), "_heap": sorted(standing)}

    def next_event(self) -> float | None:
        """Instante de la próxima cita, o `None` si no queda ninguna."""
        while self._heap and self._heap[0][3].callback is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def step(self) -> bool:
        """Avanza hasta la próxima cita y la atiende. Devuelve si había alguna."""
        at = self.next_event()
        if at is None:
            return False
        timer = heapq.heappop(self._heap)[3]
        self.now = at
        callback, timer.callback = timer.callback, None
        if callback is not None:
            callback()
        return True

    def settle(self) -> None:
        """Atiende todo lo que ya toca, sin que pase el tiempo."""
        self.advance_to(self.now)

    def advance(self, seconds: float) -> None:
        """Deja pasar `seconds` segundos virtuales, atendiendo cada cita a su hora."""
        self.advance_to(self.now + seconds)

    def advance_to(self, instant: float) -> None:
        """Deja pasar el tiempo hasta `instant`; si ya pasó, atiende lo pendiente."""
        with unhurried():
            self._serve_until(max(instant, self.now))

    def _serve_until(self, instant: float) -> None:
        served = 0
        while (at := self.next_event()) is not None and at <= instant:
            served = served + 1 if at == self.now else 0
            if served > _STORM:
                raise RuntimeError(f"{_STORM} sucesos en el instante {at}: algún reconciliador no descansa")
            self.step()
        self.now = instant

    def run_until(self, predicate: Callable[[], bool], timeout: float) -> bool:
        """Deja pasar el tiempo hasta que `predicate()` sea cierto o pasen `timeout` segundos virtuales.

        Devuelve si se cumplió. El reloj queda en el instante en que se cumplió, o en el límite.
        """
        deadline = self.now + timeout
        with unhurried():
            self._serve_until(self.now)
            while not predicate():
                at = self.next_event()
                if at is None or at > deadline:
                    self.now = deadline
                    return predicate()
                self._serve_until(at)
            return True


def timestamp(instant: float) -> str:
    """RFC 3339 con segundos, como `metav1.Time`: «2026-01-01T00:00:00Z»."""
    return _seconds(int(instant))


def microtime(instant: float) -> str:
    """RFC 3339 con microsegundos, como `metav1.MicroTime`."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> float:
    """Segundos desde la época de Unix de un instante RFC 3339. Lanza `ValueError` si no lo es."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


_last: tuple[int, str] = (-1, "")


def _seconds(instant: int) -> str:
    # Casi todas las marcas de una ráfaga caen en el mismo segundo: basta con recordar la última.
    global _last
    if _last[0] != instant:
        _last = (instant, datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return _last[1]
