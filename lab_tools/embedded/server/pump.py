"""El borde del servidor: empuja el reloj virtual al ritmo del de pared y lleva la cuenta de la hora que se ve.

El tiempo virtual es tiempo de pared por la velocidad, y nunca salta si no lo pide el dueño: si la máquina se duerme o
no da abasto, el clúster va más despacio, no a saltos.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from typing import TypeVar

from lab_tools.embedded.clock import Clock
from lab_tools.embedded.dates import Dates

T = TypeVar("T")
_log = logging.getLogger("orquesta.pump")

# Segundos de pared seguidos dedicados al clúster antes de dejar pasar a quien llama.
_SLICE = 0.008
# Retraso (segundos de pared) a partir del cual se da por perdido el tiempo que falta.
_LOST = 5.0
# Lo que la hora que se ve puede apartarse de la de pared antes de volver a ponerla en hora.
_BEHIND, _AHEAD = 1.5, 0.5
_LONGEST_SLEEP = 1.0
# Lo que puede durar un salto (segundos de pared) antes de dejar pasar a los demás; quien lo pidió pide el resto.
_LONGEST_JUMP = 0.5
# Sin que nadie pida el trozo siguiente durante estos segundos de pared, un salto a medias se da por acabado.
_ABANDONED = 5.0
_LATE = 0.1


class Pump:
    """El reloj de un clúster servido. Cumple `rest.edge.Edge`. A velocidad cero está en pausa.

    `dates` es la hora que se veía hasta ahora, si el clúster continúa uno guardado.
    """

    fork_outside = True

    def __init__(self, clock: Clock, speed: float, housekeeping: Callable[[], None] = lambda: None,
                 dates: Dates | None = None) -> None:  # fmt: skip
        self.speed = speed
        self.paused = speed <= 0
        self._clock = clock
        self._housekeeping = housekeeping
        self._wake = asyncio.Event()
        # Cuándo se dio el último trozo de un salto al que le faltan más.
        self._halfway: float | None = None
        self._dates = dates or Dates()
        self._set_right()

    # El borde

    @property
    def dates(self) -> Dates:
        """La hora que se ve. No cambia a mitad de una petición: se pone en hora en `catch_up`."""
        return self._dates

    def call_in(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Los plazos de quien espera son de reloj de pared, y se cumplen un poco tarde.

        kubectl toma por fallo una vigilancia de un segundo que dure 999 ms.
        """
        return asyncio.get_running_loop().call_later(seconds + _LATE, callback)

    def jump(self, move: Callable[[], T], halfway: Callable[[], bool] = lambda: False) -> T:
        """Hace pasar de golpe el tiempo que `move` quiera. Lo que pase en él lleva la hora de pared del salto.

        Un salto a trozos es uno solo: hasta el último (`halfway` falso), el calendario sigue desde donde empezó y no
        vuelve a la hora de pared. Si no, un CronJob de las tres tendría unas tres por trozo.
        """
        try:
            return move()
        finally:
            self._turn(halfway=halfway())

    def advance(self, seconds: float) -> None:
        """Deja pasar de golpe `seconds` segundos virtuales."""
        self.jump(lambda: self._clock.advance(seconds))

    def tired(self) -> Callable[[], bool]:
        """Mientras dura un salto, el servidor no atiende a nadie más: no puede durar mucho."""
        stop = time.perf_counter() + _LONGEST_JUMP
        return lambda: time.perf_counter() > stop

    def set_speed(self, speed: float) -> None:
        """Cambia el ritmo desde este instante. Con cero, para."""
        if speed <= 0:
            self.pause()
            return
        self.catch_up()
        self.speed = speed
        if self.paused:
            self._anchor()
        else:
            self._turn()
            self.wake()

    def pause(self) -> None:
        """Para el tiempo en este instante."""
        self.catch_up()
        self.paused = True

    def resume(self) -> None:
        """Deja que el tiempo siga desde donde se paró."""
        if self.paused:
            self.speed = self.speed or 1.0
            self.paused = False
            self._set_right()
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
        if self._halfway is not None and time.monotonic() - self._halfway > _ABANDONED:
            self._turn()
        if not self.paused and not -_AHEAD <= time.time() - self._dates.at(self._clock.now) < _BEHIND:
            self._set_right()  # la hora de pared se ha ido por su cuenta: la máquina durmió, o no daba abasto
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
        if self.paused:
            return self._clock.now
        return self._virtual + (time.monotonic() - self._wall) * self.speed

    def _sleep(self) -> float:
        at = self._clock.next_event()
        if at is None or self.paused:
            return _LONGEST_SLEEP
        return min(max(at - self._clock.now, 0.0) / self.speed, _LONGEST_SLEEP)

    def _forgive(self, target: float) -> None:
        if target - self._clock.now > _LOST * self.speed:
            self._anchor()

    def _set_right(self) -> None:
        """Tras un rato sin andar se empieza en otro segundo: lo de antes y lo de después no se mezcla."""
        if self._dates.version:
            self._clock.advance_to(math.floor(self._clock.now) + 1)
        self._turn()

    def _turn(self, *, halfway: bool = False) -> None:
        self._anchor()
        wall = time.time()
        self._dates.turn(self._clock.now, wall, 0.0 if self.paused else self.speed)
        self._halfway = time.monotonic() if halfway else None
        if not halfway:
            self._clock.set_offset(math.floor(wall - self._clock.now))

    def _anchor(self) -> None:
        self._virtual, self._wall = self._clock.now, time.monotonic()
