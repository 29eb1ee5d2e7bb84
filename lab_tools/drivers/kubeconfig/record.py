"""Los clústeres ajenos que se han apuntado: una carpeta por clúster, con por dónde se entra y lo creado en él."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_tools import files
from lab_tools.drivers import base, home
from lab_tools.errors import InfrastructureError

_FILE = "cluster.json"
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
        path = folder(self.name) / _FILE
        try:
            files.write_atomic(path, json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=2))
        except OSError as error:
            raise files.explain(error, path) from error


def folder(name: str) -> Path:
    """La carpeta de un clúster. No la crea. Lanza UsageError si el nombre no vale."""
    return home.attached() / base.check_name(name)


def exists(name: str) -> bool:
    """Si está apuntado."""
    return (folder(name) / _FILE).is_file()


def names() -> list[str]:
    """Los apuntados, por nombre."""
    if not home.attached().is_dir():
        return []
    return sorted(path.name for path in home.attached().iterdir() if (path / _FILE).is_file())


def load(name: str) -> Record:
    """Lo apuntado. Lanza InfrastructureError si no se entiende."""
    path = folder(name) / _FILE
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in dataclasses.fields(Record)}
        return Record(**{key: value for key, value in found.items() if key in known})
    except OSError as error:
        raise files.explain(error, path, "leer") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InfrastructureError(
            f"Lo apuntado en «{path}» está dañado: {error}.", f"Olvídalo con: orquesta cluster delete {name}"
        ) from error
