"""La conversación de exec y attach: cada mensaje empieza por un byte que dice de qué tubería es.

    0 entrada · 1 salida · 2 errores · 3 cómo acabó (un Status) · 4 tamaño de la terminal · 255 cierra una tubería

Fuente: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab_tools.embedded.rest.encoding import dumps
from lab_tools.embedded.rest.message import Process

STDIN, STATUS, CLOSE = 0, 3, 255
_SUCCESS = {"metadata": {}, "status": "Success"}


class ChannelSession:
    """Un proceso y quien habla con él. `translated`: el final se cuenta como lo cuenta quien habla v5."""

    fork_outside = True

    def __init__(self, process: Process, translated: bool) -> None:
        self.closed = False
        self._process = process
        self._translated = translated

    def feed(self, message: bytes) -> None:
        """Llega un mensaje: entrada, o el aviso de que no habrá más."""
        if not message:
            return
        if message[0] == STDIN:
            self._process.write(message[1:])
        elif message[0] == CLOSE and message[1:2] == bytes([STDIN]):
            self._process.end_input()

    def read(self) -> list[bytes]:
        """Lo que el proceso ha escrito; cuando termina, también cómo."""
        if self.closed:
            return []
        code = self._process.code
        found = [bytes([channel]) + data for channel, data in self._process.read()]
        if code is not None:
            found.append(bytes([STATUS]) + dumps(_ending(code, self._translated)))
            self.closed = True
        return found

    def on_ready(self, callback: Callable[[], None]) -> None:
        """A quién avisar cuando haya algo que leer o termine."""
        self._process.on_ready(callback)

    def close(self) -> None:
        """Quien llamaba se ha ido: el proceso se va con él."""
        self.closed = True
        self._process.die()


class Refusal:
    """Una conversación que solo dice por qué no pudo ser."""

    def __init__(self, why: dict[str, Any]) -> None:
        self.closed = True
        self._messages = [bytes([STATUS]) + dumps({name: why[name] for name in why if name not in _NAMES})]

    def feed(self, message: bytes) -> None:
        """Nadie escucha."""

    def read(self) -> list[bytes]:
        """El motivo."""
        found, self._messages = self._messages, []
        return found

    def on_ready(self, callback: Callable[[], None]) -> None:
        """Ya está todo."""

    def close(self) -> None:
        """Ya estaba cerrada."""


# Por aquí un Status viaja sin decir de qué tipo es.
_NAMES = ("kind", "apiVersion")


def _ending(code: int, translated: bool) -> dict[str, Any]:
    if code == 0:
        return _SUCCESS
    how = f"command terminated with exit code {code}" if translated else f"exit status {code}"
    causes = [{"reason": "ExitCode", "message": str(code)}]
    return {"metadata": {}, "status": "Failure", "message": f"command terminated with non-zero exit code: {how}",
            "reason": "NonZeroExitCode", "details": {"causes": causes}}  # fmt: skip
