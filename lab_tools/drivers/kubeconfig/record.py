"""Los clústeres ajenos que se han apuntado: una carpeta por clúster, con por dónde se entra y lo creado en él."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab_tools.drivers import base, home, noted

KUBECONFIG = "kubeconfig.yaml"


@dataclass(frozen=True)
class Record:
    """Lo que se sabe de un clúster sin llamarlo. `server` y `context` son los que la persona aceptó.

    `namespace`: el único en el que se trabaja, o "" si se manda en todo el clúster.
    """

    name: str
    context: str
    server: str
    namespace: str = ""

    def save(self) -> None:
        """Lo apunta. Lanza InfrastructureError si no se puede."""
        noted.write(folder(self.name), self)


def folder(name: str) -> Path:
    """La carpeta de un clúster. No la crea. Lanza UsageError si el nombre no vale."""
    return home.attached() / base.check_name(name)


def exists(name: str) -> bool:
    """Si está apuntado."""
    return (folder(name) / noted.FILE).is_file()


def names() -> list[str]:
    """Los apuntados, por nombre."""
    if not home.attached().is_dir():
        return []
    return sorted(path.name for path in home.attached().iterdir() if (path / noted.FILE).is_file())


def load(name: str) -> Record:
    """Lo apuntado. Lanza InfrastructureError si no se entiende."""
    return noted.read(folder(name), Record, f"Olvídalo con: orquesta cluster delete {name}")
