"""Los clústeres de las entregas: viven en este proceso, y cada una llega al suyo por TLS y como estudiante.

Un solo hilo los atiende a todos y solo él los toca. Cuando el corrector pregunta, su pregunta corre allí mismo, entera:
mientras dura, nadie más es atendido y el tiempo es suyo. Por el socket de una entrega solo se llega a su clúster.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.drivers.kubeconfig_file import Access, text
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import RestHandler
from lab_tools.embedded.server import identity, serving
from lab_tools.embedded.server.asgi import Application
from lab_tools.embedded.server.pump import Pump
from lab_tools.errors import InfrastructureError

if TYPE_CHECKING:
    from lab_tools.embedded.user import User

T = TypeVar("T")
_GOODBYE = 5.0  # segundos de pared que se dan al hilo para irse
PATIENCE = 60.0  # segundos de pared; arrancar cuesta décimas, y una comprobación tiene su propio límite de 30


class FrozenConnection(InProcessConnection):
    """Una conexión por dentro a un clúster servido: al esperar adelanta el reloj, y el del servidor lo sabe."""

    def __init__(self, cluster: EmbeddedCluster, role: str, name: str, pump: Pump) -> None:
        super().__init__(cluster, role, name)
        self._pump = pump

    def wait(self, seconds: float) -> None:
        """Adelanta el reloj del clúster `seconds` segundos virtuales."""
        self._pump.advance(seconds)


class Counter:
    """El hilo que atiende, con un certificado que hace una vez y vale para todos sus clústeres."""

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory(prefix="orquesta-cert-") as folder:
            certificates = identity.certificates(Path(folder))
            self.authority = certificates.authority.read_text(encoding="ascii")
            self.context: ssl.SSLContext = certificates.context()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="clústeres", daemon=True)
        self._thread.start()

    def do(self, action: Callable[[], T]) -> T:
        """Lo que devuelva `action()`, ejecutada en el hilo que atiende. Repite lo que lance."""

        async def run() -> T:
            return action()

        return self.wait(run())

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Lo que devuelva esa corrutina, ejecutada en el hilo que atiende."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(PATIENCE)
        except TimeoutError as error:
            raise InfrastructureError(
                f"El clúster de la entrega no contesta en {PATIENCE:g} s.",
                "La máquina puede estar muy cargada: cierra algo y vuelve a corregir.",
            ) from error

    def close(self) -> None:
        """Deja de atender."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_GOODBYE)
        if not self._thread.is_alive():
            self.loop.close()


class ServedCluster:
    """Un clúster con el tiempo a `speed` segundos virtuales por segundo de pared, atendido por `counter`.

    Su tiempo no pasa hasta que alguien puede llegar a él (`listen`).
    """

    def __init__(self, name: str, cluster: EmbeddedCluster, speed: float, counter: Counter) -> None:
        self.name = name
        self._cluster = cluster
        self._counter = counter
        self._token = secrets.token_urlsafe(32)
        cluster.access.tokens.rekey(secrets.token_bytes(32))
        self._pump = counter.do(lambda: Pump(cluster.clock, speed, _nothing))
        self._application = Application(RestHandler(cluster, self._pump), self._pump, self._who)
        self._tasks: list[asyncio.Task[None]] = []

    def listen(self, sock: socket.socket) -> str:
        """Atiende por `sock` y pone el tiempo en marcha. Devuelve el kubeconfig con que se llega por ahí."""
        self._counter.wait(self._attend(sock))
        url = f"https://{serving.HOST}:{sock.getsockname()[1]}"
        return text(Access(self.name, url, self._counter.authority, token=self._token))

    def ask(self, role: str, action: Callable[[InProcessConnection], T]) -> T:
        """Lo que devuelva `action(conexión)` con la credencial `role` y el clúster quieto. Repite lo que lance."""

        def run() -> T:
            if self._tasks:  # antes, el tiempo está parado
                while self._pump.catch_up():
                    continue
            try:
                return action(FrozenConnection(self._cluster, role, self.name, self._pump))
            finally:
                self._pump.advance(0)  # el rato de preguntar no cuenta como tiempo del clúster
                self._pump.wake()

        return self._counter.do(run)

    def close(self) -> None:
        """Deja de atender y olvida a quien estuviera conectado."""

        def stop() -> None:
            for task in self._tasks:
                task.cancel()
            self._tasks.clear()

        self._counter.do(stop)

    async def _attend(self, sock: socket.socket) -> None:
        if not self._tasks:
            self._pump.advance(0)
            self._tasks.append(asyncio.ensure_future(self._pump.run()))
        ready = asyncio.get_running_loop().create_future()
        serve = serving.attend(self._application, sock, self._counter.context, on_ready=ready.set_result)
        self._tasks.append(asyncio.ensure_future(serve))
        await ready

    def _who(self, header: str) -> User | None:
        tokens = {"student": self._token}
        return identity.authenticate(tokens, header) or self._cluster.access.bearer(header)


def _nothing() -> None:
    """Sin diario no hay nada que ordenar."""
