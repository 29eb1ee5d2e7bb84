"""El libro entero en un PDF: Chromium imprime la página única que dejó Sphinx."""

from __future__ import annotations

import tempfile
from pathlib import Path

from course.site.book import Place
from lab_tools import process
from lab_tools.errors import LabError

NAME = "orquesta.pdf"
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def write(place: Place) -> Path:
    """Escribe `orquesta.pdf` junto a las páginas, con marcadores y etiquetas. Lanza LabError si no hay Chromium."""
    browser = next((found for name in _CHROMIUM if (found := process.which(name))), None)
    if browser is None:
        raise LabError("Para el PDF hace falta Chromium.", "Instálalo con: apt-get install chromium. O no pidas --pdf.")
    target = place.pages / NAME
    with tempfile.TemporaryDirectory(prefix="orquesta-pdf-") as profile:
        process.run(
            [
                str(browser), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                f"--user-data-dir={profile}", "--no-pdf-header-footer", "--generate-pdf-document-outline",
                "--export-tagged-pdf", "--virtual-time-budget=10000", f"--print-to-pdf={target}",
                (place.single / "index.html").as_uri(),
            ],
            timeout=180,
        )  # fmt: skip
    if not target.is_file():
        raise LabError("Chromium no ha escrito el PDF.", "Repítelo; si sigue, abre el libro e imprímelo desde ahí.")
    return target
