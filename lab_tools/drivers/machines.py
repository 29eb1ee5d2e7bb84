"""Las máquinas de un clúster, donde el driver llega hasta ellas: estropearlas, repararlas y ver qué gastan.

La API de Kubernetes no apaga un nodo. Un driver cuyos nodos son contenedores de esta máquina sí puede, y deja en su
conexión con qué: `of(connection)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lab_tools.drivers.base import Connection

# Las averías que un driver así sabe hacer, todas sobre un nodo.
NODE_OFF, KUBELET_STOPPED, FROZEN, UNPLUGGED = "node-off", "kubelet-stopped", "node-frozen", "node-unplugged"


@dataclass(frozen=True)
class Usage:
    """Lo que gasta una máquina: núcleos de CPU y bytes de memoria, y los bytes que puede llegar a gastar."""

    node: str
    cpu: float
    memory: int
    limit: int


class Machines(Protocol):
    """Los nodos de un clúster, como máquinas."""

    def inject(self, kind: str, node: str) -> str:
        """Estropea un nodo y devuelve el nombre de la avería. Lanza UsageError si no hay tal nodo o ya está así."""

    def active(self) -> list[dict[str, Any]]:
        """Las averías en vigor, miradas en las máquinas: `name`, `kind`, `since` y `node`."""

    def heal(self, name: str = "") -> list[str]:
        """Repara la que se nombra, o todas; devuelve sus nombres. Lanza UsageError si no está en vigor."""

    def usage(self) -> Sequence[Usage]:
        """Lo que gasta ahora cada máquina en marcha."""


def of(connection: Connection) -> Machines | None:
    """Las máquinas de un clúster, o `None` si desde aquí no se llega a ellas."""
    found: Machines | None = getattr(connection, "machines", None)
    return found
