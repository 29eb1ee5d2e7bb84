"""De quién es un nombre de clúster: se sabe mirando una carpeta, sin cargar más driver que el que la tenga.

Un nombre es de un solo clúster, sea del driver que sea. Lo que dejó a medias una creación no es de nadie.
"""

from __future__ import annotations

from lab_tools.drivers import base, home
from lab_tools.errors import ClusterError


def is_embedded(name: str) -> bool:
    """Si hay un clúster embebido con ese nombre, o tan dañado que no se sabe."""
    state = home.clusters() / base.check_name(name)
    if not state.is_dir():
        return False
    from lab_tools.embedded.server import settings

    return settings.exists(state)


def is_kind(name: str) -> bool:
    """Si hay un clúster de kind nuestro con ese nombre."""
    if not (home.kind_clusters() / base.check_name(name)).is_dir():
        return False
    from lab_tools.drivers.kind import record

    return record.exists(name)


def is_attached(name: str) -> bool:
    """Si hay un clúster ajeno apuntado con ese nombre."""
    if not (home.attached() / base.check_name(name)).is_dir():
        return False
    from lab_tools.drivers.kubeconfig import record

    return record.exists(name)


def refuse_taken(name: str) -> None:
    """Lanza ClusterError si ese nombre ya es de un clúster, y UsageError si no vale."""
    if is_embedded(name) or is_kind(name) or is_attached(name):
        raise ClusterError(
            f"Ya hay un clúster «{name}».",
            f"Úsalo (orquesta cluster start {name}), bórralo (orquesta cluster delete {name}) o elige otro nombre.",
        )
