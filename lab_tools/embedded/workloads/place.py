"""Una dirección web partida en lo que wget y curl necesitan de ella."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """A dónde va una petición. `netloc` es el nombre como se escribió; `file`, lo último de la ruta."""

    scheme: str
    host: str
    port: int
    netloc: str
    path: str

    @classmethod
    def of(cls, url: str) -> Place | None:
        """La de un texto; `None` si no es una dirección."""
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            port = parts.port
        except ValueError:
            return None
        if not parts.hostname:
            return None
        return cls(parts.scheme, parts.hostname, port or _PORTS.get(parts.scheme, 80), parts.netloc, parts.path or "/")

    @property
    def file(self) -> str:
        """El nombre con que se guarda lo que traiga."""
        return self.path.rpartition("/")[2]
