"""Los sustantivos de la puerta: petición, respuesta, flujo y usuario. Nada de esto sabe de sockets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lab_tools.embedded.user import SYSTEM, User


@dataclass
class Request:
    """Una petición HTTP ya leída entera.

    `path` llega descodificado y sin consulta; `query` conserva todos los valores de cada parámetro;
    las claves de `headers` van en minúsculas.
    """

    method: str
    path: str
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    user: User = SYSTEM

    def one(self, name: str, default: str = "") -> str:
        """El primer valor de un parámetro de la consulta."""
        values = self.query.get(name)
        return values[0] if values else default

    def flag(self, name: str) -> bool:
        """Un parámetro booleano como lo entiende Go: presente y distinto de «0» y «false»."""
        return name in self.query and self.one(name).lower() not in ("0", "false", "f")


class Stream(Protocol):
    """Un cuerpo que llega a trozos. Nunca bloquea: lo que hay se lee, y quien espera deja su aviso."""

    closed: bool

    def read(self) -> list[bytes]:
        """Los trozos listos desde la última lectura; vacío si no hay ninguno."""

    def on_ready(self, callback: Callable[[], None]) -> None:
        """Llama a `callback` cada vez que pase a haber algo que leer, o cuando el flujo se cierre."""

    def close(self) -> None:
        """Quien leía se ha ido: suelta lo que el flujo tenga abierto."""


class Session(Protocol):
    """Una conversación en los dos sentidos, mensaje a mensaje, que empieza con un 101. Nunca bloquea."""

    @property
    def closed(self) -> bool:
        """Si se acabó."""

    def feed(self, message: bytes) -> None:
        """Llega un mensaje de quien llamó."""

    def read(self) -> list[bytes]:
        """Los mensajes para quien llamó desde la última lectura. Cerrada y sin mensajes, se acabó."""

    def on_ready(self, callback: Callable[[], None]) -> None:
        """Llama a `callback` cada vez que pase a haber algo que leer, o cuando la sesión se cierre."""

    def close(self) -> None:
        """Quien llamaba se ha ido."""


class Process(Protocol):
    """Algo que corre dentro de un contenedor. `code` es `None` mientras dura."""

    code: int | None

    def write(self, data: bytes) -> None:
        """Le escribe en la entrada."""

    def end_input(self) -> None:
        """No habrá más entrada."""

    def read(self) -> list[tuple[int, bytes]]:
        """Lo que ha escrito desde la última lectura: canal (1 salida, 2 errores) y trozo."""

    def on_ready(self, callback: Callable[[], None]) -> None:
        """Llama a `callback` cada vez que pase a haber algo que leer, o cuando termine."""

    def die(self, code: int = ...) -> None:
        """Se acaba aquí: quien miraba se ha ido."""


@dataclass
class Response:
    """Una respuesta HTTP. `body` son bytes, o un flujo si la respuesta no termina aún.

    Con un 101, lo que sigue es la conversación de `session`.
    """

    status: int
    headers: dict[str, str]
    body: bytes | Stream
    warnings: tuple[str, ...] = ()
    session: Session | None = None
    delay: float = 0.0
    """Segundos que quien la espera ha de esperarla."""
