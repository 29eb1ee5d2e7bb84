"""El borde del servidor: empuja el reloj virtual al ritmo del de pared y traslada los instantes.

El tiempo virtual es tiempo de pared por la velocidad, y nunca salta: si la máquina se duerme o no da
abasto, el clúster va más despacio, no a saltos.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable

from lab_tools.embedded.clock import Clock

_log = logging.getLogger("orquesta.pump")

# Segundos de pared seguidos dedicados al clúster antes de dejar pasar a quien llama.
_SLICE = 0.008
# Retraso (segundos de pared) a partir del cual se da por perdido el tiempo que falta.
_LOST = 5.0
# Cuánto puede envejecer el traslado antes de rehacerse: menos de un segundo no cambia nada que se vea.
_SLACK = 1.5
_LONGEST_SLEEP = 1.0
_LATE = 0.1


class Pump:
    """El reloj de un clúster servido. Cumple `rest.edge.Edge`."""

    def __init__(self, clock: Clock, speed: float, housekeeping: Callable[[], None] = lambda: None) -> None:
        self.speed = speed
        self._clock = clock
        self._housekeeping = housekeeping
        self._wake = asyncio.Event()
        self._shift: int | None = None
        self._anchor()

    # El borde

    def shift(self) -> int:
        """Segundos enteros de la época del clúster al reloj de pared; nunca lleva un instante al futuro."""
        # Entre dos citas el reloj duerme hasta un segundo: lo que ve quien llega es la hora que toca, no la dormida.
        virtual = min(self._target(), self._clock.now + self.speed * _LONGEST_SLEEP)
        exact = time.time() - max(virtual, self._clock.now)
        if self._shift is None or not 0 <= exact - self._shift < _SLACK:
            self._shift = math.floor(exact)
        return self._shift

    def call_in(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Los plazos de quien espera son de reloj de pared, y se cumplen un poco tarde.

        kubectl toma por fallo una vigilancia de un segundo que dure 999 ms.
        """
        return asyncio.get_running_loop().call_later(seconds + _LATE, callback)

    def advance(self, seconds: float) -> None:
        """Deja pasar de golpe `seconds` segundos virtuales."""
        self._clock.advance(seconds)
        self._anchor()

    def set_speed(self, speed: float) -> None:
        """Cambia el ritmo desde este instante."""
        self.catch_up()
        self.speed = speed
        self._anchor()
        self.wake()

    # El ritmo

    def catch_up(self) -> bool:
        """Lleva el reloj a la hora que toca. Devuelve si se quedó a medias para no hacer esperar a nadie."""
        target, stop = self._target(), time.perf_counter() + _SLICE
        while (at := self._clock.next_event()) is not None and at <= target:
            try:
                self._clock.step()
            except Exception:
                # Un componente que falla no puede parar el tiempo de los demás.
                _log.exception("un suceso del clúster ha fallado")
            if time.perf_counter() > stop:
                self._forgive(target)
                return True
        self._clock.advance_to(target)
        return False

    def wake(self) -> None:
        """Hay algo nuevo que hacer: no esperes a la próxima cita."""
        self._wake.set()

    async def run(self) -> None:
        """Mueve el reloj hasta que se cancele."""
        while True:
            self._wake.clear()
            if self.catch_up():
                await asyncio.sleep(0)
                continue
            self._housekeeping()
            try:
                await asyncio.wait_for(self._wake.wait(), self._sleep())
            except TimeoutError:
                continue

    def _target(self) -> float:
        return self._virtual + (time.monotonic() - self._wall) * self.speed

    def _sleep(self) -> float:
        at = self._clock.next_event()
        if at is None or self.speed <= 0:
            return _LONGEST_SLEEP
        return min(max(at - self._clock.now, 0.0) / self.speed, _LONGEST_SLEEP)

    def _forgive(self, target: float) -> None:
        if target - self._clock.now > _LOST * self.speed:
            self._anchor()

    def _anchor(self) -> None:
        self._virtual, self._wall = self._clock.now, time.monotonic()
