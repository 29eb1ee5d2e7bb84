"""El proceso caliente: lo importa todo una vez y se bifurca para cada entrega.

No tiene hilos ni sockets de red al bifurcarse. Por su canal recibe órdenes del corrector (`open`, `interrupt`, `kill`)
y cuenta quién ha muerto; por el canal de cada entrega, que llega como descriptor, hablan ella y el corrector sin él.

Se arranca con `python -m inside.zygote CANAL [--bare]`, donde CANAL es un descriptor heredado. Con
`--bare` no se levanta ningún muro: es para quien lo ha pedido.
"""

from __future__ import annotations

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from typing import Any, NoReturn

from . import session, settle, walls, wire

# Lo que un cuaderno del curso suele importar: se paga una vez por trabajador.
WARM = ("json", "yaml", "subprocess", "pathlib", "IPython.display", "lab_tools", "lab_tools.client",
        "lab_tools.labs", "lab_tools.drivers", "lab_tools.drivers.http", "lab_tools.widgets.drawing")  # fmt: skip


class Zygote:
    """Bifurca sesiones y sabe cuáles viven: de cada una, el proceso guardián y el primero de dentro."""

    def __init__(self, control: socket.socket, bare: bool) -> None:
        self._control = control
        self._bare = bare
        self._shell = session.prepare()
        self._inner: dict[int, int] = {}
        self._wake, self._rung = socket.socketpair()
        for end in (self._wake, self._rung):
            end.setblocking(False)

    def serve(self) -> None:
        """Atiende órdenes hasta que el corrector cuelgue; entonces mata a quien quede."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._rung.fileno(), warn_on_full_buffer=False)
        wire.send(self._control, {"ready": os.getpid()})
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._control, selectors.EVENT_READ)
            waiting.register(self._wake, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in waiting.select()}
                if self._wake in ready:
                    with suppress(BlockingIOError):
                        self._wake.recv(4096)
                    self._reap()
                if self._control in ready and not self._obey():
                    break
        for guardian in list(self._inner):
            self._kill(guardian)

    def _obey(self) -> bool:
        frame = wire.receive(self._control)
        if frame is None:
            return False
        order, _, fds = frame
        if "open" in order:
            self._open(order["open"], fds)
        elif "interrupt" in order:
            self._signal(int(order["interrupt"]), signal.SIGINT)
        elif "kill" in order:
            self._kill(int(order["kill"]))
        return True

    def _open(self, limits: dict[str, Any], fds: list[int]) -> None:
        """Bifurca una sesión que hablará por el descriptor recibido."""
        report, told = os.pipe()
        zygote = os.getpid()
        guardian = os.fork()
        if guardian == 0:
            os.close(report)
            if self._bare:
                walls.die_with(zygote)
            self._be_guardian(limits, fds, told)
        os.close(told)
        for number in fds:
            os.close(number)
        # El guardián cuenta quién es el primero de dentro antes de dejarle ejecutar nada.
        with os.fdopen(report, "rb") as pipe:
            answer = pipe.read().decode("utf-8", "replace")
        if answer.isdigit():
            self._inner[guardian] = int(answer)
            wire.send(self._control, {"opened": guardian})
        else:
            wire.send(self._control, {"failed": answer or "el guardián murió"})

    def _be_guardian(self, limits: dict[str, Any], fds: list[int], told: int) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            self._wake.close()
            self._rung.close()
            if not self._bare:
                walls.leave()
            go, may_go = os.pipe()
            guardian = os.getpid()
            inner = os.fork()
            if inner == 0:
                os.close(may_go)
                os.close(told)
                os.read(go, 1)
                os.close(go)
                if self._bare:
                    walls.die_with(guardian)
                self._be_session(limits, fds)
            for number in (go, *fds):
                os.close(number)
            os.write(told, str(inner).encode())
            os.close(told)
            os.close(may_go)
            code = os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]) & 0xFF
        except BaseException as error:
            with suppress(OSError):
                os.write(told, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(code)

    def _be_session(self, limits: dict[str, Any], fds: list[int]) -> NoReturn:
        channel = socket.socket(fileno=fds[0])
        os.setsid()  # una señal a «su grupo» no debe llegar al guardián ni al trabajador
        if not settle.settle(channel, lambda: self._furnish(limits), lambda: self._lock(limits)):
            os._exit(70)
        session.work(self._shell, channel)
        os._exit(0)

    def _furnish(self, limits: dict[str, Any]) -> None:
        if not self._bare:
            walls.furnish(int(limits["disk"]))

    def _lock(self, limits: dict[str, Any]) -> None:
        if not self._bare:
            walls.lock(limits)

    def _reap(self) -> None:
        while True:
            try:
                guardian, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if guardian == 0:
                return
            self._inner.pop(guardian, None)
            wire.send(self._control, {"died": guardian, "code": os.waitstatus_to_exitcode(status)})

    def _kill(self, guardian: int) -> None:
        # Primero el de dentro: con él caen todos los suyos, aunque haya pedido no morir con su guardián.
        self._signal(guardian, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(guardian, signal.SIGKILL)

    def _signal(self, guardian: int, number: signal.Signals) -> None:
        inner = self._inner.get(guardian)
        if inner is not None:
            with suppress(ProcessLookupError):
                os.kill(inner, number)


def warm() -> None:
    """Importa lo que un cuaderno usa, y deja de recorrerlo al recoger la basura."""
    for name in WARM:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def main(arguments: list[str]) -> None:
    """Se conecta al corrector, importa y atiende."""
    control = socket.socket(fileno=int(arguments[0]))
    bare = "--bare" in arguments
    if bare:  # a los otros los mata bubblewrap
        walls.die_with(os.getppid())
    warm()
    Zygote(control, bare).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
