"""El HTML ajeno que se puede enseñar: forma, sí; código, direcciones raras y disfraces, no.

El filtro de nbconvert también quita los títulos, los párrafos y las listas, y los deja a la vista como texto. Este
conserva lo que usa un cuaderno y nada que se ejecute, se pida a otra máquina o se parezca a nuestra propia página.
"""

from __future__ import annotations

import functools
from typing import Any

import bleach
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

_TAGS = """
a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li mark ol p pre s small
span strong sub summary sup table tbody td tfoot th thead tr u ul
"""
TAGS = frozenset(_TAGS.split())
CLASSES = frozenset({"code", "div", "pre", "span"})  # el color de un programa y los recuadros de los enunciados
OWN = frozenset({"cabecera", "celda", "comentario", "criterios", "logrado", "pendiente", "puntos", "oculto"})
ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}}
PROTOCOLS = frozenset({"http", "https", "mailto", "data"})
# Un enlace a un archivo de la entrega se abriría con la cuenta de quien mira.
LINKS = ("#", "http:", "https:", "mailto:")
_markdown: Any = MarkdownWithMath  # nbconvert anuncia tipos que la mitad de sus funciones no tienen
_renderer: Any = IPythonRenderer


def clean_html(html: object) -> str:
    """El mismo HTML con las etiquetas y los atributos permitidos; lo demás desaparece."""
    return _clean(str(html))


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """El Markdown de una celda como HTML que se puede enseñar. El formgrader no lo limpia por su cuenta.

    Las imágenes pegadas en la celda (`attachments`) van dentro de la página.
    """
    cell: Any = context.get("cell", {})
    renderer = _renderer(escape=False, attachments=cell.get("attachments", {}), exclude_anchor_links=True)
    return clean_html(_markdown(renderer=renderer).render(source))


@functools.lru_cache(maxsize=256)  # el enunciado y las celdas fijas son los mismos en todas las páginas de una clase
def _clean(html: str) -> str:
    return str(bleach.clean(html, tags=TAGS, attributes=_allowed, protocols=PROTOCOLS, strip=True))


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return tag in CLASSES and not OWN & set(value.split())
    if tag == "img":
        return name in ("alt", "title") or (name == "src" and value.startswith("data:image/"))
    if name == "href" and not value.strip().lower().startswith(LINKS):
        return False
    return name in ATTRIBUTES.get(tag, ())
