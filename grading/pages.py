"""El exportador de las páginas de comentarios: el HTML de nbconvert, sin leer cada página otra vez para retocarla.

Al terminar, `HTMLExporter` vuelve a analizar la página entera y la escribe de nuevo: pone texto a las imágenes que no
lo tienen y hace navegables unas celdas que nuestra plantilla no usa. Cuesta un tercio de la página. Aquí lo primero se
hace sobre el texto, en español, y lo segundo no hace falta.
"""

from __future__ import annotations

import re
from typing import Any

from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbformat.notebooknode import NotebookNode

_highlighter: Any = Highlight2HTML  # nbconvert anuncia tipos que la mitad de sus funciones no tienen
UNTOLD = "Imagen sin descripción"
_UNTOLD = re.compile(r"<img\b(?![^>]*\balt\s*=)", re.IGNORECASE)


class Page(HTMLExporter):
    """Una página de comentarios."""

    def from_notebook_node(  # type: ignore[override]  # como en HTMLExporter: texto, y no otro cuaderno
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """La página de `nb` y sus recursos."""
        exporter: Any = self
        exporter.register_filter("highlight_code", _highlighter(parent=self))
        html, found = TemplateExporter.from_notebook_node(self, nb, resources, **options)
        return _UNTOLD.sub(f'<img alt="{UNTOLD}"', html), found
