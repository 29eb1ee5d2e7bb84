"""Bifurcar un clúster: una copia exacta que desde aquí lleva su propia vida.

La copia tiene el mismo instante, las mismas citas pendientes, los mismos procesos a medias y la misma suerte: si se
la deja pasar el tiempo, vive lo mismo que habría vivido el original, byte a byte. No comparte con él más que lo que
ya no cambia. No hereda el diario (no se guarda) ni a quien miraba desde fuera.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab_tools.embedded.duplicate import CannotFork, duplicate
from lab_tools.embedded.store import Change
from lab_tools.embedded.workloads.performance import Performance
from lab_tools.embedded.workloads.program import Answer, Ending, Farewell, Route
from lab_tools.embedded.workloads.table import Image, Reference, Workloads
from lab_tools.objects.kind import Kind

if TYPE_CHECKING:
    from lab_tools.embedded.cluster import EmbeddedCluster

__all__ = ["CannotFork", "fork"]

# Clases cuyos objetos no cambian una vez hechos, aunque por dentro lleven listas o diccionarios.
_UNCHANGING = (Answer, Change, Ending, Farewell, Image, Kind, Performance, Reference, Route, Workloads)


def fork(cluster: EmbeddedCluster) -> EmbeddedCluster:
    """La copia. Lanza `CannotFork` si alguna pieza guarda algo que no se puede copiar."""
    return duplicate(cluster, cluster.store.frozen(), _UNCHANGING)
