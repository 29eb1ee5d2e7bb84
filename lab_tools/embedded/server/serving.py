"""La cáscara: un clúster embebido escuchando en un puerto de esta máquina, con TLS y credenciales.

Es la única pieza de `embedded` que abre sockets y mira el reloj de pared. Todo lo que sabe de Kubernetes es
a quién pasarle la petición. Se arranca con `python -m lab_tools.embedded.server --state CARPETA`; cuando ya
atiende, escribe `ready.json`. Un fallo previsible se cuenta en la última línea como `{"message", "cure"}`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import functools
import gc
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_tools import files
from lab_tools.embedded.cluster import EmbeddedCluster, State
from lab_tools.embedded.dates import Dates
from lab_tools.embedded.server import identity, recording, settings
from lab_tools.embedded.server.journal import Journal
from lab_tools.embedded.server.pace import Pace
from lab_tools.embedded.server.pace import load as load_pace
from lab_tools.embedded.server.pace import save as save_pace
from lab_tools.embedded.workloads.table import Workloads
from lab_tools.errors import ClusterError, InfrastructureError, OrquestaError, StatusError

if TYPE_CHECKING:
    import ssl

    from lab_tools.embedded.server.asgi import Application
    from lab_tools.embedded.server.pump import Pump
    from lab_tools.embedded.user import User

HOST = "127.0.0.1"
# Más que la paciencia de cualquier cliente: que sea él quien cierre una conexión ociosa, no nosotros.
_KEEP_ALIVE = 300
# Segundos que se dejan, al terminar, para que salga lo último que se escribió.
_GOODBYE = 0.1
_GRACE = 2
# Cada cuánto (segundos de pared) se anota la hora de un clúster en el que no pasa nada.
_MARK = 10.0
# Cada cuánto, como mucho, se guarda un ritmo que cambia.
_PACE = 5.0

_log = logging.getLogger("orquesta.server")


def serve(
    cluster: EmbeddedCluster,
    state: Path,
    *,
    host: str = HOST,
    port: int = 0,
    speed: float = 1.0,
    journal: Journal | None = None,
    pace: Pace | None = None,
    on_start: Callable[[Pump], None] = lambda pump: None,
    on_ready: Callable[[int], None] = lambda port: None,
) -> None:
    """Sirve `cluster` hasta que llegue SIGTERM o SIGINT. `port` 0 deja elegir al sistema.

    `state` guarda los certificados y las credenciales. `pace` es el ritmo que llevaba, si continúa uno guardado.
    `on_start` recibe el reloj, ya en el bucle de eventos del servidor, para quien lo tenga en un hilo; `on_ready`, el
    puerto cuando ya se atiende.
    Lanza ClusterError si el puerto está ocupado.
    """
    tokens, certificates = identity.credentials(state), identity.certificates(state)
    with listening(host, port) as sock:
        asyncio.run(_serve(cluster, sock, tokens, certificates, pace or Pace(speed, False, Dates()),
                           _Housekeeper(cluster, journal, state) if journal else None, on_start, on_ready))  # fmt: skip


def _who(cluster: EmbeddedCluster, tokens: dict[str, str], header: str) -> User | None:
    """Quién presenta una cabecera Authorization: una credencial de la casa o una cuenta de servicio."""
    return identity.authenticate(tokens, header) or cluster.access.bearer(header)


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Un socket escuchando en esta máquina."""
    # Con el protocolo dicho, asyncio desactiva el algoritmo de Nagle; sin decirlo, cada respuesta espera 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(1024)
        yield sock
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise InfrastructureError(f"No se puede escuchar en {host}:{port}: {error.strerror}.") from error
        raise ClusterError(
            f"El puerto {port} de {host} ya lo ocupa otro programa.",
            "Elige otro con --port, o no digas ninguno y se buscará uno libre.",
        ) from error
    finally:
        sock.close()


