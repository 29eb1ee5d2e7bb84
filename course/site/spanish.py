"""Lo que el tema y Sphinx dejan en inglés, o a medias, en una página en español.

Los rótulos que lee quien no ve los iconos, y lo que la búsqueda dice de lo que ha encontrado.
"""

from __future__ import annotations

import json
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
# Lo que dice la búsqueda: Sphinx trae sin traducir cuántas páginas ha encontrado, y mal escrito que no hay ninguna.
_FOUND = "${resultCount} páginas hablan de eso."
_MESSAGES: dict[str, str | list[str]] = {
    "Search finished, found one page matching the search query.": ["Una página habla de eso.", _FOUND, _FOUND],
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've "
    "selected enough categories.": "Ninguna página habla de eso. Mira cómo está escrito, o prueba con otra palabra.",
}
_LABEL = re.compile(r'(?<=\s)(title|aria-label|placeholder)="(' + "|".join(map(re.escape, _WORDS)) + r')"')


def translate(pages: Path) -> None:
    """Traduce los rótulos de todas las páginas de una carpeta, y lo que dice su búsqueda."""
    for path in pages.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_LABEL.sub(lambda found: f'{found[1]}="{_WORDS[found[2]]}"', text), encoding="utf-8")
    said = pages / "_static" / "translations.js"
    if said.is_file():
        before, rest = said.read_text(encoding="utf-8").split("{", 1)
        known, end = json.JSONDecoder(strict=False).raw_decode("{" + rest)
        known["messages"].update(_MESSAGES)
        said.write_text(f"{before}{json.dumps(known)}{('{' + rest)[end:]}", encoding="utf-8")
