"""Lo que pregunta una sonda, y cómo dice el kubelet lo que no le gustó.

Una orden se ejecuta en su contenedor; a un puerto se llega por la dirección del Pod, lo abra el contenedor que lo abra.
Lo que no se llega a preguntar (`NotAsked`: una orden que la imagen no trae, un puerto con un nombre que no existe) no
cuenta como fallo.
Fuente: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/ y
https://github.com/grpc/grpc/blob/master/doc/health-checking.md
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.workloads.commands import known
from lab_tools.embedded.workloads.program import Program
from lab_tools.objects import Object

_HTTP_OK = range(200, 400)
# Con qué códigos contesta un shell a lo que no puede ejecutar.
_NOT_RUN = (126, 127)
_UNKNOWN = "dial tcp: lookup {}: no such host"
_TIMED_OUT = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"


class NotAsked(Exception):
    """No se pudo ni preguntar. `str` es el motivo, con las palabras del kubelet."""


@dataclass(frozen=True, slots=True)
class Question:
    """Una sonda (`spec`) de `container`, en un Pod con esos contenedores y esa dirección."""

    spec: Object
    container: Container
    neighbours: Sequence[Container]
    address: str

    def ask(self, now: float) -> str | None:
        """Lo que falló en el instante `now`, con las palabras del kubelet; `None` si fue bien. Lanza `NotAsked`."""
        if "exec" in self.spec:
            return self._execute(list(self.spec["exec"].get("command") or []), now)
        if "grpc" in self.spec:
            return self._health(self.spec["grpc"], now)
        if "httpGet" in self.spec:
            return self._get(self.spec["httpGet"], now)
        return self._reach(*self._where(self.spec.get("tcpSocket") or {}), now)

    def next_change(self, now: float) -> float | None:
        """El próximo instante en que la respuesta puede ser otra; `None` si ya no cambia."""
        ahead = (one.started_at + change for one, program in self._asked()
                 if (change := program.next_change(one.age(now))) is not None)  # fmt: skip
        return min(ahead, default=None)

    def _asked(self) -> Iterable[tuple[Container, Program]]:
        ones = [self.container] if "exec" in self.spec else self.neighbours
        return [(one, one.program) for one in ones if one.running and one.program is not None]

    def _execute(self, command: list[str], now: float) -> str | None:
        program, age, limit = self.container.program, self.container.age(now), self._limit
        assert program is not None
        outcome = program.execute(command, age)
        if outcome.code in _NOT_RUN and not _has(program, command, age):
            raise NotAsked(f"rpc error: code = Unknown desc = {absent(self.container, command)}")
        if outcome.took > limit:
            return f'command timed out: "{" ".join(command)}" timed out after {limit}s'
        return None if outcome.code == 0 else outcome.output

    def _get(self, action: Object, now: float) -> str | None:
        host, port = self._where(action)
        scheme, path = str(action.get("scheme", "HTTP")).lower(), str(action.get("path") or "/")
        start = f'Get "{scheme}://{host}:{port}{path if path.startswith("/") else "/" + path}": '
        if self._elsewhere(host) and _numeric(host):
            return start + _TIMED_OUT
        if refused := self._reach(host, port, now):
            return start + refused
        program, age = self._answering(port, now)[0]
        if scheme == "https" and not program.secure(port):
            return start + "http: server gave HTTP response to HTTPS client"
        # A quien pregunta sin cifrar en un puerto cifrado se le contesta 400.
        plain = program.secure(port) and scheme == "http"
        status = 400 if plain else program.answer(path, age).status
        return None if status in _HTTP_OK else f"HTTP probe failed with statuscode: {status}"

    def _reach(self, host: str, port: int, now: float) -> str | None:
        """Por qué no se puede abrir una conexión."""
        if self._elsewhere(host):
            return f"dial tcp {host}:{port}: i/o timeout" if _numeric(host) else _UNKNOWN.format(host)
        # 127.0.0.1 es el propio nodo: quien pregunta es el kubelet.
        if host == self.address and self._answering(port, now):
            return None
        return f"dial tcp {host}:{port}: connect: connection refused"

    def _health(self, action: Object, now: float) -> str | None:
        _, port = self._where(action)
        if not self._answering(port, now):
            where = f"{self.address}:{port}"
            return f'timeout: failed to connect service "{where}" within {self._limit}s: context deadline exceeded'
        program, age = self._answering(port, now)[0]
        answer = program.health(str(action.get("service") or ""), age)
        if answer is None:
            return ("error: this server does not implement the grpc health protocol (grpc.health.v1.Health): "
                    "unknown service grpc.health.v1.Health")  # fmt: skip
        if answer == "SERVICE_UNKNOWN":
            return "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service"
        return None if answer == "SERVING" else f'service unhealthy (responded with "{answer}")'

    @property
    def _limit(self) -> int:
        return int(self.spec.get("timeoutSeconds", 1))

    def _where(self, action: Object) -> tuple[str, int]:
        return str(action.get("host") or self.address), self._port(action.get("port"))

    def _elsewhere(self, host: str) -> bool:
        """Si se pregunta a otro: los nodos no llegan a ninguna máquina de fuera."""
        return host not in (self.address, "localhost", "127.0.0.1")

    def _port(self, port: int | str | None) -> int:
        if isinstance(port, int):
            return port
        named = {one.get("name"): one["containerPort"] for one in self.container.spec.get("ports") or ()}
        if port in named:
            return int(named[port])
        if not str(port).isdecimal():
            raise NotAsked(f'strconv.Atoi: parsing "{port}": invalid syntax')
        return int(str(port))

    def _answering(self, port: int, now: float) -> list[tuple[Program, float]]:
        return [(program, one.age(now)) for one, program in self._asked()
                if now < one.closes_at and program.listening(port, one.age(now))]  # fmt: skip


def _numeric(host: str) -> bool:
    return host.replace(".", "").isdecimal()


def _has(program: Program, command: list[str], age: float) -> bool:
    machine = program.inside(age)
    return machine is not None and known(command[0], machine.extras)


def absent(container: Container, command: list[str], salt: str = "") -> str:
    """Lo que dice el motor de contenedores de una orden que la imagen no trae."""
    name = command[0] if command else ""
    why = f"stat {name}: no such file or directory" if "/" in name else "executable file not found in $PATH"
    identity = hashlib.sha256(f"{container.container_id} {command} {salt}".encode()).hexdigest()
    return (f'failed to exec in container: failed to start exec "{identity}": OCI runtime exec failed: exec failed: '
            f'unable to start container process: exec: "{name}": {why}')  # fmt: skip
