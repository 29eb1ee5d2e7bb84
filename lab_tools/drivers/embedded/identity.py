"""La identidad de los servidores: una por persona, y una copia en cada clúster."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from lab_tools.drivers import home
from lab_tools.embedded.server import settings


def shared() -> Path:
    return home.root() / settings.PKI


def copy(source: Path, target: Path) -> None:
    """La identidad del servidor es una por persona: hacerla cuesta tanto como arrancar media API.

    Si no se puede copiar, el servidor hará la suya.
    """
    if target.exists() or not source.exists():
        return
    # Entera o nada: un certificado de una copia con la autoridad de otra no sirve.
    partial = target.with_name(f".{target.name}-{os.getpid()}")
    with contextlib.suppress(OSError):
        shutil.copytree(source, partial)
        partial.chmod(0o700)
        partial.rename(target)
    shutil.rmtree(partial, ignore_errors=True)
