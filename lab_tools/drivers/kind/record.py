"""Los clústeres de kind que son nuestros: una carpeta por clúster, con lo que se pidió y su kubeconfig.

Aquí no se pregunta nada al motor: mirar qué hay apuntado cuesta lo que leer una carpeta.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab_tools.drivers import base, home, noted
from lab_tools.errors import InfrastructureError

KUBECONFIG = "kubeconfig.yaml"
CONFIG = "kind.yaml"
CERTS = "certs.d"


@dataclass(frozen=True)
class Record:
    """Lo que se sabe de un clúster sin mirarlo. `born`: se terminó de crear; `stopped`: lo paró una persona."""

    name: str
    workers: int = 0
    version: str = ""
    provider: str = "docker"
    kubeconfig: str = ""
    previous_context: str = ""
    server: str = ""
    cni: bool = True
    born: bool = False
    stopped: bool = False

    def save(self) -> None:
        """Lo apunta. Lanza InfrastructureError si no se puede."""
        noted.write(folder(self.name), self)


def folder(name: str) -> Path:
    """La carpeta de un clúster. No la crea. Lanza UsageError si el nombre no vale."""
    return home.kind_clusters() / base.check_name(name)


def context(name: str) -> str:
    """El contexto de kubectl, con el nombre que kind le da."""
    return f"kind-{name}"


def exists(name: str) -> bool:
    """Si ese clúster lo creó Orquesta y terminó de nacer (o está tan dañado que no se sabe)."""
    path = folder(name) / noted.FILE
    if not path.exists():
        return False
    try:
        return load(name).born
    except InfrastructureError:
        return True


def names() -> list[str]:
    """Los clústeres nuestros, por nombre."""
    if not home.kind_clusters().is_dir():
        return []
    return sorted(path.name for path in home.kind_clusters().iterdir() if path.is_dir() and exists(path.name))


def load(name: str) -> Record:
    """Lo apuntado. Lanza InfrastructureError si no se entiende."""
    return noted.read(folder(name), Record, f"Bórralo con: orquesta cluster delete {name}")
