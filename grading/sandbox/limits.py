"""Lo que una entrega puede gastar."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Memoria, disco y archivo en bytes; `cpu` en segundos de procesador; `processes` y `files`, en número.

    `memory` es la virtual que un proceso puede pedir por encima de la que ya trae el trabajador, no la de la entrega
    entera: de esa responde `processes` y, donde los hay, el grupo de control del trabajador.
    """

    memory: int = 2048 * MEBIBYTE
    disk: int = 64 * MEBIBYTE
    file: int = 32 * MEBIBYTE
    cpu: int = 120
    processes: int = 128
    files: int = 512

    def as_data(self) -> dict[str, Any]:
        """Los límites como JSON."""
        return asdict(self)
