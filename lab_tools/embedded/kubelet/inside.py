"""Entrar en un contenedor que corre: ejecutar otra orden, mirar lo que escribe o hablar con uno de sus puertos.

Fuente: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#execute-a-command-in-a-container
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from lab_tools.embedded.clock import Clock, Timer
from lab_tools.embedded.commands import known
from lab_tools.embedded.execution import STDOUT, Execution
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.worker import PodWorker
from lab_tools.embedded.program import Answer, NoSuchCommand, Unreachable

# Cada cuánto se mira si el programa escribió algo más, en segundos del clúster.
_POLL = 0.1


def execute(worker: PodWorker | None, name: str, command: list[str], stdin: bool, terminal: bool) -> Execution:
    """Ejecuta una orden. Lanza `Unreachable` si el contenedor no corre y `NoSuchCommand` si no trae esa orden."""
    container = _running(worker, name)
    assert worker is not None and container.program is not None
    clock = worker.clock
    machine = container.program.inside(container.age(clock.now))
    if machine is None or not known(command[0]):
        raise NoSuchCommand(_refusal(container, command, clock.now))

    def over() -> None:
        container.guests.remove(execution)
        # Lo que dejó en los archivos puede cambiar lo que respondan las sondas.
        worker.wake_probes()

    execution = Execution(clock, machine, command, stdin, terminal)
    container.guests.append(execution)
    execution.on_end(over)
    return execution


def attach(worker: PodWorker | None, name: str) -> Attachment:
    """Mira lo que el programa escriba desde ahora. Lanza `Unreachable`."""
    container = _running(worker, name)
    assert worker is not None
    return Attachment(worker.clock, container)


def connect(worker: PodWorker | None, port: int) -> Callable[[str], Answer] | None:
    """Cómo preguntar a un puerto del Pod; `None` si nadie escucha en él."""
    for container in worker.containers if worker is not None else ():
        program = container.program
        if container.running and program is not None and worker is not None:
            clock = worker.clock
            if program.listening(port, container.age(clock.now)):
                return _Caller(clock, container)
    return None


class _Caller:
    """Pregunta al programa de un contenedor con la edad que tenga en cada momento."""

    def __init__(self, clock: Clock, container: Container) -> None:
        self._clock = clock
        self._container = container

    def __call__(self, path: str) -> Answer:
        """Lo que responde a un GET; 503 si ya no corre."""
        program = self._container.program
        if program is None or not self._container.running:
            return Answer(503, "")
        return program.answer(path, self._container.age(self._clock.now))


class Attachment:
    """El programa de un contenedor visto desde fuera: se oye lo que escribe, hasta que termina."""

    def __init__(self, clock: Clock, container: Container) -> None:
        self.code: int | None = None
        self._clock = clock
        self._container = container
        self._restarts = container.restarts
        self._seen = len(self._lines())
        self._pending: list[tuple[int, bytes]] = []
        self._ready: Callable[[], None] = lambda: None
        self._timer: Timer = clock.call_in(_POLL, self._look)

    def write(self, data: bytes) -> None:
        """Nadie lo lee: este programa no atiende a su entrada."""

    def end_input(self) -> None:
        """Nadie lo nota."""

    def read(self) -> list[tuple[int, bytes]]:
        """Lo escrito hasta ahora: pares de canal y trozo."""
        found, self._pending = self._pending, []
        return found

    def on_ready(self, callback: Callable[[], None]) -> None:
        """A quién avisar cuando haya algo que leer o termine."""
        self._ready = callback

    def die(self, code: int = 0) -> None:
        """Deja de mirar."""
        if self.code is None:
            self.code = code
            self._timer.cancel()
            self._ready()

    def _lines(self) -> list[tuple[float, str]]:
        return self._container.log(self._clock.now)

    def _look(self) -> None:
        alive = self._container.running and self._container.restarts == self._restarts
        lines = self._lines() if self._container.restarts == self._restarts else []
        self._pending += [(STDOUT, f"{text}\n".encode(errors="surrogateescape")) for _, text in lines[self._seen :]]
        self._seen = max(self._seen, len(lines))
        if alive:
            self._timer = self._clock.call_in(_POLL, self._look)
        else:
            self.code = 0
        if self._pending or not alive:
            self._ready()


def _running(worker: PodWorker | None, name: str) -> Container:
    found = next((one for one in worker.containers if one.name == name), None) if worker is not None else None
    if found is None or not found.running or found.program is None:
        raise Unreachable(f'unable to upgrade connection: container not found ("{name}")')
    return found


def _refusal(container: Container, command: list[str], now: float) -> str:
    name = command[0]
    why = f"stat {name}: no such file or directory" if "/" in name else "executable file not found in $PATH"
    identity = hashlib.sha256(f"{container.container_id} {command} {now}".encode()).hexdigest()
    return ("error executing command in container: failed to exec in container: failed to start exec "
            f'"{identity}": OCI runtime exec failed: exec failed: unable to start container process: exec: "{name}": '
            f"{why}")  # fmt: skip