async def _serve(
    cluster: EmbeddedCluster,
    sock: socket.socket,
    tokens: dict[str, str],
    certificates: identity.Certificates,
    pace: Pace,
    housekeeper: _Housekeeper | None,
    on_start: Callable[[Pump], None],
    on_ready: Callable[[int], None],
) -> None:
    from lab_tools.embedded.rest import RestHandler
    from lab_tools.embedded.server.asgi import Application
    from lab_tools.embedded.server.pump import Pump
    from lab_tools.embedded.server.signing import Signer

    context = certificates.context()
    pump = Pump(cluster.clock, pace.speed, (lambda: housekeeper(pump)) if housekeeper else _nothing, pace.dates)
    if pace.paused:
        pump.pause()
    # El sello de las cuentas de servicio no puede salir de la semilla, que cualquiera conoce.
    cluster.access.tokens.rekey(identity.seal(tokens))
    cluster.access.tokens.dates = lambda: pump.dates
    application = Application(RestHandler(cluster, pump), pump, functools.partial(_who, cluster, tokens))
    Signer(cluster.api, cluster.clock, certificates.authority.parent, context).start()
    on_start(pump)
    ticking = asyncio.ensure_future(pump.run())
    try:
        await attend(application, sock, context, on_ready=on_ready, on_server=_on_signals)
    finally:
        ticking.cancel()
        if housekeeper is not None:
            housekeeper.keep_pace(pump)


