"""Guardar las imágenes en un archivo y sacarlas de él: así llegan a una máquina sin red."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab_tools import files
from lab_tools.errors import UsageError

_CHUNK = 1 << 20
_LOADED = "Loaded image: "


def save(client: Any, names: Sequence[str], target: Path) -> int:
    """Escribe varias imágenes en un solo .tar, con sus capas comunes una vez. Devuelve los bytes que ocupa.

    Lanza UsageError si falta alguna. Si se interrumpe, no queda un archivo a medias con ese nombre.
    """
    absent = [name for name in names if not client.images.list(name=name)]
    if absent:
        raise UsageError(f"El motor no tiene: {', '.join(absent)}.", "Constrúyelas con: orquesta image build")
    api = client.api
    # El SDK solo guarda de una en una; la API, todas las que se nombren.
    # https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageGetAll
    url = f"{api.base_url}/v{api.api_version}/images/get"
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with api.get(url, params={"names": list(names)}, stream=True) as reply, partial.open("wb") as file:
            reply.raise_for_status()
            for piece in reply.iter_content(_CHUNK):
                file.write(piece)
        partial.replace(target)
    except OSError as error:
        raise files.explain(error, target, elsewhere="--to ARCHIVO") from error
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def load(client: Any, source: Path) -> list[str]:
    """Pone en el motor las imágenes de un archivo y devuelve sus nombres. Lanza UsageError si no se puede leer."""
    if not source.is_file():
        raise UsageError(f"No existe el archivo «{source}».", "Guárdalo antes con: orquesta image save")
    try:
        with source.open("rb") as file:
            said = "".join(str(entry.get("stream") or "") for entry in client.api.load_image(file))
    except OSError as error:
        raise UsageError(f"No puedo leer «{source}»: {files.reason(error)}.", "Revisa la ruta.") from error
    return sorted(line.removeprefix(_LOADED) for line in said.splitlines() if line.startswith(_LOADED))
