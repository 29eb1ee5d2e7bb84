"""El sitio con un capítulo y su laboratorio, construido una vez; y pestañas de Chromium sin red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "capturas"
SLUG = "06-deployments"
CHAPTER, LAB = f"capitulos/{SLUG}.html", f"laboratorios/{SLUG}.html"


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """La carpeta que se publicaría. El PDF, solo donde hay Chromium."""
    pytest.importorskip("sphinx", reason="no está instalado el grupo «site»")
    out = tmp_path_factory.mktemp("sitio")
    command = [sys.executable, "-m", "course.site", SLUG, "--out", str(out), *(["--pdf"] if chromium() else [])]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return out / "html"


def chromium() -> str | None:
    """La ruta de Chromium, si lo hay."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Tab:
    """Una pestaña abierta en un archivo: lo que pidió fuera de la carpeta y lo que falló."""

    page: Any
    strays: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def wide(self) -> int:
        """Los píxeles que ocupa la página a lo ancho."""
        return int(self.page.evaluate("() => document.documentElement.scrollWidth"))

    def shot(self, name: str) -> None:
        """Una captura en build/capturas."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))


class Reader:
    """Quien lee las páginas desde sus archivos, con la red cortada."""

    def __init__(self, chrome: Any, pages: Path) -> None:
        self._chrome = chrome
        self._pages = pages

    def open(self, page: str, width: int = 1280, dark: bool = False) -> Tab:
        """Una pestaña en `page` («glosario.html»)."""
        theme = "dark" if dark else "light"
        context = self._chrome.new_context(
            viewport={"width": width, "height": 900}, locale="es-ES", color_scheme=theme, offline=True
        )
        found = Tab(context.new_page())
        found.page.set_default_timeout(30_000)
        home = self._pages.as_uri()
        found.page.on("request", lambda one: one.url.startswith((home, "data:")) or found.strays.append(one.url))
        found.page.on("requestfailed", lambda one: found.complaints.append(one.url))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.goto(f"{home}/{page}")
        return found


@pytest.fixture(scope="module")
def reader(pages: Path) -> Iterator[Reader]:
    """Un Chromium para todas las pruebas del sitio."""
    found = chromium()
    if found is None:
        pytest.skip("no hay Chromium: instálalo con «apt-get install chromium»")
    playwright = pytest.importorskip("playwright.sync_api", reason="no está instalado playwright")
    with playwright.sync_playwright() as running:
        chrome = running.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield Reader(chrome, pages)
        chrome.close()
