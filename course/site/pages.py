"""Un capítulo ejecutado, preparado para leerlo en una página."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection
from typing import Any

from course.site import diagrams
from course.site.shelf import CHAPTERS, LABS

_WIDGET = "application/vnd.jupyter.widget-view+json"
# La tinta que `course.build` pone para JupyterLab: aquí la pone la hoja de estilo, en claro y en oscuro.
_INK = ' style="color:#1f2933"'
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<path>(?!https?:|#)[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_TARGET = re.compile(r"(?:(?P<lab>.*labs/))?.*?(?P<slug>\d\d-[\w-]+)/(?:leccion|lab)\.(?:md|ipynb)$")


def chapter(executed: Any, there: Collection[str]) -> Any:
    """El cuaderno de la página: sin el pie (el sitio pone el suyo), sin widgets y con los diagramas dibujados.

    `there`: las páginas que hay, sin extensión («capitulos/06-deployments»).
    """
    book = copy.deepcopy(executed)
    book.metadata.pop("widgets", None)
    book.cells = book.cells[:-1]
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = prose(cell.source, there)
        elif cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _WIDGET not in output.get("data", {})]
    return book


def prose(markdown: str, there: Collection[str]) -> str:
    """El texto de una celda para una página."""
    return _LINK.sub(lambda found: _link(found, there), diagrams.draw_all(markdown.replace(_INK, "")))


def _link(found: re.Match[str], there: Collection[str]) -> str:
    """Un enlace a otro capítulo o a un laboratorio lleva a su página; si aún no la hay, queda el texto."""
    target = _TARGET.match(found["path"])
    if target is None:
        return found[0]
    folder = LABS if target["lab"] else CHAPTERS
    page = f"{folder}/{target['slug']}"
    return f"[{found['text']}](../{page}.ipynb)" if page in there else found["text"]
