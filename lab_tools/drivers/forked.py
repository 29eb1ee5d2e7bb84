"""Una copia de un clúster, vista por la misma conexión: las mismas rutas con un prefijo delante."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping

from lab_tools.drivers.base import Connection, Query, Reply
from lab_tools.drivers.leap import advance
from lab_tools.errors import ClusterError, StatusError

OPEN = "/orquesta/v1/fork"
_JSON = {"content-type": "application/json", "accept": "application/json"}


class ForkConnection:
    """La copia que vive en `path`. Su tiempo está parado: solo pasa el que se espera con `wait`."""

    kubeconfig: str | None = None

    def __init__(self, original: Connection, path: str) -> None:
        self._original = original
        self._path = path

    def __repr__(self) -> str:
        return f"ForkConnection({self._original!r}, {self._path!r})"

    @property
    def name(self) -> str:
        """El nombre del original: es el mismo clúster, en otro futuro."""
        return self._original.name

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Hace una petición a la copia."""
        return self._original.send(method, self._path + path, query, body, headers)

    def wait(self, seconds: float) -> None:
        """Deja pasar `seconds` segundos en la copia. `StatusError` 404 si ya se cerró."""
        if seconds <= 0:
            return
        reply = advance(self, seconds)
        if reply.status >= 300:
            raise StatusError(_status(reply))


@contextlib.contextmanager
def forked(original: Connection) -> Iterator[ForkConnection]:
    """Abre una copia por la puerta del clúster y la cierra al salir.

    Lanza `ClusterError` si al otro lado no hay quien sepa copiarse, y `StatusError` si no deja.
    """
    reply = original.send("POST", OPEN, headers=_JSON)
    if reply.status >= 300:
        refused = _status(reply)
        if reply.status in (404, 405):
            raise ClusterError(f"El clúster «{original.name}» no se puede bifurcar.",
                               "Solo saben copiarse los clústeres embebidos.")  # fmt: skip
        raise StatusError(refused)
    path = json.loads(_body(reply))["path"]
    try:
        yield ForkConnection(original, path)
    finally:
        # Si no se pudo cerrar, se cierra sola al rato.
        original.send("DELETE", path, headers=_JSON)


def _body(reply: Reply) -> bytes:
    return reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)


def _status(reply: Reply) -> dict[str, object]:
    body = _body(reply)
    with contextlib.suppress(ValueError):
        found = json.loads(body)
        if isinstance(found, dict) and found.get("kind") == "Status":
            return found
    return {"kind": "Status", "code": reply.status, "message": body.decode("utf-8", "replace")}