async def attend(
    application: Application,
    sock: socket.socket,
    context: ssl.SSLContext,
    *,
    on_ready: Callable[[int], None] = lambda port: None,
    on_server: Callable[[Callable[[], None]], None] = lambda stop: None,
) -> None:
    """Atiende con `application` lo que llegue por `sock`, hasta que alguien llame a lo que `on_server` recibe.

    Si la tarea se cancela, cuelga a quien esté conectado y no espera a nadie.
    """
    # uvicorn se importa aquí para que el resto del paquete no pague por él.
    import uvicorn

    from lab_tools.embedded.server.http import Http

    config = uvicorn.Config(
        application, http=Http, ws=_WebSocket, ws_ping_interval=None, lifespan="off", loop="asyncio",
        interface="asgi3", log_config=None, access_log=False, server_header=False, proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE, timeout_graceful_shutdown=_GRACE,
        ssl_context_factory=lambda config, default: context,
    )  # fmt: skip

    class Server(uvicorn.Server):
        """El de uvicorn, que avisa cuando ya atiende y deja las señales a quien lo llama."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Nada: las señales se recogen fuera."""
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Empieza a atender."""
            await super().startup(sockets)
            on_ready(sock.getsockname()[1])

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            """Termina los flujos y cuelga: quien deja una conexión ociosa no decide cuándo nos vamos."""
            application.close()
            for connection in list(self.server_state.connections):
                connection.shutdown()
            await asyncio.sleep(_GOODBYE)
            self.hang_up()
            await super().shutdown(sockets)

        def hang_up(self) -> None:
            """Cuelga a todos y deja de escuchar."""
            for connection in list(self.server_state.connections):
                if connection.transport is not None:
                    connection.transport.abort()
            for listening in getattr(self, "servers", []):
                listening.close()

    server = Server(config)
    on_server(lambda: setattr(server, "should_exit", True))
    try:
        await server.serve(sockets=[sock])
    except asyncio.CancelledError:
        application.close()
        server.hang_up()
        raise


class _WebSocket(asyncio.Protocol):
    """Quien atiende un WebSocket. La biblioteca se importa con la primera conversación, no al arrancar."""

    def __new__(cls, *args: Any, **options: Any) -> Any:
        """El de verdad."""
        from lab_tools.embedded.server.websocket import WebSocket

        return WebSocket(*args, **options)


def _nothing() -> None:
    """Sin diario no hay nada que ordenar."""


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    # Fuera del hilo principal las señales son de otro.
    with contextlib.suppress(ValueError):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


class _Housekeeper:
    """Lo que hay que hacer en el disco cuando el clúster descansa: anotar la hora y el ritmo, y hacer fotos."""

    def __init__(self, cluster: EmbeddedCluster, journal: Journal, state: Path) -> None:
        self._cluster = cluster
        self._journal = journal
        self._state = state
        self._marked = self._paced = time.monotonic()
        self._pace: tuple[int, float, bool] | None = None

    def keep_pace(self, pump: Pump) -> None:
        """Guarda el ritmo, si ha cambiado."""
        dates, self._paced = pump.dates, time.monotonic()
        now = dates.version, pump.speed, pump.paused
        if now == self._pace:
            return
        try:
            save_pace(self._state, pump.speed, pump.paused, dates)
            self._pace = now
        except OSError as error:
            _log.warning("el ritmo no se puede guardar: %s", error)

    def __call__(self, pump: Pump) -> None:
        """Hace lo que toque. Un disco que falla se cuenta y se vuelve a intentar más tarde."""
        if time.monotonic() - self._paced > _PACE or self._pace is None:
            self.keep_pace(pump)
        late = time.monotonic() - self._marked > _MARK
        if not late and not self._journal.due:
            return
        self._marked = time.monotonic()
        try:
            if self._journal.due:
                self._journal.compact(self._cluster.store.revision, self._cluster.store.dump())
            else:
                self._journal.mark()
        except OSError as error:
            _log.warning("el diario no se puede escribir: %s", error)


def run(state: Path) -> None:
    """Levanta el clúster de una carpeta de estado y lo sirve. Lanza OrquestaError si no se puede."""
    wanted = settings.load(state)
    journal = Journal(state)
    saved = journal.open()
    try:
        resumed = None if saved.time is None else State(saved.revision, saved.time, list(saved.values.items()))
        cluster = _furnish(wanted, journal, resumed)
        journal.now = lambda: cluster.clock.now
        cluster.record = recording.open_record(state)
        if resumed is not None:
            cluster.record.add({"t": cluster.clock.now, "restart": resumed.revision})
        # Lo que existe al arrancar vivirá siempre: que el recolector no lo recorra, ni ahora ni después.
        gc.freeze()
        gc.enable()
        serve(
            cluster,
            state,
            port=wanted.port,
            journal=journal,
            pace=load_pace(state, wanted.speed),
            on_ready=lambda port: _announce(state, port),
        )
        with contextlib.suppress(OSError):  # con el disco lleno, la hora de la última anotación basta
            journal.mark()
    finally:
        journal.close()


def _images(state: Path) -> Workloads | None:
    """La tabla del curso con las imágenes que pidió quien creó este clúster, si pidió alguna."""
    path = state / settings.IMAGES
    if not path.exists():
        return None
    try:
        return Workloads.load().extend(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise files.explain(error, path, "leer") from error


def _furnish(wanted: settings.Settings, journal: Journal, saved: State | None) -> EmbeddedCluster:
    """Pone el clúster en marcha. Si el disco no admite ni sus primeros cambios, lo cuenta."""
    try:
        return EmbeddedCluster(
            wanted.nodes, wanted.seed, journal=journal, saved=saved, workloads=_images(journal.state)
        )
    except StatusError as error:
        if isinstance(error.__cause__, OSError):
            raise files.explain(error.__cause__, journal.state) from error
        raise


def _announce(state: Path, port: int) -> None:
    path = state / settings.READY
    try:
        files.write_atomic(path, json.dumps({"port": port, "pid": os.getpid()}) + "\n")
    except OSError as error:
        raise files.explain(error, path) from error


def main(arguments: list[str] | None = None) -> int:
    """Punto de entrada de `python -m lab_tools.embedded.server`."""
    parser = argparse.ArgumentParser(prog="lab_tools.embedded.server", description="Sirve un clúster embebido.")
    parser.add_argument("--state", type=Path, required=True, help="carpeta de estado del clúster")
    asked = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    try:
        run(asked.state)
    except OrquestaError as error:
        print(json.dumps({"message": error.message, "cure": error.cure}, ensure_ascii=False), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
