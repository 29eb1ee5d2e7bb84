"""Lo que un contenedor hace mientras vive, contado desde que arranca (`age`, en segundos).

Un programa es una función del tiempo: se le pregunta qué pasa a una edad dada, y siempre responde lo mismo.
Por eso un Pod quieto no cuesta nada: nadie tiene que despertarlo para que siga haciendo lo suyo.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Protocol

from lab_tools.embedded.workloads.performance import DEFAULT, Performance

if TYPE_CHECKING:
    from lab_tools.embedded.workloads.shell import Machine

# 128 + señal, como lo cuenta un shell.
INTERRUPTED = 130
KILLED = 137
TERMINATED = 143
# Hasta dónde se mira por adelantado lo que hace un programa al que nadie cambia nada, en segundos.
FAR = 600.0


class Unreachable(Exception):
    """No hay contenedor en marcha en el que entrar. `str` es lo que contesta el kubelet."""


class NoSuchCommand(Exception):
    """La orden no está en la imagen. `str` es lo que contesta el motor de contenedores."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Cómo acaba un programa: edad en segundos, código de salida, motivo y mensaje para el estado."""

    at: float
    code: int
    reason: str = ""
    message: str = ""

    @property
    def why(self) -> str:
        """El motivo que pone el kubelet si el programa no trae el suyo."""
        return self.reason or ("Completed" if self.code == 0 else "Error")


@dataclass(frozen=True, slots=True)
class Farewell:
    """Qué hace un programa con SIGTERM: deja de aceptar, tarda `after` segundos y sale con `code`.

    Con `drain`, en ese rato acaba las peticiones que tenía; sin él, las deja caer.
    """

    after: float
    code: int
    drain: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """Lo que responde a una petición HTTP."""

    status: int
    body: str = ""
    metrics: bool = False
    """Si el cuerpo son sus métricas: lo escribe quien lleva sus cuentas."""
    kept: bool = False
    """Si mueve o cuenta mensajes: código y cuerpo los pone quien los guarda."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Lo que deja una orden ejecutada dentro del contenedor: código, texto y segundos que tardó."""

    code: int
    output: str = ""
    took: float = 0.0


class Program(Protocol):
    """Lo que el kubelet puede preguntarle a un programa en marcha."""

    foresight: float
    """Cuántos segundos se le puede preguntar por adelantado sin que lo de fuera haya podido cambiar."""
    live: bool
    """Si pregunta al mundo: hay que ir a su paso, y mirarlo en cada cambio."""

    @property
    def title(self) -> str:
        """Cómo sale en `ps`."""

    def ending(self, horizon: float) -> Ending | None:
        """Cómo acaba por su cuenta, si acaba antes de la edad `horizon`."""

    def next_change(self, age: float) -> float | None:
        """Edad, posterior a `age`, en que lo que se ve desde fuera puede cambiar; `None` si ya no cambia."""

    def listening(self, port: int, age: float) -> bool:
        """Si acepta conexiones en un puerto."""

    def secure(self, port: int) -> bool:
        """Si lo que se dice en un puerto va cifrado (TLS)."""

    def answer(self, path: str, age: float) -> Answer:
        """Lo que responde a un GET (si antes acepta la conexión)."""

    def health(self, service: str, age: float) -> str | None:
        """Lo que contesta a una pregunta de salud gRPC: SERVING, NOT_SERVING…; `None` si no habla gRPC."""

    def execute(self, command: list[str], age: float) -> Outcome:
        """Ejecuta una orden dentro del contenedor."""

    def inside(self, age: float) -> Machine | None:
        """Dónde correr otra orden dentro del contenedor; `None` si su imagen no trae nada más que el programa."""

    def hear(self, text: str, ended: bool, age: float) -> None:
        """Le llega texto por la entrada; con `ended`, es lo último."""

    def trail(self, age: float) -> tuple[int, list[str]]:
        """Lo escrito hasta `age`, tal como salió: cuántos trozos se olvidaron ya, y los que quedan."""

    def lines(self, age: float) -> list[tuple[float, str]]:
        """Lo que ha escrito hasta `age`: pares de edad y línea."""

    @property
    def farewell(self) -> Farewell | None:
        """Qué hace con SIGTERM; `None` si no hace caso."""

    def termination_message(self) -> str:
        """Lo que dejó en `/dev/termination-log`."""

    @property
    def performance(self) -> Performance:
        """Lo que le cuesta una petición."""

    @property
    def version(self) -> str:
        """La versión que dice ser en cada respuesta; vacía si no lo dice."""

    def calls(self, path: str) -> list[tuple[str, float]]:
        """A quién llama para responder a una ruta: direcciones y segundos que espera, por orden."""


@dataclass(frozen=True, slots=True)
class Route:
    """Una ruta HTTP: el código que da entre dos edades (`until` excluida)."""

    answer: Answer
    since: float = 0.0
    until: float = float("inf")


