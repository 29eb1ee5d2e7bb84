"""El clúster de una entrega: vive en este proceso, y el kernel llega a él por TLS con la credencial del estudiante.

El servidor corre en un hilo, y solo ese hilo toca el clúster. Cuando el corrector pregunta, su pregunta corre allí
mismo, entera: mientras dura, nadie más es atendido y el tiempo es suyo.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.drivers.kubeconfig_file import Access, text
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.server import serving as server
from lab_tools.embedded.server import settings
from lab_tools.errors import InfrastructureError

if TYPE_CHECKING:
    from lab_tools.embedded.server.pump import Pump

T = TypeVar("T")
PATIENCE = 60.0  # segundos de pared; arrancar cuesta décimas, y una comprobación tiene su propio límite de 30


class FrozenConnection(InProcessConnection):
    """Una conexión por dentro a un clúster servido: al esperar adelanta el reloj, y el del servidor lo sabe."""

    def __init__(self, cluster: EmbeddedCluster, role: str, name: str, pump: Pump) -> None:
        super().__init__(cluster, role, name)
        self._pump = pump

    def wait(self, seconds: float) -> None:
        """Adelanta el reloj del clúster `seconds` segundos virtuales."""
        self._pump.advance(seconds)


class ServedCluster:
    """Un clúster nuevo de `nodes` nodos, con el tiempo a `speed` segundos virtuales por segundo de pared.

    Deja en `kubeconfig` por dónde se entra como estudiante. Lanza InfrastructureError si no arranca.
    """

    def __init__(self, name: str, nodes: int, speed: float, kubeconfig: Path) -> None:
        self.name = name
        self._cluster = EmbeddedCluster(nodes)
        self._speed = speed
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[object], Pump]] = Future()
        self._port: Future[int] = Future()
        # Las credenciales pasan por el disco lo justo: el servidor las lee al arrancar y la carpeta se borra.
        state = Path(tempfile.mkdtemp(prefix="orquesta-cluster-"))
        self._thread = threading.Thread(target=self._serve, args=(state,), name=f"clúster {name}", daemon=True)
        try:
            self._thread.start()
            port = self._await(self._port)
            self._loop, self._task, self._pump = self._await(self._started)
            self._write_kubeconfig(state, port, kubeconfig)
        finally:
            shutil.rmtree(state, ignore_errors=True)

    def ask(self, role: str, action: Callable[[InProcessConnection], T]) -> T:
        """Lo que devuelva `action(conexión)` con la credencial `role` y el clúster quieto. Repite lo que lance."""
        answer: Future[T] = Future()

        def run() -> None:
            try:
                while self._pump.catch_up():
                    continue
                answer.set_result(action(FrozenConnection(self._cluster, role, self.name, self._pump)))
            except BaseException as error:
                answer.set_exception(error)
            finally:
                self._pump.advance(0)  # el rato de preguntar no cuenta como tiempo del clúster
                self._pump.wake()

        self._loop.call_soon_threadsafe(run)
        return self._await(answer)

    def close(self) -> None:
        """Deja de atender. No falla si ya se había parado."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(PATIENCE)

    def _serve(self, state: Path) -> None:
        try:
            server.serve(
                self._cluster, state, speed=self._speed, on_start=self._note_start, on_ready=self._port.set_result
            )
        except asyncio.CancelledError:
            return  # así se para
        except BaseException as error:
            for waiting in (self._started, self._port):
                if not waiting.done():
                    waiting.set_exception(error)

    def _note_start(self, pump: Pump) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._started.set_result((asyncio.get_running_loop(), task, pump))

    def _write_kubeconfig(self, state: Path, port: int, path: Path) -> None:
        found = json.loads((state / settings.CREDENTIALS).read_text(encoding="utf-8"))
        server_url = f"https://{server.HOST}:{port}"
        access = Access(self.name, server_url, found["authority"], token=found["users"]["student"]["token"])
        path.touch(mode=0o600)
        path.write_text(text(access), encoding="utf-8")

    def _await(self, future: Future[T]) -> T:
        try:
            return future.result(PATIENCE)
        except TimeoutError as error:
            raise InfrastructureError(
                f"El clúster de la entrega no contesta en {PATIENCE:g} s.",
                "La máquina puede estar muy cargada: cierra algo y vuelve a corregir.",
            ) from error
