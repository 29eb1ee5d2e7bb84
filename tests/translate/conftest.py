"""La tienda, y una aplicación con todo lo demás, leídas de sus manifiestos."""

from __future__ import annotations

from pathlib import Path

from lab_tools.objects import manifest
from lab_tools.translate import Translation, translate

HERE = Path(__file__).parent
FILES = ("tienda.yaml", "otros.yaml")


def translated(target: str, file: str = "tienda.yaml") -> Translation:
    return translate(manifest.load(HERE / file), target, "tienda")
