"""Leer un YAML del laboratorio, con el lector rápido de PyYAML si está compilado."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from lab_tools.errors import LabError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    """Lo que dice el archivo. `LabError` si no está o no es YAML."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    except OSError as error:
        raise LabError(f"No se puede leer «{path}».", f"{error.strerror}.") from error
    except yaml.YAMLError as error:
        raise LabError(f"«{path}» no es YAML: {error}.") from error
