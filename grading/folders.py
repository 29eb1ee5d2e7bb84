"""Escribir una carpeta entera: los archivos que ha de tener, y ninguno más."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path


def fill(folder: Path, wanted: Mapping[str, bytes]) -> None:
    """Escribe cada archivo (ruta dentro de `folder` -> bytes), con las carpetas que le falten."""
    for name, content in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def replace(folder: Path, wanted: Mapping[str, bytes], admit: Callable[[Path], None] = lambda fresh: None) -> None:
    """Cambia una carpeta por otra con esos archivos, de golpe.

    Si `admit`, que recibe la nueva, lanza, la de antes se queda como estaba.
    """
    fresh = folder.with_name(f".{folder.name}.nueva")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    fill(fresh, wanted)
    try:
        admit(fresh)
    except BaseException:
        shutil.rmtree(fresh)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
