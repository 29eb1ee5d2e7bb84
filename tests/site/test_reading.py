"""Las páginas en un Chromium sin red, abiertas como archivos."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import CHAPTER, LAB, Reader

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("sitio")]

PAGES = ["index.html", CHAPTER, LAB, "glosario.html", "search.html"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("dark", [False, True], ids=["claro", "oscuro"])
def test_page_fits_a_phone_and_needs_nobody(reader: Reader, page: str, dark: bool) -> None:
    tab = reader.open(page, width=390, dark=dark)
    assert tab.wide() == 390
    assert tab.strays == [] and tab.complaints == []
    tab.shot(f"sitio-telefono-{'oscuro' if dark else 'claro'}-{Path(page).parts[0].removesuffix('.html')}")
    tab.page.context.close()


@pytest.mark.parametrize("words", ["reconciliación", "reconciliacion", "réplica", "replica", "REVISIÓN"])
def test_search_finds_the_chapter_with_accents_and_without(reader: Reader, words: str) -> None:
    tab = reader.open(f"search.html?q={words}")
    found = tab.page.locator("#search-results ul.search li a", has_text="6. Deployments")
    found.first.wait_for()
    excerpt = tab.page.locator("#search-results ul.search li p.context").first
    excerpt.wait_for()
    assert len(excerpt.inner_text()) > 100, "cada resultado enseña un trozo, también desde un archivo"
    assert tab.strays == [] and tab.complaints == []
    found.first.click()
    tab.page.wait_for_url(re.compile(r"capitulos/06-deployments\.html"))
    tab.page.context.close()


def test_search_says_so_when_there_is_nothing(reader: Reader) -> None:
    tab = reader.open("search.html?q=cachalote")
    tab.page.get_by_text("Ninguna página habla de eso").wait_for()
    tab.page.context.close()


def test_dark_theme_is_dark_everywhere(reader: Reader) -> None:
    tab = reader.open(CHAPTER, dark=True)
    luminous = tab.page.evaluate(
        """() => [...document.querySelectorAll('article, article .cell_output > *, article .alert, article button')]
            .map((node) => getComputedStyle(node).backgroundColor.match(/[\\d.]+/g).map(Number))
            .filter(([r, g, b, a = 1]) => a > 0.5 && (r + g + b) / 3 > 110).length"""
    )
    assert luminous == 0
    tab.shot("sitio-oscuro")
    tab.page.context.close()


def test_question_is_answered_without_a_kernel(reader: Reader) -> None:
    tab = reader.open(CHAPTER)
    first = tab.page.locator("ul.opciones:has(+ .veredicto + details)").first
    first.get_by_role("button", name="(a)").click()
    answer = tab.page.locator("ul.opciones + .veredicto + details").first
    assert (
        tab.page.locator("ul.opciones:has(+ .veredicto + details) + .veredicto").first.inner_text().startswith("Esa no")
    )
    assert answer.get_attribute("open") is None, "quien falla puede probar otra antes de leer la respuesta"
    first.get_by_role("button", name="(b)").click()
    assert answer.get_attribute("open") is not None
    assert "Contestadas 1 de 5; a la primera, 0." in tab.page.locator(".recuento").inner_text()
    tab.page.context.close()


def test_bet_is_only_noted(reader: Reader) -> None:
    tab = reader.open(CHAPTER)
    bet = tab.page.locator("blockquote ul.opciones").first
    bet.get_by_role("button", name="(c)").press("Enter")
    assert bet.get_by_role("button", name="(c)").get_attribute("aria-pressed") == "true"
    assert "Apuestas por la (c)" in tab.page.locator("blockquote .veredicto").first.inner_text()
    tab.page.context.close()


def test_term_tells_its_meaning_to_mouse_and_keyboard(reader: Reader) -> None:
    tab = reader.open(CHAPTER)
    word = tab.page.locator("a.termino", has_text="Deployment").first
    glosa = tab.page.get_by_role("tooltip")
    word.hover()
    glosa.wait_for()
    assert "cuántas copias quieres" in glosa.inner_text()
    tab.page.keyboard.press("Escape")
    assert glosa.is_hidden()
    word.focus()
    glosa.wait_for()
    assert word.get_attribute("aria-describedby") == "glosa"
    word.press("Enter")
    tab.page.wait_for_url(re.compile(r"glosario\.html#termino-deployment$"))
    tab.page.context.close()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("dark", [False, True], ids=["claro", "oscuro"])
def test_page_has_no_serious_fault_for_axe(reader: Reader, page: str, dark: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no está instalado axe")
    tab = reader.open(page, dark=dark)
    # Un color a medio cambiar no es el que se lee: en una máquina ocupada, axe llega antes de que acabe.
    tab.page.add_style_tag(content="*, ::before, ::after { transition: none !important; animation: none !important; }")
    said = axe.Axe().run(tab.page).response
    assert len(said["passes"]) > 10, "axe ha mirado la página"
    told = [
        f"{fault['id']}: {fault['nodes'][0]['html'][:160]}"
        for fault in said["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert told == []
    tab.page.context.close()


def test_printed_chapter_shows_answers_and_hides_the_furniture(reader: Reader) -> None:
    tab = reader.open(CHAPTER, width=794)
    tab.page.emulate_media(media="print")
    assert tab.page.locator(".bd-sidebar-primary").is_hidden()
    assert tab.page.get_by_text("El ReplicaSet cuenta sus Pods y crea el que falta.").is_visible()
    assert tab.page.locator("article pre").first.evaluate("(node) => getComputedStyle(node).whiteSpace") == "pre-wrap"
    tab.page.context.close()


def test_whole_book_fits_in_a_pdf(reader: Reader, pages: Path) -> None:
    paper = (pages / "orquesta.pdf").read_bytes()
    assert paper.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) >= 15
    assert b"/StructTreeRoot" in paper and b"/Outlines" in paper
