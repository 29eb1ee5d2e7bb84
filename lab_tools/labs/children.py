"""Hijos de este proceso: nacen con todo lo que hay en memoria, siguen por su cuenta y devuelven una respuesta.

`os.fork` copia el proceso en un par de milisegundos y el sistema solo duplica lo que alguien cambie: es la manera
barata de seguir una misma vida por dos caminos. Vale para un solo hilo; por eso no se usa donde hay otros, ni en
Windows (no existe) ni en macOS, donde el propio sistema puede haber abierto hilos
(https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods).
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from lab_tools.errors import InfrastructureError

GRACE = 20.0  # segundos de pared que se le dan a un hijo para recoger lo suyo cuando se le pide que lo deje
_CURE = "Repite con menos procesos: --jobs 1."


def possible() -> bool:
    """Si aquí se puede bifurcar el proceso sin riesgo."""
    return hasattr(os, "fork") and sys.platform != "darwin" and threading.active_count() == 1


class Children:
    """Los hijos vivos, como mucho `most - 1` mientras el padre trabaja y `most` mientras espera.

    `receive` recibe, en el padre, la clave y la respuesta de cada hijo que termina.
    """

    def __init__(self, most: int, receive: Callable[[int, Any], None]) -> None:
        self._most = max(1, most)
        self._receive = receive
        self._pipes: dict[int, tuple[int, int]] = {}  # por dónde habla un hijo -> su clave y su proceso
        self._up: int | None = None  # en un hijo, por dónde habla con su padre

    def run(self, action: Callable[[], Any]) -> Any:
        """Hace `action`, de donde pueden nacer hijos, y espera a que todos respondan.

        En un hijo no vuelve: lo que `action` devuelva es su respuesta. Un `InfrastructureError` de un hijo se lanza en
        el padre. Pase lo que pase, también con un Ctrl-C o un SIGTERM, al salir no queda ninguno vivo.
        """
        before = signal.signal(signal.SIGTERM, _leave)
        try:
            answer = action()
            while self._up is None and self._pipes:
                self._listen()
        except BaseException as error:
            if self._up is not None:
                self._answer(error)
            self._stop()
            raise
        finally:
            gc.unfreeze()
            signal.signal(signal.SIGTERM, before)
        if self._up is not None:
            self._answer(answer)
        return answer

    def fork(self, key: int) -> bool:
        """Un hijo más: cierto en él, y falso en el padre, que no sigue hasta que quede un sitio libre.

        Lanza `InfrastructureError` si el sistema no da otro proceso.
        """
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # lo que ya existe no se vuelve a recorrer: ni se tarda ni se copia
        down, up = os.pipe()
        try:
            born = os.fork()
        except OSError as error:
            os.close(down)
            os.close(up)
            raise InfrastructureError(f"El sistema no da otro proceso: {error.strerror}.", _CURE) from error
        if not born:
            os.close(down)
            self._be_born(up)
            return True
        os.close(up)
        self._pipes[down] = (key, born)
        while len(self._pipes) >= self._most:
            self._listen()
        return False

    # --- en el hijo ---------------------------------------------------------------------------------------

    def _be_born(self, up: int) -> None:
        """Olvida a los hermanos. De un Ctrl-C se ocupa el padre, que avisa a cada hijo una sola vez."""
        signal.signal(signal.SIGINT, lambda *_: None)
        for pipe in self._pipes:
            os.close(pipe)
        self._pipes = {}
        self._up = up

    def _answer(self, answer: object) -> NoReturn:
        """Contesta y termina, sin pasar por lo que el padre dejó pendiente."""
        assert self._up is not None
        try:
            if not isinstance(answer, BaseException) or isinstance(answer, Exception):
                said = pickle.dumps(answer)
                with contextlib.suppress(OSError), os.fdopen(self._up, "wb") as pipe:  # el padre puede haberse ido
                    pipe.write(said)
        finally:
            os._exit(0)

    # --- en el padre --------------------------------------------------------------------------------------

    def _listen(self, seconds: float | None = None) -> None:
        """Espera a que algún hijo conteste, y recibe lo que digan."""
        for pipe in select.select(list(self._pipes), [], [], seconds)[0]:
            key, answer = self._heard(pipe)
            if isinstance(answer, Exception):
                raise answer
            self._receive(key, answer)

    def _heard(self, pipe: int) -> tuple[int, Any]:
        key, process = self._pipes[pipe]
        with os.fdopen(pipe, "rb") as stream:
            said = stream.read()
        del self._pipes[pipe]
        _, status = os.waitpid(process, 0)
        if said:
            return key, pickle.loads(said)
        how = os.waitstatus_to_exitcode(status)
        return key, InfrastructureError(
            f"Un proceso de la auditoría murió sin contestar (salió con {how}): quizá faltó memoria.", _CURE
        )

    def _stop(self) -> None:
        """Pide a cada hijo que lo deje y, si no lo hace a tiempo, lo mata."""
        for _, process in self._pipes.values():
            os.kill(process, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while self._pipes and (left := until - time.monotonic()) > 0:
            for pipe in select.select(list(self._pipes), [], [], left)[0]:
                self._heard(pipe)
        for pipe, (_, process) in self._pipes.items():
            os.kill(process, signal.SIGKILL)
            os.close(pipe)
            os.waitpid(process, 0)
        self._pipes = {}


def _leave(signal_number: int, _: object) -> NoReturn:
    raise SystemExit(128 + signal_number)
