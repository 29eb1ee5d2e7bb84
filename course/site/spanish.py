"""Lo que el tema y Sphinx dejan en inglés en una página en español: los rótulos que lee quien no ve los iconos."""

from __future__ import annotations

import re
from pathlib import Path

_WORDS = {
    "Link to this heading": "Enlace a este apartado",
    "Search...": "Buscar…",
    "Toggle primary sidebar": "Mostrar u ocultar el índice",
    "Toggle secondary sidebar": "Mostrar u ocultar los apartados de esta página",
    "Main": "Principal",
    "Page": "Página",
    "Site": "Sitio",
    "On this page": "En esta página",
    "Descarga esta pagina": "Descargar esta página",
    "Descargar archivo fuente": "Descargar el cuaderno",
    "Breadcrumb": "Dónde estás",
    "Permalink to this image": "Enlace a esta imagen",
}
_LABEL = re.compile(r'(?<=\s)(title|aria-label|placeholder)="(' + "|".join(map(re.escape, _WORDS)) + r')"')


def translate(pages: Path) -> None:
    """Traduce los rótulos de todas las páginas de una carpeta."""
    for path in pages.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_LABEL.sub(lambda found: f'{found[1]}="{_WORDS[found[2]]}"', text), encoding="utf-8")