@dataclass(slots=True)
class ServerProgram:
    """Un servidor de la tabla: abre puertos, responde rutas y vive hasta que lo paran."""

    fork_held: ClassVar[Mapping[str, int]] = MappingProxyType(
        dict.fromkeys(("ports", "tls", "routes", "services", "end", "goodbye", "log", "performance", "env"), 0)
    )

    ports: tuple[int, ...] = ()
    tls: tuple[int, ...] = ()
    """De sus puertos, los que van cifrados."""
    opens_at: float = 0.0
    routes: dict[str, tuple[Route, ...]] = field(default_factory=dict)
    services: dict[str, tuple[Route, ...]] = field(default_factory=dict)
    """Servicios gRPC de los que responde por su salud; el texto de la respuesta es el estado."""
    end: Ending | None = None
    goodbye: Farewell | None = None
    log: tuple[tuple[float, str], ...] = ()
    box: Callable[[], Program] | None = None
    """De dónde sale el shell de la imagen, si lo trae: casi nadie entra, y el que nadie usa no se hace."""
    command: str = ""
    performance: Performance = DEFAULT
    version: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    foresight: float = FAR
    live: bool = False
    _shell: Program | None = None

    @property
    def title(self) -> str:
        """Cómo sale en `ps`."""
        return self.command

    @property
    def shell(self) -> Program | None:
        """El shell de la imagen, con los archivos del contenedor; `None` si no lo trae."""
        if self._shell is None and self.box is not None:
            self._shell, self.box = self.box(), None
        return self._shell

    def ending(self, horizon: float) -> Ending | None:
        """Cómo acaba por su cuenta, si acaba antes de la edad `horizon`."""
        return self.end if self.end and self.end.at <= horizon else None

    def next_change(self, age: float) -> float | None:
        """El próximo instante en que abre sus puertos, cambia una ruta o termina."""
        instants = [self.opens_at, *(edge for routes in (*self.routes.values(), *self.services.values())
                                     for route in routes for edge in (route.since, route.until))]  # fmt: skip
        if self.end:
            instants.append(self.end.at)
        ahead = [at for at in instants if age < at < float("inf")]
        return min(ahead, default=None)

    def listening(self, port: int, age: float) -> bool:
        """Si acepta conexiones en un puerto."""
        return port in self.ports and age >= self.opens_at

    def secure(self, port: int) -> bool:
        """Si ese puerto va cifrado."""
        return port in self.tls

    def answer(self, path: str, age: float) -> Answer:
        """El código de la ruta a esa edad; 404 si no la conoce."""
        bare = path.partition("?")[0] or "/"
        if bare == self.performance.metrics:
            return Answer(200, "", metrics=True)
        for route in self.routes.get(bare, ()):
            if route.since <= age < route.until:
                kept = self.performance.keeps is not None and bare in self.performance.keeps.paths
                return replace(route.answer, kept=True) if kept else route.answer
        return Answer(404, "404 page not found")

    def health(self, service: str, age: float) -> str | None:
        """Lo que contesta a una pregunta de salud gRPC; un servicio que no conoce es SERVICE_UNKNOWN."""
        if not self.services:
            return None
        return next((one.answer.body for one in self.services.get(service, ()) if one.since <= age < one.until),
                    "SERVICE_UNKNOWN")  # fmt: skip

    def execute(self, command: list[str], age: float) -> Outcome:
        """Ejecuta una orden con el shell de la imagen, si lo trae."""
        shell = self.shell
        if shell is None:
            return Outcome(126, f'exec: "{command[0]}": executable file not found in $PATH: unknown')
        return shell.execute(command, age)

    def inside(self, age: float) -> Machine | None:
        """Dónde correr otra orden: el shell de la imagen, con este programa como proceso 1."""
        shell = self.shell
        machine = shell.inside(age) if shell is not None else None
        if machine is not None:
            machine.processes = (self.command,)
        return machine

    def hear(self, text: str, ended: bool, age: float) -> None:
        """Un servidor no lee su entrada."""

    def trail(self, age: float) -> tuple[int, list[str]]:
        """Lo escrito hasta `age`."""
        return 0, [f"{text}\n" for _, text in self.lines(age)]

    def lines(self, age: float) -> list[tuple[float, str]]:
        """Lo que ha escrito hasta `age`."""
        return [line for line in self.log if line[0] <= age]

    @property
    def farewell(self) -> Farewell | None:
        """Qué hace con SIGTERM."""
        return self.goodbye

    def termination_message(self) -> str:
        """Los servidores de la tabla no dejan mensaje."""
        return ""

    def calls(self, path: str) -> list[tuple[str, float]]:
        """Las llamadas de la tabla cuya dirección está en el entorno del contenedor."""
        listed = self.performance.calls.get(path.partition("?")[0] or "/", ())
        return [(url, one.timeout) for one in listed if (url := one.url(self.env))]
