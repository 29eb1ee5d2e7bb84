"""Dónde guarda Orquesta lo suyo: una carpeta por usuario, con permisos 0700, y dentro una por clúster."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lab_tools import files


def root() -> Path:
    """La carpeta de Orquesta: ORQUESTA_HOME o la de datos del usuario en esta plataforma. No la crea."""
    chosen = os.environ.get("ORQUESTA_HOME", "")
    return Path(chosen).expanduser().absolute() if chosen else _platform() / "orquesta"


def clusters() -> Path:
    """La carpeta de los clústeres. No la crea."""
    return root() / "clusters"


def kind_clusters() -> Path:
    """La carpeta de lo apuntado sobre los clústeres de kind. No la crea."""
    return root() / "kind"


def attached() -> Path:
    """La carpeta de lo apuntado sobre los clústeres ajenos. No la crea."""
    return root() / "attached"


def tools() -> Path:
    """La carpeta de los programas que instala `orquesta tools install`. No la crea."""
    return root() / "bin"


def prepare() -> Path:
    """Crea, si faltan, la carpeta de Orquesta y la de los clústeres, y devuelve esta. Lanza InfrastructureError."""
    files.private_directory(root())
    return files.private_directory(clusters())


def _platform() -> Path:
    # https://specifications.freedesktop.org/basedir-spec/latest/ y sus equivalentes.
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    data = os.environ.get("XDG_DATA_HOME", "")
    # La norma manda no hacer caso de una ruta relativa.
    return Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"
