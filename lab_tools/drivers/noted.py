"""Lo que se apunta de un clúster que no es el embebido: un archivo JSON por clúster, que cualquiera puede leer."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, TypeVar

from lab_tools import files
from lab_tools.errors import InfrastructureError

FILE = "cluster.json"
R = TypeVar("R")


def write(folder: Path, record: Any) -> None:
    """Apunta un registro (una dataclass) en esa carpeta. Lanza InfrastructureError si no se puede."""
    path = folder / FILE
    try:
        files.write_atomic(path, json.dumps(dataclasses.asdict(record), ensure_ascii=False, indent=2))
    except OSError as error:
        raise files.explain(error, path) from error


def read(folder: Path, kind: type[R], cure: str) -> R:
    """El registro apuntado en esa carpeta. Un campo que esta versión no conoce se ignora.

    Lanza InfrastructureError, con `cure` («Bórralo con: …»), si no se entiende.
    """
    path = folder / FILE
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
        return kind(**{key: value for key, value in found.items() if key in known})
    except OSError as error:
        raise files.explain(error, path, "leer") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InfrastructureError(f"Lo apuntado en «{path}» está dañado: {error}.", cure) from error
