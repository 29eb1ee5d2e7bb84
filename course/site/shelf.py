"""Qué hay en el libro y en qué orden: partes, capítulos y laboratorios, de `course/indice.yaml`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from lab_tools.errors import LabError

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS, LABS = "capitulos", "laboratorios"


@dataclass(frozen=True)
class Entry:
    """Un capítulo del índice, esté escrito o no. Si no se ha pedido (`asked`), es como si no lo estuviera."""

    slug: str
    title: str
    asked: bool = True

    @property
    def numbered(self) -> str:
        """«6. Deployments: …»."""
        return f"{int(self.slug[:2])}. {self.title}"

    @property
    def source(self) -> Path:
        """Su fuente."""
        return ROOT / "course" / self.slug / "leccion.md"

    @property
    def ready(self) -> bool:
        """Si está escrito."""
        return self.asked and self.source.is_file()

    @property
    def lab(self) -> Path:
        """La carpeta de su laboratorio, lo haya o no."""
        return ROOT / "labs" / self.slug

    @property
    def practised(self) -> bool:
        """Si tiene laboratorio."""
        return self.asked and (self.lab / "lab.yaml").is_file()

    @property
    def pages(self) -> list[str]:
        """Sus páginas, en orden de lectura y sin extensión: el capítulo y su laboratorio, los que haya."""
        there = [f"{CHAPTERS}/{self.slug}"] if self.ready else []
        return [*there, f"{LABS}/{self.slug}"] if self.practised else there


@dataclass(frozen=True)
class Part:
    """Una parte del libro: su nombre, con el número romano, y sus capítulos."""

    title: str
    entries: list[Entry] = field(default_factory=list)


def parts(only: Collection[str] = ()) -> list[Part]:
    """Las partes del libro, en orden. Con `only`, solo se han pedido los capítulos de esas carpetas.

    Lanza LabError si el índice no tiene alguna.
    """
    found: list[Part] = []
    for entry in yaml.safe_load((ROOT / "course" / "indice.yaml").read_text(encoding="utf-8")):
        if "parte" in entry or not found:
            found.append(Part(entry.get("parte", "")))
        asked = not only or entry["carpeta"] in only
        found[-1].entries.append(Entry(entry["carpeta"], entry["titulo"], asked))
    known = [entry.slug for part in found for entry in part.entries]
    if unknown := sorted(set(only) - set(known)):
        raise LabError(f"No hay ningún capítulo «{unknown[0]}».", f"Los que hay: {', '.join(known)}.")
    return found
