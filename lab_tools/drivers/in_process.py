"""Un clúster dentro de este mismo proceso: sin sockets, sin disco y con el tiempo en la mano de quien pregunta.

Es lo que usan la calificación, las pruebas y el navegador. Aquí solo el que espera hace pasar el tiempo:
`wait` lo adelanta, y leer una vigilancia en la que aún no hay nada avanza hasta el próximo suceso.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from lab_tools.drivers.base import ROLES, Query, Reply, check_role
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest.forks import inside
from lab_tools.embedded.rest.message import Request, Stream
from lab_tools.embedded.rest.refusal import unauthorized
from lab_tools.embedded.user import User
from lab_tools.embedded.workloads.table import Workloads
from lab_tools.errors import UsageError

USERS = {role: User(role, (f"orquesta:{role}", "system:authenticated")) for role in ROLES}


class InProcessConnection:
    """Una conversación con un `EmbeddedCluster`, con una de las tres credenciales.

    Con `copy`, el clúster es una copia que abrió esa credencial: véase `embedded.rest.forks`.
    """

    kubeconfig: str | None = None

    def __init__(
        self, cluster: EmbeddedCluster, role: str = "owner", name: str = "en-proceso", *, copy: bool = False
    ) -> None:
        self.cluster = cluster
        self._copy = copy
        self.name = name
        self._user = USERS[check_role(role)]

    def __repr__(self) -> str:
        return f"InProcessConnection({self.name!r}, {self._user.name!r})"

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Atiende una petición aquí mismo."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        values = {name: list(found) for name, found in (query or {}).items()}
        user = self._who(sent.get("authorization", ""))
        if user is None:
            refused = unauthorized()
            return Reply(refused.code, {"content-type": "application/json"}, json.dumps(refused.status).encode())
        if self._copy:
            user = inside(user, path)
        response = self.cluster.handle(Request(method, path, values, sent, body or b"", user))
        if response.delay:
            self.cluster.clock.advance(response.delay)
        received = {name.lower(): value for name, value in response.headers.items()}
        if response.warnings:
            received["warning"] = ", ".join(response.warnings)
        if isinstance(response.body, bytes):
            return Reply(response.status, received, response.body)
        return Reply(response.status, received, self._flow(response.body))

    def wait(self, seconds: float) -> None:
        """Adelanta el reloj del clúster `seconds` segundos virtuales."""
        self.cluster.clock.advance(seconds)

    @contextlib.contextmanager
    def fork(self) -> Iterator[InProcessConnection]:
        """Una copia del clúster, con la misma credencial. Lo que pase en ella no pasa aquí."""
        yield InProcessConnection(self.cluster.fork(), self._user.name, self.name, copy=True)

    def _who(self, authorization: str) -> User | None:
        """Quien conecta, salvo que presente el token de una cuenta de servicio. `None` si el token no vale."""
        return self.cluster.access.bearer(authorization) if authorization else self._user

    def _flow(self, stream: Stream) -> Iterator[bytes]:
        """Lo que va llegando. Si no hay nada, el tiempo avanza; si nada más puede pasar, se acaba."""
        try:
            while True:
                ended = stream.closed
                chunks = stream.read()
                yield from chunks
                if not chunks and (ended or not self.cluster.clock.step()):
                    return
        finally:
            stream.close()


def in_process(nodes: int = 3, seed: int = 0, *, role: str = "owner", name: str = "en-proceso",
               images: str = "") -> InProcessConnection:  # fmt: skip
    """Crea un clúster en este proceso y conecta con él. Los nodos ya están listos cuando vuelve.

    `images` es un archivo con más imágenes que las del curso. Lanza `ManifestError` si está mal escrito.
    """
    table = read_images(images) if images else None
    return InProcessConnection(EmbeddedCluster(nodes, seed, workloads=table), role, name)


def read_images(file: str) -> Workloads:
    """La tabla del curso más la de un archivo. Lanza `ManifestError` (o `UsageError` si no se puede leer)."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"No puedo leer las imágenes de «{file}»: {error.strerror}.", "Revisa la ruta.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"«{file}» no es texto en UTF-8.", "Guárdalo con esa codificación.") from error
    return Workloads.load().extend(text, file)
