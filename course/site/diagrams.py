"""Los diagramas de Mermaid, dibujados al construir: un SVG dentro de la página, con su pie como texto alternativo."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from html import escape

from lab_tools.errors import LabError

# Un diagrama y, detrás, su pie: el párrafo en cursiva que lo cuenta con palabras.
_DIAGRAM = re.compile(r"^```mermaid\n(?P<code>.*?)^```\n(?:\n\*(?P<caption>[^*].*?)\*(?=\n\n|\n*\Z))?", re.S | re.M)
_STYLE = '%%{init: {"theme": "neutral", "fontFamily": "system-ui, sans-serif"}}%%\n'


def draw_all(markdown: str) -> str:
    """El texto con cada diagrama en una figura. Lanza LabError si alguno no se puede dibujar."""
    return _DIAGRAM.sub(lambda found: figure(found["code"], found["caption"] or ""), markdown)


def figure(code: str, caption: str) -> str:
    """Una figura de HTML: el dibujo y su pie. `code` es Mermaid; `caption`, Markdown en línea."""
    said = " ".join(re.sub(r"[`*_]", "", caption).split())
    svg = re.sub(r"\A<svg ", f'<svg role="img" aria-label="{escape(said or "Diagrama")}" ', draw(code))
    below = f"<figcaption>{_inline(caption)}</figcaption>" if caption else ""
    return f'<figure class="diagrama"><div class="lienzo" tabindex="0">{svg}</div>{below}</figure>\n'


@lru_cache(maxsize=256)
def draw(code: str) -> str:
    """El SVG de un diagrama, en una sola línea y con identificadores que no usa ningún otro."""
    import mermaidx

    try:
        svg = mermaidx.render(_STYLE + code).svg()
    except RuntimeError as error:
        raise LabError(f"Mermaid no entiende este diagrama: {error}\n{code}", "Corrígelo en el capítulo.") from error
    mark = "d" + hashlib.sha256(code.encode()).hexdigest()[:8]
    one_line = re.sub(r"\s*\n\s*", " ", svg).replace("my-svg", mark)
    head, rest = one_line[: one_line.index(">")], one_line[one_line.index(">") :]
    return re.sub(r' role="[^"]*"| aria-roledescription="[^"]*"', "", head) + rest


def _inline(markdown: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", " ".join(escape(markdown, quote=False).split()))
