"""El tiempo de pared que puede durar una comprobación, en cualquier clúster, y qué pasa cuando se acaba.

`Timed` envuelve una conexión: mientras queda tiempo deja pasar las peticiones, y le dice a la conexión cuánto puede
tardar cada una; cuando no queda, lanza `OutOfTime`. Así ni un hecho que espera ni un clúster que no contesta pasan
del límite, y lo que ya se había comprobado se cuenta. En un clúster de verdad nadie adelanta el reloj: una espera que
no cabe ni empieza, y la que no cabría nunca no es medible allí.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from lab_tools.checks.finding import NotMeasurable
from lab_tools.client import CLOCK
from lab_tools.drivers.base import Connection, Query, Reply
from lab_tools.errors import OrquestaError

WALL_LIMIT = 30.0
# Lo que se espera una respuesta: un clúster que calla diez segundos no va despacio, no está.
PATIENCE = 10.0


class OutOfTime(Exception):
    """Se acabó el tiempo de pared antes de saber si el hecho se cumple. No es culpa de quien estudia."""


class Budget:
    """Segundos de pared que quedan desde que se crea."""

    def __init__(self, seconds: float = WALL_LIMIT, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._start = clock()

    @property
    def spent(self) -> float:
        """Segundos gastados."""
        return self._clock() - self._start

    @property
    def left(self) -> float:
        """Segundos que quedan; 0 si ya no queda ninguno."""
        return max(0.0, self.seconds - self.spent)

    def check(self) -> None:
        """Lanza `OutOfTime` si ya no queda tiempo."""
        if not self.left:
            raise OutOfTime(f"se acabaron los {self.seconds:g} s que puede durar")


class Timed:
    """Una conexión con presupuesto. Lo que no es pedir ni esperar lo contesta la conexión de dentro."""

    def __init__(self, inner: Connection, budget: Budget) -> None:
        self.inner = inner
        self.budget = budget

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Hace la petición si queda tiempo, y no espera la respuesta más de lo que queda."""
        self.budget.check()
        inner: Any = self.inner
        before = getattr(inner, "patience", None)
        try:
            if before is not None:
                inner.patience = min(before, PATIENCE, max(0.1, self.budget.left))
            return self.inner.send(method, path, query, body, headers)
        except OrquestaError:
            # Si lo que se agotó es nuestro tiempo, no hay que decir que el clúster está caído.
            self.budget.check()
            raise
        finally:
            if before is not None:
                inner.patience = before

    def wait(self, seconds: float) -> None:
        """Deja pasar tiempo del clúster, si queda del nuestro. Lanza `NotMeasurable` si no cabría nunca."""
        self.budget.check()
        if seconds > self.budget.left and goes_by_the_wall(self.inner):
            if seconds > self.budget.seconds:
                raise NotMeasurable(too_long(self.budget.seconds))
            raise OutOfTime(f"se acabaron los {self.budget.seconds:g} s que puede durar")
        self.inner.wait(seconds)


def goes_by_the_wall(connection: Connection) -> bool:
    """Si el tiempo del clúster es el de pared, y no hay quien lo adelante: no tiene el reloj del embebido."""
    return connection.send("GET", CLOCK).status == 404


def too_long(limit: float) -> str:
    """Por qué no se puede saber en un clúster de verdad algo que tarda."""
    return f"el tiempo de este clúster no se adelanta, y verlo lleva más de los {limit:g} s que puede durar"
