"""Una orden en marcha dentro de un contenedor que ya corría, o el propio programa visto desde fuera.

Nadie espera: se le escribe cuando hay algo que decirle, se le lee cuando avisa, y el tiempo que tarda es del reloj
del clúster.
"""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable

from lab_tools.embedded.clock import Clock, Timer
from lab_tools.embedded.workloads.input import Input
from lab_tools.embedded.workloads.program import INTERRUPTED, KILLED
from lab_tools.embedded.workloads.rerun import Rerun
from lab_tools.embedded.workloads.shell import Break, Exit, Interrupt, Machine, start
from lab_tools.embedded.workloads.terminal import Terminal

STDOUT, STDERR = 1, 2
FAILED = 1
# Pasos seguidos sin que pase el tiempo a partir de los cuales se da por perdida una orden que no acaba nunca.
_PATIENCE = 100_000
# Lo que se pierde al restar dos instantes: a 10⁹ segundos de la época, los números no distinguen menos.
_SLACK = 1e-6


class Execution:
    """Una orden que corre. `code` es `None` mientras dura."""

    def __init__(self, clock: Clock, machine: Machine, command: list[str], stdin: bool, terminal: bool) -> None:
        self.code: int | None = None
        self.command = command
        self._clock = clock
        self._on_end: Callable[[], None] = lambda: None
        self._ready: Callable[[], None] = lambda: None
        self._timer: Timer | None = None
        self._pending: deque[tuple[float, int, bytes]] = deque()
        self._ending: int | None = None
        self._terminal = Terminal() if terminal else None
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        machine.input = Input(ended=not stdin)
        machine.terminal = terminal
        # En una terminal todo sale por el mismo sitio.
        machine.stderr = self._writer(STDOUT if terminal else STDERR)
        self._steps = Rerun(start, machine, command, self._writer(STDOUT))
        self._advance()

    def write(self, data: bytes) -> None:
        """Lo que alguien teclea o envía."""
        if self.code is not None or self._input.ended:
            return
        text = self._decoder.decode(data)
        if self._terminal is None:
            self._input.text += text
        else:
            echo, typed = self._terminal.type(text)
            self._input.text += typed
            self._input.ended = self._terminal.ended
            if echo:
                self._pending.append((self._now, STDOUT, echo.encode(errors="surrogateescape")))
            if self._terminal.interrupted and not self._at_prompt:
                self._interrupt()
                return
            self._terminal.interrupted = False
        self._wake()

    def end_input(self) -> None:
        """No habrá más entrada."""
        self._input.ended = True
        self._wake()

    def read(self) -> list[tuple[int, bytes]]:
        """Lo escrito hasta ahora: pares de canal y trozo."""
        found = []
        while self._pending and (self._pending[0][0] <= self._now or self.code is not None):
            _, channel, data = self._pending.popleft()
            found.append((channel, data))
        return found

    def on_ready(self, callback: Callable[[], None]) -> None:
        """A quién avisar cuando haya algo que leer o termine."""
        self._ready = callback

    def on_end(self, callback: Callable[[], None]) -> None:
        """A quién avisar cuando termine; si ya terminó, en seguida."""
        self._on_end = callback
        if self.code is not None:
            callback()

    def die(self, code: int = KILLED) -> None:
        """Se acaba aquí: su contenedor murió, o quien miraba se fue."""
        if self.code is None:
            self._finish(code)

    @property
    def _machine(self) -> Machine:
        return self._steps.machine

    @property
    def _input(self) -> Input:
        assert self._steps.input is not None  # se le da una al nacer
        return self._steps.input

    @property
    def _at_prompt(self) -> bool:
        """Si es un shell que espera una orden: Ctrl-C no lo mata."""
        return self._input.waiting and self.command[0].rsplit("/", 1)[-1] in ("sh", "ash", "bash")

    @property
    def _now(self) -> float:
        return self._clock.now - self._machine.born + _SLACK

    def _writer(self, channel: int) -> Callable[[str], None]:
        def write(text: str) -> None:
            shown = text.replace("\n", "\r\n") if self._terminal is not None else text
            if shown:
                self._pending.append((self._machine.at, channel, shown.encode(errors="surrogateescape")))

        return write

    def _wake(self) -> None:
        if self.code is None and self._timer is None:
            self._machine.at = max(self._machine.at, self._clock.now - self._machine.born)
            self._advance()

    def _interrupt(self) -> None:
        """Ctrl-C: lo que corría se deja aquí. Un shell pide otra orden; lo demás se acaba."""
        assert self._terminal is not None
        self._terminal.interrupted = False
        if self._timer is not None:
            self._timer.cancel()
        self._machine.at = self._clock.now - self._machine.born
        self._pending = deque(one for one in self._pending if one[0] <= self._now)
        self._input.text = ""
        try:
            self._steps.throw(Interrupt())
        except (Interrupt, Exit, StopIteration):
            self._ending = INTERRUPTED
        self._advance()

    def _advance(self) -> None:
        """Da los pasos que tocan hasta ahora y se cita para el siguiente."""
        self._timer = None
        for _ in range(_PATIENCE):
            if self._machine.at > self._now:
                self._timer = self._clock.call_at(self._machine.born + self._machine.at, self._advance)
                break
            if self._ending is not None:
                self._finish(self._ending)
                return
            try:
                self._input.waiting = False
                next(self._steps)
            except StopIteration as stop:
                self._ending = int(stop.value)
            except Exit as stop:
                self._ending = stop.code
            except Break:
                self._ending = 0  # un `break` sin bucle
            except Exception:
                # Un fallo nuestro no deja a nadie esperando: la orden termina, y el fallo sigue su camino.
                self._finish(FAILED)
                raise
            if self._ending is None and self._input.waiting:
                break
        else:
            self._finish(KILLED)
            return
        if self._pending:
            self._ready()

    def _finish(self, code: int) -> None:
        self.code = code
        self._steps.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._on_end()
        self._ready()
