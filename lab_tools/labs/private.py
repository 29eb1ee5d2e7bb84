"""La carpeta privada de quien imparte el curso: el secreto de las variantes, las reservadas de verdad y los plazos.

El repositorio es público, y sus reservadas son una muestra. La carpeta privada no se publica nunca:

    secreto                 64 cifras hexadecimales, que se hacen una vez (`Private.create`)
    plazos.yaml             06-deployments: 2026-03-01T23:59:00+01:00
    06-deployments/         checks.yaml y checks.py: sustituyen a labs/06-deployments/hidden

La semilla de cada estudiante es HMAC-SHA256 (RFC 2104) del laboratorio y su id con el secreto: quien no lo tiene no
puede calcularla, y quien corrige la calcula otra vez en lugar de creer la que venga en la entrega.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
from datetime import datetime
from pathlib import Path

from lab_tools.errors import LabError
from lab_tools.labs.deadline import parse
from lab_tools.labs.source import located, placed, read
from lab_tools.labs.variant import FILE

ENVIRONMENT = "ORQUESTA_PRIVATE"
SECRET, DEADLINES, CHECKS = "secreto", "plazos.yaml", "checks.yaml"
_SECRET = re.compile(r"[0-9a-f]{64}")
_SEED_DIGITS = 32


class Private:
    """La carpeta privada de un curso. Solo se lee; `create` la hace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"Private({str(self.folder)!r})"

    @classmethod
    def create(cls, folder: Path) -> Private:
        """Hace la carpeta y su secreto, si faltan. Un secreto que ya está no se toca: cambiaría todas las variantes."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / SECRET
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
        return cls(folder)

    def seed(self, lab_id: str, student: str) -> str:
        """La semilla de un estudiante en un laboratorio («L06»): 32 cifras hexadecimales. `LabError` sin secreto."""
        if not student.strip():
            raise LabError("No hay variante para un estudiante sin id.", "Di su id, el mismo de la lista de clase.")
        return hmac.new(self._secret(), f"{lab_id}/{student}".encode(), "sha256").hexdigest()[:_SEED_DIGITS]

    def variant(self, folder: Path, student: str) -> dict[str, str]:
        """Lo que va en el `variant.json` de un estudiante para el laboratorio de `folder`, plazo incluido si lo hay.

        Lleva la semilla y no los valores: la avería que le toca no se lee a simple vista.
        """
        source = read(folder / "lab.yaml")
        found = {"lab": str(source["id"]), "seed": self.seed(str(source["id"]), student)}
        due = self.due(str(source["slug"]))
        return found | ({"due": due.isoformat()} if due else {})

    def write_variant(self, folder: Path, student: str, place: Path) -> Path:
        """Escribe el `variant.json` de un estudiante en la carpeta `place` y devuelve su ruta."""
        path = place / FILE
        path.write_text(json.dumps(self.variant(folder, student), indent=2) + "\n", encoding="utf-8")
        return path

    def due(self, slug: str) -> datetime | None:
        """El plazo de un laboratorio, con su zona horaria; `None` si no tiene."""
        path = self.folder / DEADLINES
        if not path.is_file():
            return None
        found = read(path) or {}
        if not isinstance(found, dict):
            raise placed(
                f"{path}:1: no trae plazos.", "Escribe uno por línea: «06-deployments: 2026-03-01T23:59:00+01:00»."
            )
        if slug not in found:
            return None
        with located(path, slug):
            return parse(found[slug])

    def hidden(self, slug: str) -> Path | None:
        """La carpeta con las reservadas de un laboratorio; `None` si aquí no está."""
        folder = self.folder / slug
        return folder if (folder / CHECKS).is_file() else None

    def _secret(self) -> bytes:
        path = self.folder / SECRET
        cure = "Recupera el de tu copia (con otro cambian las variantes), o hazlo con lab_tools.labs.private."
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeError):
            raise LabError(f"No se puede leer el secreto de las variantes, «{path}».", cure) from None
        if not _SECRET.fullmatch(text):
            raise LabError(f"«{path}» no es un secreto: han de ser 64 cifras hexadecimales.", cure)
        return bytes.fromhex(text)


def given() -> Private | None:
    """La carpeta que dice ORQUESTA_PRIVATE; `None` si no dice ninguna. `LabError` si dice una que no está."""
    said = os.environ.get(ENVIRONMENT, "").strip()
    if not said:
        return None
    folder = Path(said)
    if not folder.is_dir():
        raise LabError(
            f"{ENVIRONMENT} dice «{said}», y ahí no hay ninguna carpeta.", "Corrige la ruta, o quita la variable."
        )
    return Private(folder)
