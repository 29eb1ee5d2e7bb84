"""Mirar un clúster que ha de seguir su historia: quien solo lee, lee; quien espera, lo hace en una copia.

Casi todas las comprobaciones leen y nada más, y copiar el clúster para cada una costaría más que mirarlo.
"""

from __future__ import annotations

from collections.abc import Mapping

from lab_tools.drivers.base import Query, Reply
from lab_tools.drivers.in_process import InProcessConnection

_READS = frozenset({"GET", "HEAD"})


class Looking(InProcessConnection):
    """Una conexión de correctora que se pasa a una copia la primera vez que algo podría mover el clúster."""

    _mine = False

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Atiende una petición. Vigilar hace pasar el tiempo, y lo que no es leer podría cambiar algo."""
        if method not in _READS or "watch" in (query or {}) or "follow" in (query or {}):
            self._part()
        return super().send(method, path, query, body, headers)

    def wait(self, seconds: float) -> None:
        """Deja pasar el tiempo, pero no aquí."""
        self._part()
        super().wait(seconds)

    def _part(self) -> None:
        if not self._mine:
            self.cluster = self.cluster.fork()
            self._mine = True
