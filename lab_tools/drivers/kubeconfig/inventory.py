"""Lo que se ha creado por aquí en un clúster ajeno: una etiqueta en cada objeto, y una línea en un archivo.

La etiqueta la puede poner cualquiera y el archivo se puede perder: para borrar hacen falta las dos cosas, y que el
objeto siga siendo el mismo (su uid).
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab_tools import files
from lab_tools.drivers.base import MADE_BY

FILE = "inventario.jsonl"
LABEL, VALUE = MADE_BY


@dataclass(frozen=True)
class Entry:
    """Un objeto creado: dónde está (`path`, el de la API) y quién es (`uid`)."""

    path: str
    uid: str


class Inventory:
    """El inventario de un clúster, en la carpeta de lo apuntado sobre él."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._seen: tuple[int, dict[str, Entry]] = (-1, {})

    def add(self, path: str, uid: str) -> None:
        """Apunta un objeto recién creado. Lanza InfrastructureError si no se puede escribir."""
        line = json.dumps(asdict(Entry(path, uid))) + "\n"
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise files.explain(error, self._path) from error

    def has(self, uid: str) -> bool:
        """Si ese objeto se creó por aquí."""
        return bool(uid) and uid in self._entries()

    def entries(self) -> list[Entry]:
        """Todo lo creado, de lo más nuevo a lo más viejo: lo de dentro antes que lo que lo contiene."""
        return list(reversed(self._entries().values()))

    def _entries(self) -> dict[str, Entry]:
        """Lo apuntado. Se relee solo si el archivo ha crecido; una línea cortada por un corte no cuenta."""
        try:
            size = self._path.stat().st_size
        except OSError:
            return {}
        if size != self._seen[0]:
            found = {}
            for line in self._path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = Entry(**json.loads(line))
                except (ValueError, TypeError):
                    continue
                found[entry.uid] = entry
            self._seen = size, found
        return self._seen[1]


def labelled(obj: dict[str, Any]) -> dict[str, Any]:
    """El mismo objeto con la etiqueta de lo creado por aquí."""
    meta = obj.get("metadata") or {}
    return {**obj, "metadata": {**meta, "labels": {**(meta.get("labels") or {}), LABEL: VALUE}}}


def is_labelled(obj: dict[str, Any]) -> bool:
    """Si lleva la etiqueta."""
    return bool(((obj.get("metadata") or {}).get("labels") or {}).get(LABEL) == VALUE)
