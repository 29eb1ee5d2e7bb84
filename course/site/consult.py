"""Las páginas para consultar que salen de mirar el libro: el índice de conceptos y lo que trae cada capítulo."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from mdit_py_plugins.anchors.index import slugify

from course import concepts, pieces
from course.site.shelf import CHAPTERS, LABS, Entry

CONCEPTS, CONTENTS = "conceptos", "contenido"
# Las clases de casos de una auditoría y cómo se titula su columna.
_AUDITED = {
    "intacto": "sin tocar",
    "solución": "soluciones",
    "error típico": "errores típicos",
    "mutante dañino": "mutantes que pierden",
    "mutante inofensivo": "mutantes que no",
    "requisito": "requisitos",
}
_EXPLAINED = """Cuántos casos salieron como debían, de los que se jugaron. Sin tocar nada la nota es 0; una solución la
gana entera; un error típico, la que dice su autor; un cambio que estropea la solución pierde puntos, y uno que no, no.
"""


def index(entries: Iterable[Entry]) -> str:
    """La página del índice: cada concepto, por orden alfabético, con el apartado que lo enseña (MyST)."""
    ready = {entry.slug: entry for entry in entries if entry.ready}
    texts = {slug: entry.source.read_text(encoding="utf-8") for slug, entry in ready.items()}
    found: dict[str, list[str]] = {}
    for concept in concepts.listed():
        title = concept.where(texts[concept.slug]) if concept.slug in texts else None
        if title is not None:
            found.setdefault(concept.name, []).append(_where(ready[concept.slug], title))
    lines = ["# Índice de conceptos", "", "Cada concepto y el apartado que lo enseña.", ""]
    letter = ""
    for name in sorted(found, key=_plain):
        if _plain(name)[0] != letter:
            letter = _plain(name)[0]
            lines += [f"## {letter.upper()}", ""]
        lines.append(f"- **{name}** · {' · '.join(found[name])}")
    return "\n".join([*lines, ""])


def contents(entries: Iterable[Entry], audits: Mapping[str, Mapping[str, Any]]) -> str:
    """Qué trae cada capítulo, y cómo salió la auditoría de cada laboratorio (`audits`: carpeta -> su JSON)."""
    entries = list(entries)
    names = [*pieces.PIECES, pieces.LAB]
    lines = ["# Qué trae cada capítulo", "", *_head("Capítulo", names)]
    for entry in entries:
        if entry.ready:
            there = pieces.count(entry.source.parent)
            link = f"[{entry.numbered}]({CHAPTERS}/{entry.slug}.ipynb)"
            lines.append(f"| {link} | {' | '.join(str(there[name] or '—') for name in names)} |")
    if audits:
        lines += ["", "## Los laboratorios, puestos a prueba", "", *_audited(entries, audits)]
    return "\n".join([*lines, ""])


def _audited(entries: Iterable[Entry], audits: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [_EXPLAINED, *_head("Laboratorio", _AUDITED.values())]
    for entry in entries:
        if entry.practised and entry.slug in audits:
            rows = audits[entry.slug]["rows"]
            cells = [[row["ok"] for row in rows if row["kind"] == kind] for kind in _AUDITED]
            link = f"[{entry.slug[:2]}. {entry.title}]({LABS}/{entry.slug}.ipynb)"
            lines.append(f"| {link} | {' | '.join(f'{sum(cell)} de {len(cell)}' for cell in cells)} |")
    return lines


def _head(first: str, names: Iterable[str]) -> list[str]:
    """El encabezado de una tabla de Markdown."""
    columns = [first, *names]
    return [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]


def _where(entry: Entry, title: str) -> str:
    chapter = f"{CHAPTERS}/{entry.slug}.ipynb"
    shown = re.sub(r"[`*]", "", title)
    return f"capítulo {int(entry.slug[:2])}, [{shown}]({chapter}#{slugify(shown)})"


def _plain(name: str) -> str:
    return unicodedata.normalize("NFD", name.lower()).encode("ascii", "ignore").decode()
