"""La carpeta con que se construye una imagen de la tienda: el programa, su Dockerfile y los números de su versión.

    context(carpeta, "api", "1.1")        y después:  docker build --tag tienda-api:1.1 carpeta

`BASE` es la imagen de Python de la que se parte (`--build-arg BASE=…`), para quien tenga la suya.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from lab_tools.embedded.workloads.table import Image, Reference, Workloads
from lab_tools.errors import UsageError
from lab_tools.objects.quantity import bytes_

PREFIX = "tienda-"
NUMBERS = "numeros.json"
PROGRAM = "tienda.py"
# Lo que el programa de verdad necesita saber; lo demás (peso, descarga, CPU en reposo) lo pone la realidad.
_FIELDS = ("version", "entrypoint", "listens", "after", "paths", "exits", "term", "log", "serves", "works")
_SIZES = ("memory", "leak")


def context(folder: Path, service: str, version: str, table: Workloads | None = None) -> Path:
    """Llena `folder` (que se crea) con lo que hace falta para construir `tienda-SERVICIO:VERSIÓN`; la devuelve.

    Lanza `UsageError` si la tabla no tiene esa imagen.
    """
    found = numbers(service, version, table)
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(files("lab_tools.images") / "tienda") as source:
        for name in (PROGRAM, "Dockerfile"):
            shutil.copyfile(source / name, folder / name)
    (folder / NUMBERS).write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return folder


def numbers(service: str, version: str, table: Workloads | None = None) -> dict[str, Any]:
    """Los números de una versión de un servicio, con los tamaños en bytes."""
    image = (table or Workloads.load()).image(Reference.parse(f"{PREFIX}{service}:{version}"))
    if image is None or (service, version) not in available(table):
        listed = ", ".join(f"{one}:{tag}" for one, tag in available(table))
        raise UsageError(f"La tienda no tiene «{service}:{version}».", f"Tiene: {listed}.")
    return _plain(image)


def available(table: Workloads | None = None) -> Iterator[tuple[str, str]]:
    """Los servicios de la tienda que hablan HTTP (o con nadie) y sus versiones, por su orden en la tabla."""
    for image in (table or Workloads.load()).all():
        name = image.reference.path.rpartition("/")[2]
        if name.startswith(PREFIX) and "grpc" not in image.behaviour:
            yield name.removeprefix(PREFIX), image.reference.tag


def _plain(image: Image) -> dict[str, Any]:
    found = {name: image.behaviour[name] for name in _FIELDS if name in image.behaviour}
    serves = dict(found.get("serves") or {})
    found["serves"] = {**serves, **{name: bytes_(str(serves[name])) for name in _SIZES if name in serves}}
    if "size" in (kept := serves.get("keeps") or {}):
        found["serves"]["keeps"] = {**kept, "size": bytes_(str(kept["size"]))}
    found["leak"] = image.leak
    return found
