"""El registro de peticiones de un clúster servido, en un archivo: lo que el estudiante hizo sobrevive al servidor."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from lab_tools.embedded.record import Record

FILE = "record.jsonl"

_log = logging.getLogger("orquesta.server")


def open_record(state: Path) -> Record:
    """El registro guardado en `state`, que seguirá guardándose ahí. Una última línea a medias se descarta."""
    path = state / FILE
    found = _entries(path)
    return Record(found, lambda entry: _append(path, entry))


def _entries(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    found: list[dict[str, Any]] = []
    for line in path.read_bytes().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            break  # lo que venga detrás ya no se sabe cuándo pasó
    return found


def _append(path: Path, entry: dict[str, Any]) -> None:
    """Añade un apunte. Si el disco no lo admite se cuenta y el trabajo sigue: sin registro se ejecuta el cuaderno."""
    try:
        with path.open("ab") as file:
            file.write(json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    except OSError as error:
        _log.warning("el registro no se puede escribir: %s", error)
