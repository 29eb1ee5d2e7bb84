"""Una extensión de Sphinx: el texto de las páginas, para que la búsqueda enseñe un trozo también sin servidor.

Sphinx pide cada página encontrada para sacar de ella unas líneas, y desde `file://` el navegador no la da. Se deja
aparte el texto de todas, que solo carga la página de búsqueda y solo en ese caso (`static/extractos.js`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

TEXTS = "textos.js"
SCRIPT = "extractos.js"
_SEARCH = "search"


def setup(app: Sphinx) -> dict[str, Any]:
    """Se apunta a la página de búsqueda y al final."""
    app.connect("html-page-context", _for_search)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def text(doctree: nodes.document) -> str:
    """Lo que se lee en una página, en una línea y sin el HTML que lleve."""
    said = (one.astext() for one in doctree.findall(nodes.Text) if not isinstance(one.parent, nodes.raw))
    return " ".join(" ".join(said).split())


def _for_search(app: Sphinx, pagename: str, *_: object) -> None:
    if app.builder.name == "html" and pagename == _SEARCH:
        app.add_js_file(SCRIPT)


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html":
        return
    pages = {app.builder.get_target_uri(name): text(app.env.get_doctree(name)) for name in sorted(app.env.found_docs)}
    said = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    (Path(app.outdir) / "_static" / TEXTS).write_text(f"window.ORQUESTA_TEXTOS = {said};\n", encoding="utf-8")
