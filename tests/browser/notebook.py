"""Un cuaderno abierto en una pestaña: ejecutarlo, mirarlo, guardarlo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .conftest import TOKEN, Browser, Tab

PODS = ".orq-mapa g.pod[data-key]"
_ALL_DONE = """() => {
    const cells = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')].map((p) => p.textContent);
    return cells.length > 0 && cells.every((text) => /\\[\\d+\\]/.test(text));
}"""
_READY = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"


class Notebook:
    """El cuaderno `path` de la carpeta que sirve JupyterLab, con su kernel listo."""

    def __init__(self, browser: Browser, path: str) -> None:
        self.tab: Tab = browser.tab()
        self.page: Any = self.tab.page
        self.page.goto(f"{browser.jupyter.url}/doc/tree/{path}?token={TOKEN}")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        self.page.wait_for_function(_READY)

    def command(self, name: str, **args: object) -> None:
        """Una orden de JupyterLab."""
        self.page.evaluate("([name, args]) => { window.jupyterapp.commands.execute(name, args); }", [name, args])

    def run_all(self, timeout: float = 240_000) -> None:
        """Ejecuta todas las celdas y espera a la última."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(_ALL_DONE, timeout=timeout)

    def complaints(self) -> list[str]:
        """Lo que salió por la salida de errores, y los errores de JavaScript."""
        seen = self.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")
        return [*seen.all_inner_texts(), *self.tab.complaints]

    def pods(self) -> set[str]:
        """Los Pods que enseña el mapa vivo."""
        return set(self.page.eval_on_selector_all(PODS, "pods => pods.map((pod) => pod.dataset.key)"))

    def wait_pods(self, count: int, without: Iterable[str] = ()) -> None:
        """Espera a que el mapa enseñe `count` Pods, ninguno de ellos de `without`."""
        self.page.wait_for_function(
            """([selector, count, without]) => {
                const keys = [...document.querySelectorAll(selector)].map((pod) => pod.dataset.key);
                return keys.length === count && !keys.some((key) => without.includes(key));
            }""",
            arg=[PODS, count, list(without)],
        )
