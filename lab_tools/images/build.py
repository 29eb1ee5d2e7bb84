"""Construir las imágenes de la tienda con el motor de esta máquina, sin terminal ni registro de por medio."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_tools.errors import ClusterError
from lab_tools.images import base as local_base
from lab_tools.images.context import PREFIX, available, context, numbers
from lab_tools.images.told import last_words

# De la que se parte si no se dice otra; «local» es la que se hace con el Python de esta máquina.
BASE = "python:3.13-slim"
LOCAL = "local"


@dataclass(frozen=True)
class Built:
    """Una imagen hecha. `size`: todo lo que ocupa; `own`: lo que añade a la base. En bytes."""

    name: str
    id: str
    base: str
    size: int
    own: int


def build(
    client: Any, wanted: list[tuple[str, str]], base: str = BASE, prefix: str = "",
    say: Callable[[str], None] = lambda _text: None,
) -> list[Built]:  # fmt: skip
    """Construye `PREFIJO/tienda-SERVICIO:VERSIÓN` de cada par (servicio, versión); sin pares, todas.

    Lanza UsageError si alguna no existe, antes de construir ninguna, y ClusterError con lo último que dijo el motor.
    """
    wanted = wanted or list(available())
    for service, version in wanted:
        numbers(service, version)
    parent = local_base.ensure(client) if base == LOCAL else base
    found = []
    for service, version in wanted:
        name = image_name(service, version, prefix)
        say(f"Construir {name}…")
        found.append(_build(client, service, version, name, parent))
    return found


def image_name(service: str, version: str, prefix: str = "") -> str:
    """El nombre con que se construye; `prefix` es un registro, con su proyecto si lo hay."""
    return f"{prefix.rstrip('/')}/{PREFIX}{service}:{version}" if prefix else f"{PREFIX}{service}:{version}"


def _build(client: Any, service: str, version: str, name: str, base: str) -> Built:
    import docker

    with tempfile.TemporaryDirectory(prefix="orquesta-imagen-") as folder:
        path = context(Path(folder) / service, service, version)
        try:
            image, _ = client.images.build(
                path=str(path), tag=name, rm=True, forcerm=True, buildargs={"BASE": base, "SERVICIO": service}
            )
        except docker.errors.BuildError as error:
            said = f"No se ha podido construir «{name}»:\n  {last_words(error.build_log)}"
            cure = "Si falta la base y no hay registro, parte de este Python: --base local"
            raise ClusterError(said, cure) from error
    below = client.images.get(base)
    return Built(name, image.id, base, int(image.attrs["Size"]), int(image.attrs["Size"]) - int(below.attrs["Size"]))
