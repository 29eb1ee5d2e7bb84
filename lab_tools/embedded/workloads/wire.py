"""El cable: lo que un programa puede pedirle a la red, y lo que la red le contesta.

Quien enchufa un contenedor le da uno (`Machine.wire`); sin él no hay red. Todo son preguntas con respuesta inmediata:
el tiempo que cuestan viene en ella (`seconds`), y es el programa quien lo deja pasar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

# Cómo acaba una petición, con las palabras de la red. Las dos primeras traen respuesta.
DELIVERED, ANSWERED = "delivered", "answered"
NXDOMAIN, DNS_TIMEOUT = "nxdomain", "dns_timeout"
REFUSED, TIMEOUT, RESET, NO_ROUTE = "refused", "timeout", "reset", "no_route"
GOOD = (DELIVERED, ANSWERED)
NAMELESS = (NXDOMAIN, DNS_TIMEOUT)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Una petición HTTP: cómo acabó y, si alguien contestó, qué.

    `address` es a quién se conectó («» si el nombre no se resolvió); `seconds`, lo que tarda en saberse.
    `certificate` es lo que reprocharía quien lo compruebe.
    """

    verdict: str
    seconds: float
    address: str = ""
    status: int = 0
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Dialed:
    """Una conexión que se abre y se cierra, sin decir nada."""

    verdict: str
    seconds: float
    address: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """La respuesta del DNS a un nombre entero. `code` es NOERROR, NXDOMAIN o «» si nadie contesta.

    `records` son ternas de nombre, tipo y valor.
    """

    server: str
    name: str
    code: str
    records: tuple[tuple[str, str, str], ...] = ()
    seconds: float = 0.0


class Wire(Protocol):
    """La red vista desde un contenedor. Solo métodos: lo que contestan se puede grabar y repetir."""

    def now(self) -> float:
        """La hora del clúster: nadie puede llamar antes de que llegue."""

    def fetch(self, url: str, method: str, headers: tuple[tuple[str, str], ...], via: str = "",
              body: str = "") -> Fetched:  # fmt: skip
        """Pide una dirección. Con `via`, se conecta a esa otra en lugar de preguntar por el nombre."""

    def dial(self, host: str, port: int, protocol: str = "TCP") -> Dialed:
        """Abre una conexión y la cierra."""

    def lookup(self, name: str, kind: str = "A", server: str = "") -> Found:
        """Pregunta por un nombre entero, a un servidor o al de costumbre."""

    def toil(self, container: str) -> float:
        """Segundos que le lleva a un contenedor del Pod hacer ahora un trabajo, con la CPU que tiene."""

    def suffixes(self) -> tuple[str, ...]:
        """Los sufijos de búsqueda de `/etc/resolv.conf`."""
