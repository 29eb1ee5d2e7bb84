"""Leer un YAML del laboratorio y decir, si está mal, en qué archivo y línea y cómo se cura.

Se lee con el lector rápido de PyYAML, si está compilado. Cuando algo no encaja se vuelve a leer despacio, con memoria
de líneas (`lab_tools.objects.yaml_source`), y solo entonces se paga por saber dónde.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from lab_tools.errors import LabError, ManifestError
from lab_tools.objects import yaml_source
from lab_tools.objects.yaml_source import Steps

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc]  # el lector en C no tiene tipos
    """El lector seguro, que además no admite dos veces la misma clave."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """El mapa. Lanza `YAMLError` si repite una clave: YAML se quedaría con la última sin avisar."""
        found = super().construct_mapping(node, deep)
        if len(found) != len(node.value) and not any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise yaml.constructor.ConstructorError(None, None, "clave repetida", node.start_mark)
        return found


def read(path: Path) -> Any:
    """Lo que dice el archivo. `LabError` si no está o no es un YAML, con su línea."""
    text = _text(path)
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise _damaged(path, text, error) from None
    except RecursionError:
        raise LabError(f"{path}: el YAML está anidado demasiado hondo.", "Ningún laboratorio lo necesita.") from None


def where(path: Path, steps: Steps = ()) -> str:
    """Dónde está un campo, para un mensaje: «lab.yaml:12». Si no está, dónde está lo que lo contiene."""
    try:
        lines = next(yaml_source.documents(path.read_text(encoding="utf-8"), str(path))).lines
    except (OSError, UnicodeError, ManifestError, StopIteration):
        return str(path)
    while steps and steps not in lines:
        steps = steps[:-1]
    return f"{path}:{lines.get(steps, 1)}"


@contextmanager
def located(path: Path, *steps: str | int) -> Iterator[None]:
    """Lo que se lance dentro dirá de qué línea del archivo viene."""
    try:
        yield
    except LabError as error:
        if error.placed:
            raise
        raise placed(f"{where(path, steps)}: {error.message}", error.cure) from None


def placed(message: str, cure: str) -> LabError:
    """Un error que ya dice su sitio: nadie le pondrá otro."""
    error = LabError(message, cure)
    error.placed = True
    return error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise placed(
            f"No se puede leer «{path}»: {_reason(error)}.", "Comprueba que está y que puedes leerlo."
        ) from None
    except UnicodeError:
        raise placed(f"«{path}» no es un texto en UTF-8.", "Guárdalo en UTF-8 desde tu editor.") from None


def _reason(error: OSError) -> str:
    known = {FileNotFoundError: "no está", PermissionError: "no hay permiso", IsADirectoryError: "es una carpeta"}
    return next((said for kind, said in known.items() if isinstance(error, kind)), f"error {error.errno} del sistema")


def _damaged(path: Path, text: str, error: yaml.YAMLError) -> LabError:
    """El error de YAML, en español y con su línea."""
    try:
        for _ in yaml_source.documents(text, str(path)):
            continue
    except ManifestError as told:
        return placed(f"{path}:{told.line or 1}: {told.message}", told.cure)
    mark = getattr(error, "problem_mark", None)
    return placed(
        f"{path}:{mark.line + 1 if mark else 1}: no se puede leer como YAML.",
        "Mira la sangría y las comillas de esa línea y de la anterior.",
    )
