"""Cómo se prepara un capítulo: enlaces, diagramas, widgets y glosario."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("myst_nb", reason="no está instalado el grupo «site»")

import nbformat
import sphinx

from course.site import diagrams, glossary, pages, shelf, spanish, tasks
from course.site.book import front
from lab_tools.errors import LabError

THERE = {"capitulos/06-deployments", "laboratorios/06-deployments"}


@pytest.mark.parametrize(
    ("written", "page"),
    [
        ("[el 6](../06-deployments/leccion.md)", "[el 6](../capitulos/06-deployments.ipynb)"),
        ("[el 6](../06-deployments/leccion.ipynb#volver)", "[el 6](../capitulos/06-deployments.ipynb)"),
        ("[su lab](../../labs/06-deployments/lab.ipynb)", "[su lab](../laboratorios/06-deployments.ipynb)"),
        ("[las sondas](../07-sondas/leccion.md)", "las sondas"),
        ("[fuera](https://kubernetes.io/docs/)", "[fuera](https://kubernetes.io/docs/)"),
        ("[aquí](#volver)", "[aquí](#volver)"),
    ],
)
def test_links_lead_to_pages_that_are_there(written: str, page: str) -> None:
    assert pages.prose(written, THERE) == page


def test_diagram_is_drawn_with_its_caption_as_text() -> None:
    drawn = diagrams.draw_all("Antes.\n\n```mermaid\nflowchart LR\n  A --> B\n```\n\n*De `A` a B.*\n\nDespués.")
    assert "<svg" in drawn and 'aria-label="De A a B."' in drawn
    assert "<figcaption>De <code>A</code> a B.</figcaption>" in drawn
    assert "\n\n" not in drawn[drawn.index("<figure") : drawn.index("</figure>")], "una línea en blanco corta el HTML"
    assert drawn.startswith("Antes.") and drawn.endswith("Después.")


def test_two_diagrams_share_no_identifier() -> None:
    first, second = (diagrams.draw(f"flowchart LR\n  A --> {name}\n") for name in "BC")
    assert first.split('id="')[1].split('"')[0] != second.split('id="')[1].split('"')[0]


def test_wrong_diagram_is_shown_with_its_text() -> None:
    with pytest.raises(LabError, match="no entiende este diagrama") as caught:
        diagrams.draw("flowchart LR\n  A[[[\n")
    assert "A[[[" in str(caught.value)


def test_widgets_leave_their_fixed_picture() -> None:
    live = nbformat.v4.new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "x"})
    still = nbformat.v4.new_output("display_data", {"text/html": "<svg/>"})
    cell = nbformat.v4.new_code_cell("aula.show()", outputs=[live, still])
    book = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_markdown_cell("pie")], metadata={"widgets": {}})
    page = pages.chapter(book, THERE)
    assert [output.data for output in page.cells[0].outputs] == [{"text/html": "<svg/>"}]
    assert len(page.cells) == 1 and "widgets" not in page.metadata
    assert len(book.cells) == 2, "lo ejecutado no se toca: es lo que se descarga"


CHAPTER = """# 1. Título

## Glosario

- **Etiqueta** y **selector**: un nombre y un valor, y la pregunta
  que los elige.
- **Plantilla** (*template*): el molde.

## Lo que te llevas

- **No es un término**: no.
"""


def test_terms_come_from_the_chapters_own_glossary() -> None:
    found = glossary.defined(CHAPTER)
    assert [(term.names, term.heading) for term in found] == [
        (("Etiqueta", "selector"), "Etiqueta y selector"),
        (("Plantilla",), "Plantilla (*template*)"),
    ]
    assert found[0].says == "un nombre y un valor, y la pregunta que los elige."


def test_word_is_known_in_plural_in_lower_case_and_by_its_other_forms(tmp_path: Path) -> None:
    extra = tmp_path / "glosario.yaml"
    extra.write_text("Plantilla: {formas: [molde]}\nYAML: {dice: un formato de texto.}\n", encoding="utf-8")
    forms = glossary.forms(glossary.defined(CHAPTER), extra)
    assert {"plantilla", "Plantillas", "molde", "moldes", "selectores"} <= set(forms)
    assert forms["selectores"].names[0] == "Etiqueta"
    assert [term.says for term in glossary.gather([], extra)] == ["un formato de texto."]


def test_every_term_of_the_data_file_is_somebodys() -> None:
    """Cada entrada de course/glosario.yaml trae su definición o es de un término que un capítulo define."""
    written = [entry for part in shelf.parts() for entry in part.entries if entry.ready]
    names = {name for term in glossary.gather(written) for name in term.names}
    assert set(glossary._extra(shelf.ROOT / "course" / "glosario.yaml")) <= names


def test_front_page_links_what_is_written_and_names_the_rest() -> None:
    text = front(shelf.parts(["06-deployments"]), paper=False)
    assert "[6. Deployments: copias que se reponen solas](capitulos/06-deployments.ipynb)" in text
    assert "7\\. Sondas: saber si algo está sano *(en preparación)*" in text
    assert text.index("capitulos/06-deployments\n") < text.index("laboratorios/06-deployments\n")


def test_unknown_chapter_is_told_which_there_are() -> None:
    with pytest.raises(LabError, match="ningún capítulo «99-nada»") as caught:
        shelf.parts(["99-nada"])
    assert "06-deployments" in str(caught.value)


def test_lab_page_is_only_text() -> None:
    entry = next(entry for part in shelf.parts() for entry in part.entries if entry.slug == "06-deployments")
    assert {cell.cell_type for cell in tasks.page(entry, THERE).cells} == {"markdown"}


def test_search_tells_what_it_found_in_spanish(tmp_path: Path) -> None:
    said = tmp_path / "_static" / "translations.js"
    said.parent.mkdir()
    counted, none = spanish._MESSAGES
    known = {"locale": "es", "messages": {counted: ["", "", ""], none: "ningún documentos", "Go": "Ir a"}}
    said.write_text(f"Documentation.addTranslations({json.dumps(known)});", encoding="utf-8")
    spanish.translate(tmp_path)
    spanish.translate(tmp_path)
    text = said.read_text(encoding="utf-8")
    assert text.startswith("Documentation.addTranslations({") and text.endswith("});")
    messages = json.loads(text[text.index("{") : -2])["messages"]
    assert messages["Go"] == "Ir a"
    assert messages[counted][0] == "Una página habla de eso." and "${resultCount}" in messages[counted][1]
    assert messages[none].startswith("Ninguna página")


def test_search_still_asks_for_the_messages_that_are_translated() -> None:
    searching = (Path(sphinx.__file__).parent / "themes" / "basic" / "static" / "searchtools.js").read_text("utf-8")
    plain = re.sub(r'"\s*\+\s*"|\s+', " ", searching).replace("  ", " ")
    for message in spanish._MESSAGES:
        assert message[:40] in plain
