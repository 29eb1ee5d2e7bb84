"""Una conexión HTTPS con la API de un clúster, con la biblioteca estándar.

Las conexiones se reutilizan; una respuesta que va llegando (vigilar, seguir un registro) tiene la suya propia.
`http.client` cuesta 40 ms de importación y urllib3 el doble: por eso este módulo solo se importa al conectar.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from lab_tools.drivers.base import Connection, Query, Reply
from lab_tools.drivers.leap import CLOCK, advance
from lab_tools.drivers.machines import Machines
from lab_tools.errors import InfrastructureError, Interrupted

# Segundos de pared sin noticias tras los que una petición corriente se da por perdida.
_TIMEOUT = 30.0
_CHUNK = 65536


class HttpConnection:
    """Una credencial y un servidor. Se puede usar desde varios hilos.

    `authority` es el certificado de la autoridad en PEM; la credencial es un `token` o un par
    (certificado, clave), también en PEM.
    """

    def __init__(
        self,
        name: str,
        server: str,
        authority: str = "",
        *,
        token: str = "",
        certificate: tuple[str, str] | None = None,
        kubeconfig: str | None = None,
        cure: str = "",
    ) -> None:
        self.name = name
        self.kubeconfig = kubeconfig
        self._server = server
        self._cure = cure or "Comprueba que el clúster sigue en marcha."
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._context = _tls(authority, certificate) if server.startswith("https") else None
        self._idle: list[http.client.HTTPConnection] = []
        self._guard = threading.Lock()
        self._advances = True  # hasta que el clúster diga que no
        self.machines: Machines | None = None  # sus nodos, si el driver llega hasta ellos
        self.patience = _TIMEOUT  # segundos de pared que se espera una respuesta corriente

    def __repr__(self) -> str:
        return f"HttpConnection({self.name!r}, {self._server!r})"

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Hace una petición y lee la respuesta entera, salvo que la consulta pida vigilar o seguir."""
        target = f"{path}?{urlencode(query, doseq=True)}" if query else path
        sent = {**self._headers, **(headers or {})}
        connection = self._take()
        try:
            connection.request(method, target, body, sent)
            response = connection.getresponse()
            if _streams(query) and response.status == 200:
                if connection.sock is not None:
                    connection.sock.settimeout(None)  # entre dos noticias puede pasar cualquier tiempo
                return Reply(response.status, _headers(response), self._chunks(connection, response))
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._lost(error) from error
        except BaseException:
            connection.close()
            raise
        self._give_back(connection, response)
        return Reply(response.status, _headers(response), content)

    def wait(self, seconds: float) -> None:
        """Deja pasar tiempo del clúster: lo adelanta quien puede (el dueño); los demás esperan segundos/velocidad."""
        if seconds <= 0:
            return
        if self._advances:
            self._advances = advance(self, seconds).status < 300
        if not self._advances:
            try:
                time.sleep(seconds / self._cluster_speed())
            except KeyboardInterrupt:
                raise Interrupted from None

    @contextlib.contextmanager
    def fork(self) -> Iterator[Connection]:
        """Una copia mientras dure el `with`. `ClusterError` si no sabe copiarse; `StatusError` si no deja."""
        from lab_tools.drivers.forked import forked  # solo quien bifurca paga por ello

        with forked(self) as copy:
            yield copy

    def close(self) -> None:
        """Cierra las conexiones que esperaban."""
        with self._guard:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _cluster_speed(self) -> float:
        """Se pregunta cada vez: el dueño puede cambiarla. Un Kubernetes real no tiene ese reloj, y va a 1."""
        reply = self.send("GET", CLOCK)
        found = json.loads(reply.body) if reply.status == 200 and isinstance(reply.body, bytes) else {}
        return float(found.get("speed") or 1.0)

    def _take(self) -> http.client.HTTPConnection:
        with self._guard:
            while self._idle:
                connection = self._idle.pop()
                if connection.sock is not None and _still_open(connection):
                    connection.sock.settimeout(self.patience)
                    return connection
                connection.close()
        address = urlsplit(self._server)
        host = address.hostname or "localhost"
        if self._context is not None:
            return http.client.HTTPSConnection(host, address.port, timeout=self.patience, context=self._context)
        return http.client.HTTPConnection(host, address.port, timeout=self.patience)

    def _give_back(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        if response.will_close:
            connection.close()
            return
        with self._guard:
            self._idle.append(connection)

    def _chunks(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> Iterator[bytes]:
        try:
            while chunk := response.read1(_CHUNK):
                yield chunk
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(error) from error
        finally:
            response.close()
            connection.close()

    def _lost(self, error: Exception) -> InfrastructureError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return InfrastructureError(
                f"En {self._server} contesta alguien que no es el clúster «{self.name}»: {error.verify_message}.",
                self._cure,
            )
        reason = "no contesta a tiempo" if isinstance(error, TimeoutError) else "no contesta"
        why = "" if isinstance(error, (TimeoutError, ConnectionRefusedError)) else f" ({error})"
        return InfrastructureError(f"El clúster «{self.name}» {reason} en {self._server}{why}.", self._cure)


def from_kubeconfig(path: str, context: str = "") -> HttpConnection:
    """La conexión que describe un kubeconfig, por su contexto actual o por `context`. Lanza ClusterError."""
    from lab_tools.drivers.kubeconfig_file import access

    found = access(path, context)
    return HttpConnection(
        found.context, found.server, found.authority, token=found.token,
        certificate=(found.certificate, found.key) if found.certificate else None, kubeconfig=path,
    )  # fmt: skip


def _tls(authority: str, certificate: tuple[str, str] | None) -> ssl.SSLContext:
    # Sin autoridad propia valen las del sistema; con ella, ninguna más.
    context = ssl.create_default_context(cadata=authority) if authority else ssl.create_default_context()
    if certificate is not None:
        _load_certificate(context, *certificate)
    return context


def _load_certificate(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """`ssl` solo lee pares de archivos: se le presta uno, que solo ve esta persona y dura lo que la llamada."""
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "par.pem")
        path.write_text(f"{certificate}\n{key}", encoding="ascii")
        context.load_cert_chain(path)


def _streams(query: Query | None) -> bool:
    return bool(query) and any((query or {}).get(key, ["false"])[0] in ("true", "1") for key in ("watch", "follow"))


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _still_open(connection: http.client.HTTPConnection) -> bool:
    """Si el servidor no la ha cerrado mientras esperaba: una conexión sana y ociosa no tiene nada que leer."""
    if connection.sock is None:
        return False
    with contextlib.suppress(OSError, ValueError):
        readable, _, _ = select.select([connection.sock], [], [], 0)
        return not readable
    return False
