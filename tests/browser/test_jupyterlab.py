"""El capítulo 6 y su laboratorio, en JupyterLab, como los ve una persona."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import Browser, Jupyter
from .notebook import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("navegador")]

CHAPTER = "course/06-deployments/leccion.ipynb"


@pytest.fixture(scope="module")
def chapter(browser: Browser) -> Iterator[Notebook]:
    """El capítulo, ya ejecutado."""
    book = Notebook(browser, CHAPTER)
    book.run_all()
    book.wait_pods(3)
    yield book
    book.page.close()


@pytest.fixture
def live_map(chapter: Notebook) -> Any:
    """El mapa, a la vista, con la tienda entera."""
    found = chapter.page.locator(".orq-mapa")
    chapter.wait_pods(3)
    found.scroll_into_view_if_needed()
    return found


def test_chapter_runs_without_a_complaint_and_asks_nothing_outside(chapter: Notebook) -> None:
    assert chapter.complaints() == []
    assert chapter.tab.strays == []


def test_whoever_arrives_is_spoken_to_in_spanish_and_asked_nothing(chapter: Notebook) -> None:
    menus = chapter.page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
    assert menus[:3] == ["Archivo", "Editar", "Ver"]
    assert "Nbgrader" not in menus
    assert chapter.page.locator(".jp-toastContainer button").count() == 0


def test_map_follows_what_a_terminal_does(chapter: Notebook, live_map: Any, jupyter: Jupyter) -> None:
    victim = sorted(chapter.pods())[0]
    jupyter.kubectl("delete", "pod", victim, "--wait=false")
    chapter.wait_pods(3, without=[victim])
    assert victim in live_map.locator(".orq-cambios").inner_text(), "cuenta lo que cambió"
    chapter.page.wait_for_timeout(400)  # lo que dura la transición
    chapter.tab.shot("capitulo-06-mapa")


def test_keyboard_moves_the_replicas(chapter: Notebook, live_map: Any) -> None:
    number = chapter.page.get_by_label("Réplicas")
    number.focus()
    number.press("ArrowUp")
    chapter.wait_pods(4)
    number.press("ArrowDown")
    chapter.wait_pods(3)


def test_focus_stays_on_the_table_while_the_map_changes(chapter: Notebook, live_map: Any, jupyter: Jupyter) -> None:
    summary = live_map.locator("summary")
    summary.focus()
    summary.press("Enter")
    victim = sorted(chapter.pods())[0]
    jupyter.kubectl("delete", "pod", victim, "--wait=false")
    chapter.wait_pods(3, without=[victim])
    assert chapter.page.evaluate("() => document.activeElement.tagName") == "SUMMARY"
    nodes, pods = live_map.locator("tbody").nth(0), live_map.locator("tbody").nth(1)
    assert nodes.locator("tr").count() == pods.locator("tr").count() == 3
    assert victim not in pods.inner_text()
    summary.press("Enter")


def test_map_fits_a_phone_and_follows_the_dark_theme(chapter: Notebook, live_map: Any) -> None:
    page = chapter.page
    page.set_viewport_size({"width": 520, "height": 900})
    page.wait_for_function("() => document.querySelector('.orq-mapa svg').viewBox.baseVal.width === 360")
    chapter.command("apputils:change-theme", theme="JupyterLab Dark")
    page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    paper = page.evaluate("() => getComputedStyle(document.querySelector('.orq-mapa svg > rect')).fill")
    chapter.tab.shot("capitulo-06-telefono-oscuro")
    chapter.command("apputils:change-theme", theme="JupyterLab Light")
    page.set_viewport_size({"width": 1280, "height": 1000})
    assert paper == "rgb(22, 32, 43)"


def test_saved_chapter_shows_its_pictures_to_who_has_no_kernel(
    chapter: Notebook, browser: Browser, jupyter: Jupyter
) -> None:
    chapter.command("docmanager:save")
    chapter.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    copy = jupyter.folder / "course" / "06-deployments" / "leida.ipynb"
    shutil.copy(jupyter.folder / CHAPTER, copy)
    reader = Notebook(browser, "course/06-deployments/leida.ipynb")
    reader.page.wait_for_selector("text=model not found", state="attached")
    pictures = reader.page.locator(".orq-respaldo svg.orq-svg:visible")
    pictures.first.scroll_into_view_if_needed()
    assert pictures.count() == 1
    assert reader.page.locator("text=model not found >> visible=true").count() == 0
    reader.tab.shot("capitulo-06-sin-kernel")
    reader.page.close()


def test_lab_shows_what_is_missing_and_why(browser: Browser) -> None:
    book = Notebook(browser, "labs/06-deployments/lab.ipynb")
    book.run_all()
    report = book.page.locator("table.orquesta-informe").first
    report.scroll_into_view_if_needed()
    assert "Esperaba" in report.inner_text()
    book.tab.shot("laboratorio-06-informe")
    assert book.complaints() == []
    assert book.tab.strays == []
    book.page.close()
