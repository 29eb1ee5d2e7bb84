"""Abrir un laboratorio desde la terminal: en el clúster que se pide o en el que está en uso."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab_tools import drivers, labs
from lab_tools.errors import ClusterError

if TYPE_CHECKING:
    from lab_tools.labs.student import Lab


def open_lab(lab_id: str, cluster: str, *, create: bool = False) -> Lab:
    """El laboratorio. Solo `start` crea uno si no hay."""
    if cluster:
        from lab_tools.client import Client

        return labs.open(lab_id, Client(drivers.named().connect(cluster)))
    if not create:
        _expect_cluster(lab_id)
    return labs.open(lab_id)


def _expect_cluster(lab_id: str) -> None:
    """Mirar no crea nada: sin el clúster en uso, se dice cuáles hay."""
    known = [found.name for found in drivers.named().list()]
    if not known:
        raise ClusterError("No hay ningún clúster.", f"Prepáralo todo con: orquesta lab start {lab_id}")
    if (name := drivers.in_use()) not in known:
        raise ClusterError(
            f"El clúster en uso sería «{name}», y no existe.",
            f"Di en cuál trabajas con --cluster ({', '.join(known)}), o prepáralo: orquesta lab start {lab_id}",
        )
