"""Compone las páginas: prepara las fuentes en una carpeta y llama a Sphinx."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import nbformat
from sphinx.cmd.build import build_main

from course.site import consult, execution, glossary, pages, spanish, tasks
from course.site.shelf import CHAPTERS, LABS, Entry, Part, parts
from lab_tools.errors import LabError

HERE = Path(__file__).resolve().parent
# De qué término es cada palabra: lo lee `course.site.words`.
TERMS = "terminos.json"
_READY = "<!-- capítulos -->"
_TO_CONSULT = (glossary.PAGE, consult.CONCEPTS, consult.CONTENTS)
NO_AUDITS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Place:
    """Las carpetas de una construcción: las fuentes preparadas, las páginas y el libro en una sola."""

    out: Path

    @property
    def sources(self) -> Path:
        """Lo que lee Sphinx."""
        return self.out / "fuentes"

    @property
    def pages(self) -> Path:
        """Lo que se publica."""
        return self.out / "html"

    @property
    def single(self) -> Path:
        """El libro entero en una página, para imprimirlo."""
        return self.out / "libro"


def build(
    out: Path, jobs: int, only: Collection[str] = (), paper: bool = False, audits: Mapping[str, Any] = NO_AUDITS
) -> Place:
    """Ejecuta lo que haga falta y escribe las páginas; con `paper`, también el libro en una sola.

    `only`: las carpetas de los capítulos que se quieren; vacío, todos. `audits`: carpeta de un laboratorio -> su
    auditoría, como la da `orquesta lab audit --json`.

    Lanza LabError si un capítulo falla o si Sphinx avisa de algo: un enlace roto no se publica.
    """
    place = Place(out)
    book = parts(only)
    entries = [entry for part in book for entry in part.entries]
    executed = execution.run([entry for entry in entries if entry.ready], out / "ejecutado", jobs)
    _stage(place, book, entries, executed, paper)
    (place.sources / f"{consult.CONCEPTS}.md").write_text(consult.index(entries), encoding="utf-8")
    (place.sources / f"{consult.CONTENTS}.md").write_text(consult.contents(entries, audits), encoding="utf-8")
    _compose(place, "html", place.pages)
    spanish.translate(place.pages)
    _downloads(place, entries, executed)
    if paper:
        _compose(place, "singlehtml", place.single)
    return place


def _stage(place: Place, book: list[Part], entries: list[Entry], executed: dict[str, Any], paper: bool) -> None:
    shutil.rmtree(place.sources, ignore_errors=True)
    for folder in (CHAPTERS, LABS, "_datos"):
        (place.sources / folder).mkdir(parents=True)
    there = {page for entry in entries for page in entry.pages}
    for entry in entries:
        if entry.ready:
            nbformat.write(pages.chapter(executed[entry.slug], there), place.sources / f"{CHAPTERS}/{entry.slug}.ipynb")
        if entry.practised:
            nbformat.write(tasks.page(entry, there), place.sources / f"{tasks.name(entry)}.ipynb")
    terms = glossary.gather([entry for entry in entries if entry.ready])
    (place.sources / f"{glossary.PAGE}.md").write_text(glossary.page(terms), encoding="utf-8")
    (place.sources / "index.md").write_text(front(book, paper), encoding="utf-8")
    linked = {form: term.anchor for form, term in glossary.forms(terms).items()}
    (place.sources / TERMS).write_text(json.dumps(linked, ensure_ascii=False), encoding="utf-8")
    said = {term.anchor: [term.heading, _plain(term.says)] for term in terms}
    data = f"window.ORQUESTA_GLOSARIO = {json.dumps(said, ensure_ascii=False)};\n"
    (place.sources / "_datos" / "glosario-datos.js").write_text(data, encoding="utf-8")


def front(book: list[Part], paper: bool) -> str:
    """La portada: su texto, la lista de capítulos y, sin que se vea, el orden de las páginas."""
    text = (HERE / "portada.md").read_text(encoding="utf-8")
    listed, trees = [], []
    for part in book:
        listed += [f"**{part.title}**", "", *(f"- {_line(entry)}" for entry in part.entries), ""]
        if there := [page for entry in part.entries for page in entry.pages]:
            trees += ["```{toctree}", ":hidden:", f":caption: {part.title}", "", *there, "```", ""]
    trees += ["```{toctree}", ":hidden:", ":caption: Para consultar", "", *_TO_CONSULT, "```", ""]
    pdf = (
        "El libro entero, para imprimir o leer sin pantalla: [orquesta.pdf](orquesta.pdf){.external}.\n"
        if paper
        else ""
    )
    return text.replace(_READY, "\n".join([*listed, pdf, *trees]))


def check_links(place: Place) -> None:
    """Pide cada enlace de fuera que tienen las páginas preparadas. Hace falta red.

    Lanza LabError si alguno no contesta; Sphinx dice cuáles.
    """
    _compose(place, "linkcheck", place.out / "enlaces")


def _line(entry: Entry) -> str:
    title = (
        f"[{entry.numbered}]({CHAPTERS}/{entry.slug}.ipynb)"
        if entry.ready
        else f"{int(entry.slug[:2])}\\. {entry.title} *(en preparación)*"
    )
    return f"{title} · [laboratorio]({LABS}/{entry.slug}.ipynb)" if entry.practised else title


def _plain(markdown: str) -> str:
    return re.sub(r"[`*]", "", markdown)


def _compose(place: Place, builder: str, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    command = ["-b", builder, "-c", str(HERE / "settings"), "-d", str(place.out / "arboles"), "-q", "-E"]
    code = build_main([*command, "--fail-on-warning", "--keep-going", str(place.sources), str(target)])
    if code != 0:
        raise LabError("Sphinx no está conforme con las páginas: mira los avisos de arriba.", "Corrige el capítulo.")


def _downloads(place: Place, entries: list[Entry], executed: dict[str, Any]) -> None:
    """Se descarga el cuaderno, no lo que se preparó para la página."""
    kept = place.pages / "_sources"
    for entry in entries:
        if entry.ready:
            nbformat.write(executed[entry.slug], kept / f"{CHAPTERS}/{entry.slug}.ipynb")
        if entry.practised:
            (kept / f"{tasks.name(entry)}.ipynb").write_bytes(tasks.notebook(entry))
