"""Una extensión de Sphinx: en cada apartado, la primera vez que sale un término es un enlace al glosario.

La página enseña la definición al pasar por encima o al llegar con el teclado (`static/glosario.js`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

from course.site.book import TERMS
from course.site.glossary import PAGE
from course.site.shelf import CHAPTERS, LABS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Donde un enlace estorbaría: títulos, código, otros enlaces y las salidas de las celdas.
_QUIET = (nodes.title, nodes.literal, nodes.literal_block, nodes.reference, nodes.raw, nodes.container, nodes.caption)
_ENOUGH = "Glosario"


def setup(app: Sphinx) -> dict[str, Any]:
    """Se apunta a que cada página esté resuelta."""
    app.connect("doctree-resolved", _link_words)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _link_words(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.builder.name != "html" or not docname.startswith((f"{CHAPTERS}/", f"{LABS}/")):
        return
    forms = json.loads((Path(app.srcdir) / TERMS).read_text(encoding="utf-8"))
    if not forms:
        return
    home = app.builder.get_relative_uri(docname, PAGE)
    pattern = re.compile(
        r"(?<![\w-])(" + "|".join(map(re.escape, sorted(forms, key=len, reverse=True))) + r")(?![\w-])"
    )
    for section in doctree.findall(nodes.section):
        if section.next_node(nodes.title).astext() != _ENOUGH:
            _link_section(section, pattern, forms, home)


def _link_section(section: nodes.section, pattern: re.Pattern[str], forms: dict[str, str], home: str) -> None:
    seen: set[str] = set()
    for text in list(section.findall(nodes.Text)):
        if _is_own(text, section):
            _link_text(text, pattern, forms, home, seen)


def _is_own(text: nodes.Text, section: nodes.section) -> bool:
    """Si el texto es prosa de este apartado y no de uno de dentro, ni código escrito con HTML."""
    siblings = text.parent.children
    before = siblings[text.parent.index(text) - 1] if text.parent.index(text) else None
    if isinstance(before, nodes.raw) and before.astext().startswith("<code"):
        return False
    node: Any = text.parent
    while node is not section:
        if isinstance(node, (nodes.section, *_QUIET)) and "cell" not in node.get("classes", []):
            return False
        node = node.parent
    return True


def _link_text(text: nodes.Text, pattern: re.Pattern[str], forms: dict[str, str], home: str, seen: set[str]) -> None:
    said, made, end = text.astext(), [], 0
    for found in pattern.finditer(said):
        anchor = forms[found[0]]
        if anchor in seen:
            continue
        seen.add(anchor)
        link = nodes.reference("", found[0], internal=True, refuri=f"{home}#{anchor}", classes=["termino"])
        made += [nodes.Text(said[end : found.start()]), link]
        end = found.end()
    if made:
        text.parent.replace(text, [*made, nodes.Text(said[end:])])
