"""Entrar en un contenedor que corre: ejecutar otra orden, mirar lo que escribe o hablar con uno de sus puertos.

Fuente: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#execute-a-command-in-a-container
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from functools import partial

from lab_tools.embedded.clock import Clock, Timer
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.node import NodeAgent
from lab_tools.embedded.kubelet.question import absent
from lab_tools.embedded.kubelet.worker import PodWorker
from lab_tools.embedded.workloads.commands import known
from lab_tools.embedded.workloads.execution import STDOUT, Execution
from lab_tools.embedded.workloads.program import Answer, NoSuchCommand, Program, Unreachable
from lab_tools.embedded.workloads.terminal import Terminal

# Cada cuánto se mira si el programa escribió algo más, en segundos del clúster.
_POLL = 0.1


def execute(worker: PodWorker | None, name: str, command: list[str], stdin: bool, terminal: bool) -> Execution:
    """Ejecuta una orden. Lanza `Unreachable` si el contenedor no corre y `NoSuchCommand` si no trae esa orden."""
    container = _running(worker, name)
    assert worker is not None and container.program is not None
    clock = worker.clock
    machine = container.program.inside(container.age(clock.now))
    if machine is None or not known(command[0], machine.extras):
        raise NoSuchCommand(f"error executing command in container: {absent(container, command, str(clock.now))}")

    machine.strike = partial(worker.interrupt, container)

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
    assert worker is not None and container.program is not None
    return Attachment(worker, container, container.program)


def connect(worker: PodWorker | None, port: int) -> Callable[[str], Answer] | None:
    """Cómo preguntar a un puerto del Pod; `None` si nadie escucha en él."""
    for container in worker.containers if worker is not None and not worker.over else ():
        program = container.program
        if container.running and program is not None and worker is not None:
            clock = worker.clock
            if clock.now < container.closes_at and program.listening(port, container.age(clock.now)):
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
    """El programa de un contenedor visto desde fuera: se oye lo que escribe, hasta que termina.

    Si su entrada está abierta (`stdin: true`), también se le puede escribir.
    """

    def __init__(self, worker: PodWorker, container: Container, program: Program) -> None:
        self.code: int | None = None
        self._worker = worker
        self._container = container
        self._program = program
        self._open = bool(container.spec.get("stdin"))
        self._terminal = Terminal() if container.spec.get("tty") else None
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._pending: list[tuple[int, bytes]] = []
        self._ready: Callable[[], None] = lambda: None
        forgotten, chunks = program.trail(self._age)
        self._seen = forgotten + len(chunks)
        # Quien llega ve al menos lo que ya estaba a medio escribir: el «/ # » que le espera.
        if self._open and chunks and not chunks[-1].endswith("\n"):
            self._say(chunks[-1])
        self._timer: Timer = worker.clock.call_in(_POLL, self._look)

    def write(self, data: bytes) -> None:
        """Lo que alguien teclea o envía."""
        if not self._open or self.code is not None:
            return
        text, ended = self._decoder.decode(data), False
        if self._terminal is not None:
            echo, text = self._terminal.type(text)
            ended = self._terminal.ended
            if echo:
                self._pending.append((STDOUT, echo.encode(errors="surrogateescape")))
        self._hear(text, ended)

    def end_input(self) -> None:
        """No habrá más entrada."""
        if self._open:
            self._hear("", True)

    def read(self) -> list[tuple[int, bytes]]:
        """Lo escrito hasta ahora: pares de canal y trozo."""
        found, self._pending = self._pending, []
        return found

    def on_ready(self, callback: Callable[[], None]) -> None:
        """A quién avisar cuando haya algo que leer o termine."""
        self._ready = callback

    def die(self, code: int = 0) -> None:
        """Deja de mirar. Con `stdinOnce`, la entrada se cierra al irse el primero que la usó."""
        if self.code is not None:
            return
        self._timer.cancel()
        if self._open and self._container.spec.get("stdinOnce"):
            self._hear("", True)
        self.code = code
        self._ready()

    @property
    def _age(self) -> float:
        return self._container.age(self._worker.clock.now)

    def _hear(self, text: str, ended: bool) -> None:
        # Si ya se sabe cuándo acaba, alguien le espera: no hay que volver a citarse.
        settled = self._program.ending(self._age) is not None
        if settled or not self._container.running:
            return
        self._program.hear(text, ended, self._age)
        self._collect()
        self._worker.stirred(self._container)
        if self._pending:
            self._ready()

    def _say(self, text: str) -> None:
        shown = text.replace("\n", "\r\n") if self._terminal is not None else text
        self._pending.append((STDOUT, shown.encode(errors="surrogateescape")))

    def _collect(self) -> None:
        forgotten, chunks = self._program.trail(self._age)
        for text in chunks[max(self._seen - forgotten, 0) :]:
            self._say(text)
        self._seen = forgotten + len(chunks)

    def _look(self) -> None:
        self._collect()
        if self._container.running and self._container.program is self._program:
            self._timer = self._worker.clock.call_in(_POLL, self._look)
        else:
            self.code = 0
        if self._pending or self.code is not None:
            self._ready()


def unreachable(agent: NodeAgent) -> str:
    """Lo que ve quien llama al kubelet de un nodo apagado, al otro lado de un corte o parado; «» si contesta."""
    whys = ((not agent.powered, "connect: no route to host"), (agent.severed, "i/o timeout"),
            (agent.halted, "connect: connection refused"))  # fmt: skip
    why = next((text for so, text in whys if so), "")
    return why and f"dial tcp {agent.host_ip}:10250: {why}"


def _running(worker: PodWorker | None, name: str) -> Container:
    found = next((one for one in worker.containers if one.name == name), None) if worker is not None else None
    if worker is not None and (why := unreachable(worker.agent)):
        raise Unreachable(f"error dialing backend: {why}")
    if found is None or not found.running or found.program is None:
        raise Unreachable(f'unable to upgrade connection: container not found ("{name}")')
    return found
