"""Abrir un zip ajeno sin sustos: ni rutas que se salen, ni enlaces, ni bombas.

Fuente: https://docs.python.org/3/library/zipfile.html#decompression-pitfalls
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath

from lab_tools.errors import GradingError

MOST_FILES = 20_000
BIGGEST = 20 * 1024 * 1024  # bytes de un archivo
HEAVIEST = 2 * 1024 * 1024 * 1024  # bytes de todo


def members(path: Path) -> Iterator[tuple[PurePosixPath, bytes, float]]:
    """Los archivos de un zip: ruta, contenido y cuándo se escribió (segundos desde 1970, en la hora de aquí).

    Lanza GradingError si no es un zip o si trae algo que no debería.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _admit(entries, path)
            left = HEAVIEST
            for entry in entries:
                content = _read(archive, entry, min(BIGGEST, left), path)
                left -= len(content)
                yield PurePosixPath(entry.filename), content, _moment(entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise GradingError(f"«{path.name}» no se puede abrir como zip: {error}.", "Descárgalo otra vez.") from error


def _admit(entries: list[zipfile.ZipInfo], path: Path) -> None:
    if len(entries) > MOST_FILES:
        raise GradingError(f"«{path.name}» trae {len(entries)} archivos, y caben {MOST_FILES}.", "Pártelo en varios.")
    for entry in entries:
        name = PurePosixPath(entry.filename)
        if name.is_absolute() or ".." in name.parts or "\\" in entry.filename or ":" in entry.filename:
            raise GradingError(
                f"«{path.name}» trae una ruta que se sale de su carpeta, «{entry.filename}».", "No lo uses."
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise GradingError(f"«{path.name}» trae un enlace, «{entry.filename}».", "Pide el archivo, no un enlace.")


def _moment(entry: zipfile.ZipInfo) -> float:
    """Un zip no dice en qué huso escribe las horas: se entienden en el de aquí."""
    try:
        return datetime(*entry.date_time).astimezone().timestamp()
    except ValueError:
        return 0.0


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, path: Path) -> bytes:
    """Lo que pesa de verdad, y no lo que dice que pesa."""
    with archive.open(entry) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise GradingError(
            f"«{path.name}»: «{entry.filename}» ocupa demasiado al abrirlo.", "Pide que lo entregue sin datos."
        )
    return content
