"""El registro de lo que pide quien trabaja en el clúster: con él se puede volver a hacer su trabajo en otro.

Se anota, en orden, todo lo que llega por la puerta y puede cambiar algo, menos lo de la dueña y la correctora: da igual
si viene de un cuaderno, de una terminal o de un programa. Las lecturas no se anotan. Cada apunte es JSON:

    {"t": instante, "verb", "path", "query", "type", "body", "as": […], "code"}   una petición y su respuesta
    {"t": instante, "mark": {…}}                                                  aquí se comprobó una celda
    {"t": instante, "restart": revisión}                                          el clúster se paró y siguió
    {"t": instante, "feed": n, "body"}                                            lo que se escribe al exec del apunte n

`t` son segundos virtuales desde la época; `offset`, si no es 0, los que hay que sumarle para la hora de pared. Lo que
no es texto va en `body64`. Repetir un registro no falsifica nada: solo se puede pedir lo que quien lo escribió habría
podido pedir.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lab_tools.embedded.access.house import CHECKER, MASTERS, OWNER, STUDENT
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.rest.message import Request, Response, Session

Entry = dict[str, Any]

_SILENT = frozenset({OWNER, CHECKER, MASTERS})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_TALKS = ("/exec", "/attach")
MARKS = "/orquesta/v1/marks"  # una señal se anota como señal, no como petición
_BORROWED = "impersonate-"


class Record:
    """Los apuntes de un clúster. `keep`, si lo hay, recibe cada uno en cuanto está completo (para guardarlo)."""

    def __init__(self, entries: Iterable[Entry] = (), keep: Callable[[Entry], None] | None = None) -> None:
        self.entries = list(entries)
        self.keep = keep

    def fork_state(self) -> dict[str, Any]:
        """Lo que se haga en una copia no es trabajo de nadie."""
        return {"entries": [], "keep": None}

    def note(self, request: Request, clock: Clock) -> Entry | None:
        """El apunte de una petición, sin contestar todavía; None si no es de las que se anotan."""
        if _SILENT & set(request.user.groups):
            return None
        talks = request.path.endswith(_TALKS) and request.path.startswith("/api/")
        if (request.method in _READS and not talks) or request.path == MARKS:
            return None
        entry: Entry = {**_moment(clock), "verb": request.method, "path": request.path}
        if request.query:
            entry["query"] = dict(request.query)
        if kind := request.headers.get("content-type"):
            entry["type"] = kind
        if talks:
            entry["protocol"] = request.headers.get("sec-websocket-protocol", "")
        if borrowed := {name: value for name, value in request.headers.items() if name.startswith(_BORROWED)}:
            entry["headers"] = borrowed
        if STUDENT not in request.user.groups:
            entry["as"] = [request.user.name, *request.user.groups]
        return entry | packed(request.body)

    def add(self, entry: Entry) -> int:
        """Guarda un apunte completo y devuelve su número."""
        self.entries.append(entry)
        if self.keep is not None:
            self.keep(entry)
        return len(self.entries) - 1

    def answered(self, entry: Entry, response: Response, clock: Callable[[], float]) -> None:
        """Completa un apunte con su respuesta. Lo que se escriba a una conversación también se anotará."""
        number = self.add({**entry, "code": response.status})
        if response.session is not None:
            response.session = _Overheard(response.session, self, number, clock)

    def mark(self, signal: Mapping[str, Any], clock: Clock) -> None:
        """Deja una señal en este punto."""
        self.add({**_moment(clock), "mark": dict(signal)})


class _Overheard:
    """Una conversación de la que se anota lo que llega."""

    fork_outside = True

    def __init__(self, session: Session, record: Record, number: int, clock: Callable[[], float]) -> None:
        self._session = session
        self._record = record
        self._number = number
        self._clock = clock

    @property
    def closed(self) -> bool:
        """Si se acabó."""
        return self._session.closed

    def feed(self, message: bytes) -> None:
        """Llega un mensaje de quien llamó."""
        self._record.add({"t": self._clock(), "feed": self._number} | packed(message))
        self._session.feed(message)

    def read(self) -> list[bytes]:
        """Los mensajes para quien llamó."""
        return self._session.read()

    def on_ready(self, callback: Callable[[], None]) -> None:
        """Avisa cuando haya algo que leer."""
        self._session.on_ready(callback)

    def close(self) -> None:
        """Quien llamaba se ha ido."""
        self._session.close()


def _moment(clock: Clock) -> Entry:
    return {"t": clock.now, "offset": clock.offset} if clock.offset else {"t": clock.now}


def packed(body: bytes) -> Entry:
    """Un cuerpo como texto si lo es, o en base 64."""
    if not body:
        return {}
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body64": base64.b64encode(body).decode("ascii")}


def unpacked(entry: Mapping[str, Any]) -> bytes:
    """El cuerpo de un apunte. Lanza ValueError si no se entiende."""
    if "body64" in entry:
        return base64.b64decode(str(entry["body64"]), validate=True)
    return str(entry.get("body", "")).encode("utf-8")
