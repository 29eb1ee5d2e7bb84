"""Lo que la puerta necesita saber del mundo de fuera: qué hora ve quien llega y cómo se espera.

En proceso no hay fuera: se ve la hora del clúster y se espera con su reloj. El servidor trae su propio
borde, que traslada los instantes al reloj de pared y cuenta los plazos en segundos de verdad, porque los
plazos de kubectl (`timeoutSeconds`) son de la persona que espera, no del clúster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from lab_tools.embedded import status
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.dates import PLAIN, Dates

T = TypeVar("T")


class Alarm(Protocol):
    """Un aviso pedido."""

    def cancel(self) -> None:
        """Ya no hace falta."""


class Edge(Protocol):
    """El borde entre el clúster y quien llega."""

    speed: float
    """Segundos virtuales por segundo de pared; 0 si el tiempo solo avanza cuando se pide."""
    paused: bool
    """Si el tiempo está parado."""

    @property
    def dates(self) -> Dates:
        """Cómo se ven desde fuera los instantes del clúster."""

    def call_in(self, seconds: float, callback: Callable[[], None]) -> Alarm:
        """Llama a `callback` dentro de `seconds` segundos de quien espera."""

    def set_speed(self, speed: float) -> None:
        """Cambia el ritmo."""

    def pause(self) -> None:
        """Para el tiempo."""

    def resume(self) -> None:
        """Deja que el tiempo siga."""

    def jump(self, move: Callable[[], T], halfway: Callable[[], bool] = lambda: False) -> T:
        """Hace que pase, de golpe, lo que `move` haga pasar al reloj. `halfway`: si después aún falta otro trozo."""

    def tired(self) -> Callable[[], bool]:
        """Si un salto que empieza ahora dura ya demasiado para quien espera detrás."""


class InProcess:
    """El borde de quien llama en proceso: ninguno."""

    speed = 0.0
    paused = True
    dates = PLAIN
    """Se ve la hora del clúster tal cual."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def call_in(self, seconds: float, callback: Callable[[], None]) -> Alarm:
        """Los plazos son del reloj virtual."""
        return self._clock.call_in(seconds, callback)

    def set_speed(self, speed: float) -> None:
        """Aquí el tiempo no corre solo."""
        raise status.bad_request("an in-process cluster has no speed: advance its clock instead")

    def pause(self) -> None:
        """Aquí el tiempo ya está parado mientras nadie lo mueva."""

    def resume(self) -> None:
        """Nadie lo mueve solo."""

    def jump(self, move: Callable[[], T], halfway: Callable[[], bool] = lambda: False) -> T:
        """Lo hace."""
        return move()

    def tired(self) -> Callable[[], bool]:
        """Aquí no espera nadie."""
        return lambda: False


class Still(InProcess):
    """El borde de una copia: se ve la hora como en el original, pero solo pasa si alguien la adelanta.

    Los plazos de quien espera los cuenta el original.
    """

    def __init__(self, clock: Clock, original: Edge) -> None:
        super().__init__(clock)
        self._original = original
        # La línea del original sigue creciendo sin la copia.
        self.dates = Dates(original.dates.stretches)

    def call_in(self, seconds: float, callback: Callable[[], None]) -> Alarm:
        """Los plazos son de quien espera, no de la copia."""
        return self._original.call_in(seconds, callback)

    def tired(self) -> Callable[[], bool]:
        """Detrás de la copia esperan los del original."""
        return self._original.tired()
