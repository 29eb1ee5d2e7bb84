"""La conversación con una entrega encerrada: se le manda una celda y se recogen sus salidas.

Al otro lado hay código ajeno: puede callar, mentir, mandar basura o no acabar nunca. De lo que dice solo se guardan
salidas con forma de nbformat; lo demás cierra la sesión.
"""

from __future__ import annotations

import enum
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from grading.sandbox.inside import wire

Output = dict[str, Any]
INTERRUPT_PATIENCE = 3.0  # segundos que se dan a una celda interrumpida para terminar


class Ending(enum.Enum):
    """Cómo acabó una celda."""

    DONE = "terminó"
    INTERRUPTED = "se interrumpió"
    HUNG = "no hizo caso de la interrupción"
    DEAD = "murió"
    BROKEN = "mandó un mensaje que no se entiende"


class Keeper(Protocol):
    """Quien puede interrumpir o matar una sesión desde fuera."""

    def interrupt(self, guardian: int) -> None:
        """Ctrl-C."""

    def kill(self, guardian: int) -> None:
        """Se acabó, con todos los procesos que tuviera."""


class Session:
    """Una entrega en marcha. Tras cualquier final que no sea DONE o INTERRUPTED, hay que cerrarla."""

    def __init__(self, keeper: Keeper, guardian: int, channel: socket.socket) -> None:
        self._keeper = keeper
        self._guardian = guardian
        self._channel = channel

    def run(self, source: str, seconds: float, on_output: Callable[[Output], None], *, silent: bool = False) -> Ending:
        """Ejecuta una celda durante `seconds` segundos como mucho; pasados, la interrumpe.

        `on_output` recibe cada salida (`{"output": …}`) y cada borrado (`{"clear": espera}`), en orden.
        """
        try:
            self._channel.settimeout(seconds)
            wire.send(self._channel, {"run": source, "silent": silent})
            deadline = time.monotonic() + seconds
            finished = self._listen(deadline, on_output)
            if finished is not None:
                return finished
            self._keeper.interrupt(self._guardian)
            finished = self._listen(time.monotonic() + INTERRUPT_PATIENCE, on_output)
            return Ending.HUNG if finished is None else Ending.INTERRUPTED if finished is Ending.DONE else finished
        except wire.Broken:
            return Ending.BROKEN
        except OSError:
            return Ending.DEAD

    def close(self) -> None:
        """Mata lo que quede de ella. Se puede repetir."""
        with suppress(OSError):
            self._keeper.kill(self._guardian)
        self._channel.close()

    def _listen(self, deadline: float, on_output: Callable[[Output], None]) -> Ending | None:
        """Recoge tramas hasta que la celda acabe; None si antes se acaba el tiempo."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._channel.settimeout(left)
            try:
                frame = wire.receive(self._channel)
            except TimeoutError:
                return None
            if frame is None:
                return Ending.DEAD
            header, _, fds = frame
            for number in fds:  # nadie debería mandar descriptores por aquí
                socket.close(number)
            if "done" in header:
                return Ending.DONE
            if "output" in header or "clear" in header:
                on_output(header)
            else:
                return Ending.BROKEN
