"""Los resúmenes ya aceptados en esta máquina: lo que un día se comprobó no puede cambiar otro día sin que se note."""

from __future__ import annotations

import json
from pathlib import Path

from lab_tools import files
from lab_tools.errors import InfrastructureError

FILE = "tools.lock.json"


def load(folder: Path) -> dict[str, str]:
    """Programa, versión y plataforma → resumen SHA-256. Vacío si aún no se ha instalado nada."""
    path = folder / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise files.explain(error, path, "leer") from error
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise InfrastructureError(
            f"«{path}» no se entiende, y sin él no se sabe qué se aceptó.", f"Si te fías de la red: rm '{path}'"
        )
    return found


def add(folder: Path, key: str, digest: str) -> None:
    """Apunta un resumen aceptado."""
    path = folder / FILE
    try:
        files.write_atomic(path, json.dumps({**load(folder), key: digest}, indent=2, sort_keys=True) + "\n")
    except OSError as error:
        raise files.explain(error, path) from error


def demand(folder: Path, key: str, digest: str, source: str) -> None:
    """Lanza InfrastructureError si ya se aceptó otro resumen con ese nombre. `source`: dónde comprobarlo."""
    accepted = load(folder).get(key, "")
    if accepted and digest != accepted:
        raise InfrastructureError(
            f"La suma publicada de {key} ya no es la que se aceptó aquí.\n"
            f"  aceptada:  {accepted}\n  publicada: {digest}",
            "Lo publicado con una versión no cambia: puede que alguien lo haya sustituido. No se instala. Míralo en "
            f"{source}; si el cambio es legítimo, borra su línea de «{folder / FILE}».",
        )


def hold(folder: Path, key: str, digest: str, source: str) -> None:
    """Exige lo aceptado y, la primera vez, lo anota."""
    demand(folder, key, digest, source)
    if key not in load(folder):
        add(folder, key, digest)
