"""Quien vacía una cola: toma un mensaje, trabaja, lo da por hecho y vuelve a por otro. A su paso, y de uno en uno.

Pregunta al mundo, así que nadie lo adelanta: el kubelet lo mira en cada paso (`next_change`), y en cada uno hace solo
lo que ya tocaba. Si muere con un mensaje entre manos, la cola lo recupera al acabar su plazo.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from lab_tools.embedded.workloads.performance import Works
from lab_tools.embedded.workloads.program import ServerProgram
from lab_tools.embedded.workloads.wire import GOOD, Wire

_TAKEN, _EMPTY = 200, 204
# Lo que se perdona al redondear una edad, en segundos.
_ROUNDING = 1e-6
# Las líneas que se recuerdan de lo que va haciendo.
_KEPT = 200


@dataclass(slots=True)
class WorkerProgram(ServerProgram):
    """Un trabajador de la tabla. `container` es su nombre en el Pod y `born`, el instante en que arrancó."""

    works: Works = field(kw_only=True)
    wire: Wire = field(kw_only=True)
    container: str = field(kw_only=True)
    born: float = field(kw_only=True)
    finished: int = 0
    """Mensajes que ha dado por hechos."""
    _next: float = -1.0
    _message: str = ""
    _said: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _written: int = 0
    _deaf: bool = False

    def __post_init__(self) -> None:
        """Desde que está listo, pregunta."""
        self._next, self.live = self.opens_at, True

    def next_change(self, age: float) -> float | None:
        """Hace lo que le tocaba hasta esa edad, y dice cuándo le toca lo siguiente."""
        if self._next <= age + _ROUNDING and self.born + self._next <= self.wire.now() + _ROUNDING:
            self._step(age)
        instants = [at for at in (ServerProgram.next_change(self, age), self._next) if at is not None]
        return min((at for at in instants if age + _ROUNDING < at < math.inf), default=None)

    def lines(self, age: float) -> list[tuple[float, str]]:
        """Lo que ha escrito hasta `age`: lo de su arranque y lo último que ha hecho."""
        began = () if self._forgotten else self.log
        return [line for line in (*began, *self._said) if line[0] <= age]

    def trail(self, age: float) -> tuple[int, list[str]]:
        """Lo escrito hasta `age`, y cuántas líneas se olvidaron."""
        gone = self._forgotten
        return gone + len(self.log) if gone else 0, [f"{text}\n" for _, text in self.lines(age)]

    @property
    def _forgotten(self) -> int:
        return self._written - len(self._said)

    def _step(self, age: float) -> None:
        """Un paso: si no tiene mensaje, pide uno y empieza con él; si lo tiene, ya lo acabó."""
        if self._message:
            self._finish(age)
        else:
            self._take(age)

    def _take(self, age: float) -> None:
        status, body, seconds = self._ask(self.works.take)
        if status != _TAKEN:
            self._complain(age, status)
            self._next = age + seconds + self.works.pause
            return
        self._deaf, self._message = False, body.strip()
        self._next = age + seconds + self.wire.toil(self.container)

    def _finish(self, age: float) -> None:
        number, _, _ = self._message.partition(" ")
        status, _, seconds = self._ask(f"{self.works.done}?{number}")
        if status == _TAKEN:
            self.finished += 1
            self._say(age, f"{self.command}: mensaje {self._message}, hecho")
        else:
            self._say(age, f"{self.command}: mensaje {self._message}, hecho tarde o sin cola a quien decírselo")
        self._message, self._next = "", age + seconds

    def _complain(self, age: float, status: int) -> None:
        """Dice que no encuentra la cola, una vez por cada vez que la pierde."""
        lost = status != _EMPTY
        if lost and not self._deaf:
            self._say(age, f"{self.command}: {self.env[self.works.env]} no contesta; lo intenta cada "
                           f"{self.works.pause:g} s")  # fmt: skip
        self._deaf = lost

    def _ask(self, path: str) -> tuple[int, str, float]:
        """Pide una ruta a la cola: código (0 si nadie contesta), cuerpo y segundos."""
        found = self.wire.fetch(self.env[self.works.env].rstrip("/") + path, "GET", ())
        return (found.status if found.verdict in GOOD else 0), found.body, found.seconds

    def _say(self, age: float, text: str) -> None:
        self._said.append((age, text))
        self._written += 1
