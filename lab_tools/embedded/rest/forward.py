"""`port-forward`: lo que llega a un puerto de esta máquina se le pregunta a un puerto del Pod.

Hay dos idiomas. kubectl abre un túnel de SPDY y, por cada conexión, dos flujos (errores y datos); los clientes de
Python mandan mensajes con un byte delante: el canal 2n son los datos del puerto n, y el 2n+1 sus errores.
Fuente: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from lab_tools.embedded.rest import spdy
from lab_tools.embedded.workloads.program import Answer

Ask = Callable[[str], Answer]
# Lo que puede ocupar una petición entera: más no es una petición.
_MAX_REQUEST = 1 << 20
# Por cada trama se manda como mucho esto, como hace un socket.
_PIECE = 32 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """A dónde se llama: el Pod y cómo preguntar a cada puerto suyo (`None` si nadie escucha)."""

    uid: str
    connect: Callable[[int], Ask | None]

    def refusal(self, port: int) -> str:
        """Lo que dice el motor de contenedores cuando nadie escucha."""
        where = f"/var/run/netns/cni-{self.uid}"
        return (f"error forwarding port {port} to pod {self.uid.replace('-', '')}, uid : failed to execute portforward "
                f'in network namespace "{where}": failed to connect to localhost:{port} inside namespace '
                f'"{self.uid.replace("-", "")}", IPv4: dial tcp4 127.0.0.1:{port}: connect: connection refused '
                f"IPv6 dial tcp6 [::1]:{port}: connect: connection refused ")  # fmt: skip


class Conversation:
    """Una conexión HTTP/1.1 con lo que escucha en un puerto: entran bytes de peticiones, salen los de respuestas."""

    def __init__(self, ask: Ask) -> None:
        self.over = False
        self._ask = ask
        self._buffer = b""

    def feed(self, data: bytes) -> bytes:
        """Las respuestas a las peticiones que se completan con `data`."""
        self._buffer += data
        found = b""
        while not self.over and b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in lines)
            headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
            size = headers.get("content-length", "0")
            words = first.split(" ")
            if len(words) != 3 or not words[2].startswith("HTTP/1.") or not size.isdecimal():
                self.over = True
                return found + _written(Answer(400, "400 Bad Request"), "GET", True)
            if len(rest) < int(size):
                break
            self._buffer = rest[int(size) :]
            self.over = words[2] == "HTTP/1.0" or headers.get("connection", "").lower() == "close"
            found += _written(self._ask(words[1]), words[0], self.over)
        if len(self._buffer) > _MAX_REQUEST:
            self.over = True
        return found


def _written(answer: Answer, method: str, last: bool) -> bytes:
    body = answer.body.encode(errors="surrogateescape")
    phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else ""
    media = "text/html" if body.lstrip().startswith(b"<") else "text/plain; charset=utf-8"
    head = f"HTTP/1.1 {answer.status} {phrase}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n"
    head += "Connection: close\r\n\r\n" if last else "\r\n"
    return head.encode() + (b"" if method == "HEAD" else body)


class _Outbox:
    """Lo que espera a que lo lean."""

    fork_outside = True

    def __init__(self) -> None:
        self.closed = False
        self._messages: list[bytes] = []
        self._ready: Callable[[], None] = lambda: None

    def read(self) -> list[bytes]:
        """Los mensajes sin leer."""
        found, self._messages = self._messages, []
        return found

    def on_ready(self, callback: Callable[[], None]) -> None:
        """A quién avisar cuando haya algo que leer."""
        self._ready = callback

    def close(self) -> None:
        """Quien llamaba se ha ido."""
        self.closed = True
        self._ready()

    def send(self, message: bytes) -> None:
        self._messages.append(message)
        self._ready()


class Tunnel(_Outbox):
    """El túnel de kubectl. Los mensajes no respetan las tramas: son un chorro de bytes."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self._frames = spdy.Frames()
        # Por flujo de datos: la conversación (`None` si nadie escucha) y su pareja, el flujo de errores.
        self._talks: dict[int, Conversation | None] = {}
        self._errors: dict[str, int] = {}
        self._pairs: dict[int, int] = {}

    def feed(self, message: bytes) -> None:
        """Llegan bytes del túnel. Lo que no es SPDY lo cierra."""
        try:
            for frame in self._frames.receive(message):
                self._attend(frame)
        except spdy.ProtocolFault:
            self.closed = True
            self._ready()

    def _attend(self, frame: spdy.Frame) -> None:
        if frame.kind == spdy.SYN_STREAM:
            self._open(frame)
        elif frame.kind == spdy.PING:
            self.send(spdy.ping(frame.stream))
        elif frame.kind == spdy.GOAWAY:
            self.closed = True
            self._ready()
        elif frame.kind == spdy.RST_STREAM:
            self._finish(frame.stream)
        elif frame.kind == spdy.DATA:
            self._talk(frame)

    def _open(self, frame: spdy.Frame) -> None:
        self.send(self._frames.reply(frame.stream))
        request, port = frame.headers.get("requestid", ""), frame.headers.get("port", "")
        if frame.headers.get("streamtype") == "error":
            self._errors[request] = frame.stream
            return
        number = int(port) if port.isdecimal() else 0
        self._pairs[frame.stream] = error = self._errors.pop(request, 0)
        ask = self._place.connect(number)
        self._talks[frame.stream] = Conversation(ask) if ask is not None else None
        if ask is None:
            self.send(spdy.data(error, self._place.refusal(number).encode(), last=True))
            self._pairs[frame.stream] = 0
            self._finish(frame.stream)

    def _talk(self, frame: spdy.Frame) -> None:
        if frame.data:
            self.send(spdy.window(frame.stream, len(frame.data)))
        talk = self._talks.get(frame.stream)
        if talk is None:
            return
        said = talk.feed(frame.data)
        for start in range(0, len(said), _PIECE):
            self.send(spdy.data(frame.stream, said[start : start + _PIECE]))
        if frame.last or talk.over:
            self._finish(frame.stream)

    def _finish(self, stream: int) -> None:
        """Cierra un flujo de datos y su pareja: quien llama espera a los dos."""
        if stream not in self._talks:
            return
        del self._talks[stream]
        self.send(spdy.data(stream, b"", last=True))
        if error := self._pairs.pop(stream, 0):
            self.send(spdy.data(error, b"", last=True))


class Channels(_Outbox):
    """La forma de los clientes de Python: una sola conexión por puerto, que empieza diciendo cuál es."""

    def __init__(self, place: Place, ports: list[int]) -> None:
        super().__init__()
        self._talks: dict[int, Conversation] = {}
        for index, port in enumerate(ports):
            number = struct.pack("<H", port & 0xFFFF)
            self.send(bytes([2 * index]) + number)
            self.send(bytes([2 * index + 1]) + number)
            ask = place.connect(port)
            if ask is None:
                self.send(bytes([2 * index + 1]) + place.refusal(port).encode())
            else:
                self._talks[2 * index] = Conversation(ask)
        self.closed = not self._talks

    def feed(self, message: bytes) -> None:
        """Llegan bytes para un puerto."""
        talk = self._talks.get(message[0]) if message else None
        if talk is None:
            return
        said = talk.feed(message[1:])
        for start in range(0, len(said), _PIECE):
            self.send(message[:1] + said[start : start + _PIECE])
        if talk.over:
            del self._talks[message[0]]
        if not self._talks:
            self.closed = True
            self._ready()
