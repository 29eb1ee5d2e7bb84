"""Lo que alguien pide: de dónde sale, a qué nombre y puerto va, y qué lleva dentro."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# (espacio de nombres, nombre) de un Pod.
PodKey = tuple[str, str]
PORTS = {"http": 80, "https": 443, "tcp": 80, "udp": 53, "sctp": 80}


class BadAddress(ValueError):
    """Lo que se ha escrito no es una dirección. El mensaje dice qué y cómo debería ser."""


class NoSource(LookupError):
    """Quien dice llamar no puede: el Pod no existe o no tiene red. `str` lo explica."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Una petición que aún no ha salido.

    `source` es el Pod que llama, o `None` si se llama desde fuera del clúster. `host` es un nombre o una dirección
    IPv4. `scheme` es http, https, tcp, udp o sctp: los tres últimos solo conectan. `path` lleva su consulta (`/a?b=c`).
    Los nombres de `headers` van en minúsculas; el de `host` manda sobre el nombre al que se conecta, como en HTTP.
    `via` es la dirección a la que conectarse en lugar de preguntar por el nombre («»: se pregunta), como
    `curl --resolve`.
    """

    source: PodKey | None
    host: str
    port: int = 80
    scheme: str = "http"
    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    via: str = ""
    body: str = ""

    @classmethod
    def url(cls, url: str, source: PodKey | None = None, method: str = "GET",
            headers: Mapping[str, str] | None = None, via: str = "", body: str = "") -> Ask:  # fmt: skip
        """La petición de una dirección: «http://api.tienda:8080/pedidos?n=3», «api», «tcp://bd:5432».

        Lanza `BadAddress` si no hay nombre, el esquema no es de estos o el puerto no está entre 1 y 65535.
        """
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
        except ValueError:
            raise BadAddress(f"«{url}» no es una dirección: los corchetes solo van alrededor de una IPv6") from None
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in PORTS:
            raise BadAddress(f"«{url}»: el esquema «{parts.scheme}» no es http, https, tcp, udp ni sctp")
        if not parts.hostname:
            raise BadAddress(f"«{url}» no dice a qué nombre o dirección va")
        if ":" in parts.hostname:
            raise BadAddress(f"«{url}»: la red de este clúster es IPv4, y «{parts.hostname}» es una dirección IPv6")
        if any(one.isspace() for one in parts.hostname):
            raise BadAddress(f"«{url}»: en un nombre no hay espacios")
        if port == 0:
            raise BadAddress(f"«{url}»: el puerto tiene que ser un número de 1 a 65535")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        given = {name.lower(): value for name, value in (headers or {}).items()}
        return cls(
            source, parts.hostname, port or PORTS[parts.scheme], parts.scheme, method.upper(), path, given, via, body
        )

    @property
    def protocol(self) -> str:
        """El de transporte, como lo nombra un Service: TCP, UDP o SCTP."""
        return self.scheme.upper() if self.scheme in ("udp", "sctp") else "TCP"

    @property
    def http(self) -> bool:
        """Si lo que viaja es HTTP, que un proxy puede leer."""
        return self.scheme in ("http", "https")

    @property
    def authority(self) -> str:
        """El nombre que la petición dice buscar: su cabecera Host sin puerto, o el nombre al que se conecta."""
        return self.headers.get("host", self.host).partition(":")[0].rstrip(".").lower()
