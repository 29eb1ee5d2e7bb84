"""El capítulo 6 y su laboratorio, en JupyterLab, como los ve una persona."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import TOKEN, Jupyter, Tab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("navegador")]

PODS = ".orq-mapa g.pod[data-key]"


def open_notebook(jupyter: Jupyter, tab: Tab, path: str) -> Any:
    """El cuaderno abierto, con su kernel listo."""
    tab.page.goto(f"{jupyter.url}/doc/tree/{path}?token={TOKEN}")
    tab.page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    tab.page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    return tab.page


def run_all(page: Any, timeout: float = 240_000) -> None:
    """Ejecuta todo y espera a la última celda."""
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(
        """() => {
            const cells = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')].map((p) => p.textContent);
            return cells.length > 0 && cells.every((text) => /\\[\\d+\\]/.test(text));
        }""",
        timeout=timeout,
    )


def pods_on_map(page: Any) -> set[str]:
    return set(page.eval_on_selector_all(PODS, "pods => pods.map((pod) => pod.dataset.key)"))


def test_chapter_runs_and_its_map_follows_what_a_terminal_does(jupyter: Jupyter, tab: Tab) -> None:
    page = open_notebook(jupyter, tab, "course/06-deployments/leccion.ipynb")
    run_all(page)
    errors = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")
    assert errors.count() == 0, errors.all_inner_texts()

    page.wait_for_function(f"() => document.querySelectorAll('{PODS}').length === 3")
    before = pods_on_map(page)
    page.locator(".orq-mapa").scroll_into_view_if_needed()
    tab.shot("capitulo-06-mapa")

    victim = sorted(before)[0]
    jupyter.kubectl("delete", "pod", victim, "--wait=false")
    page.wait_for_function(
        """([selector, victim]) => {
            const keys = [...document.querySelectorAll(selector)].map((pod) => pod.dataset.key);
            return !keys.includes(victim) && keys.length === 3;
        }""",
        arg=[PODS, victim],
    )
    assert victim not in pods_on_map(page)
    assert victim in page.locator(".orq-mapa .orq-cambios").inner_text(), "el mapa cuenta lo que cambió"
    tab.shot("capitulo-06-mapa-despues")
    assert tab.strays == []
    assert tab.complaints == []


def test_lab_shows_what_is_missing_and_why(jupyter: Jupyter, tab: Tab) -> None:
    page = open_notebook(jupyter, tab, "labs/06-deployments/lab.ipynb")
    run_all(page)
    report = page.locator("table.orquesta-informe").first
    report.scroll_into_view_if_needed()
    assert "Esperaba" in report.inner_text()
    tab.shot("laboratorio-06-informe")
    assert tab.strays == []
    assert tab.complaints == []
