"""El cliente oficial de Kubernetes para Python sobre cualquier conexión de la casa, también sin sockets.

Se cambia una sola pieza, la que abre conexiones: todo lo demás (modelos, parches, vigilancia) es el cliente tal
como viene de PyPI. Importarlo cuesta un segundo de CPU: solo se importa cuando alguien llama a `official_client`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from lab_tools.drivers.base import Connection, Reply
    from lab_tools.embedded.cluster import EmbeddedCluster


def official_client(target: Connection | EmbeddedCluster) -> ApiClient:
    """Un `kubernetes.client.ApiClient` que habla con `target`, una conexión o un clúster en este proceso."""
    from kubernetes.client import ApiClient, Configuration

    configuration = Configuration(host="http://orquesta.invalid")
    client = ApiClient(configuration)
    pool: Any = _Pool(_connection(target))
    client.rest_client.pool_manager = pool
    return client


def _connection(target: Connection | EmbeddedCluster) -> Connection:
    from lab_tools.drivers.in_process import InProcessConnection
    from lab_tools.embedded.cluster import EmbeddedCluster

    return InProcessConnection(target) if isinstance(target, EmbeddedCluster) else target


class _Pool:
    """Lo que el cliente oficial usa de un `urllib3.PoolManager`: `request` y `clear`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def request(
        self,
        method: str,
        url: str,
        *,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        fields: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        **_ignored: Any,
    ) -> Any:
        """Una petición de urllib3. Los plazos no se miran: la conexión tiene los suyos."""
        import urllib3

        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True)
        # El cliente 37 pone la consulta en la dirección; el 35, para leer, la da aparte.
        for name, value in dict(fields or {}).items():
            query.setdefault(name, []).append(str(value))
        data = body.encode() if isinstance(body, str) else body
        reply = self._connection.send(method, parts.path, query, data, dict(headers or {}))
        return urllib3.HTTPResponse(
            body=_Body(reply),
            headers=_whole(reply.headers),
            status=reply.status,
            reason=_reason(reply.status),
            preload_content=False,
            request_method=method,
        )

    def clear(self) -> None:
        """No guarda conexiones."""


class _Body(io.RawIOBase):
    """El cuerpo de una respuesta como archivo. Se cierra solo al acabar: así sabe `Watch` que no hay más."""

    def __init__(self, reply: Reply) -> None:
        self._chunks: Iterator[bytes] = iter([reply.body]) if isinstance(reply.body, bytes) else reply.body
        self._pending = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._pending:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.close()
                return 0
            self._pending = chunk
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def read(self, size: int | None = -1) -> bytes:
        """Con tamaño, lo que haya, sin esperar a llenarlo; sin él, todo."""
        if self.closed:
            return b""
        if size is None or size < 0:
            return self.readall()
        buffer = bytearray(size)
        return bytes(buffer[: self.readinto(buffer)])

    def close(self) -> None:
        """Suelta la vigilancia, si la había."""
        if not self.closed:
            finish = getattr(self._chunks, "close", None)
            super().close()
            if finish is not None:
                finish()


def _whole(headers: Mapping[str, str]) -> dict[str, str]:
    """Las cabeceras sin las del transporte: aquí los trozos ya vienen juntos."""
    return {name: value for name, value in headers.items() if name.lower() not in ("transfer-encoding", "connection")}


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
