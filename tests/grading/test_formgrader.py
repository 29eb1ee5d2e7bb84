"""El formgrader de nbgrader, en un navegador: lo que puntúa una persona, y lo ajeno que se enseña, que no hace nada."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from grading import config, feedback, intake
from grading.release import release
from tests.browser.conftest import chromium
from tests.grading import fake
from tests.grading.conftest import ASSIGNMENT, converted

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
TOKEN = "prueba"
EXTENSIONS = ("nbgrader.server_extensions.formgrader", "jupyter_server_mathjax")
RUBRIC = "2 puntos: nombra la causa."
TASK = f"Dibuja el camino de una petición.\n### INICIO CRITERIOS\n{RUBRIC}\n### FIN CRITERIOS"
HOSTILE = (
    "Porque **sí**, con $\\rho < 1$."
    "<script>window.hecho=1</script><img src=x onerror='window.hecho=2'> [mira](trampa.html)"
)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> CourseDirectory:
    """Un curso con una pregunta abierta, contestada por «ana» y ya corregida."""
    base = tmp_path_factory.mktemp("formgrader")
    lab = fake.write_lab(base / "labs" / ASSIGNMENT)
    asked = fake.notebook()
    asked.cells.append(new_markdown_cell("¿Y?", metadata=fake.meta("razona", grade=True, solution=True, points=4.0)))
    drawn = fake.meta("dibuja", points=2.0)
    drawn["nbgrader"]["task"] = True
    asked.cells.append(new_markdown_cell(TASK, metadata=drawn))
    nbformat.write(asked, lab / "lab.ipynb")
    published = release(lab, base / "curso").folder / "lab.ipynb"
    assert RUBRIC not in published.read_text(encoding="utf-8")

    answered = fake.notebook(fake.SOLVED)
    question, task = nbformat.read(published, as_version=4).cells[-2:]
    answered.cells += [new_markdown_cell(HOSTILE, metadata=question.metadata), task]
    answered.cells.append(new_code_cell(f"from IPython.display import HTML\ndisplay(HTML({HOSTILE!r}))"))
    nbformat.write(answered, base / "entrega.ipynb")
    intake.collect(base / "entrega.ipynb", base / "curso", ASSIGNMENT, "ana")
    opened = config.course(base / "curso", base / "labs")
    opened.config.TrustedExecute.open_stage = fake.open_fake_stage
    assert converted(opened, ASSIGNMENT, "ana").score == 2.5  # de la pregunta abierta aún no hay nada
    return opened


@pytest.fixture(scope="module")
def home(course: CourseDirectory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """La dirección de un Jupyter con el formgrader, en marcha en la carpeta del curso."""
    chromium()
    pytest.importorskip("playwright.sync_api", reason="no está instalado playwright")
    base = tmp_path_factory.mktemp("jupyter")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={course.root}",
        f"--ServerApp.jpserver_extensions={dict.fromkeys(EXTENSIONS, True)}",
    ]  # fmt: skip
    own = {"JUPYTER_CONFIG_DIR": str(base / "ajustes"), "JUPYTER_DATA_DIR": str(base / "datos"), "HOME": str(base)}
    with (base / "jupyter.log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(command, cwd=course.root, stdout=log, stderr=log,
                                  env={**os.environ, **own, "PYTHONPATH": str(ROOT)})  # fmt: skip
        try:
            _await(server, f"http://127.0.0.1:{port}/api", base / "jupyter.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


@pytest.fixture
def page(home: str) -> Iterator[Any]:
    """La entrega de «ana», abierta en el formgrader."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        chrome = running.chromium.launch(executable_path=chromium(), args=options)
        found = chrome.new_page(viewport={"width": 1280, "height": 1000})
        found.set_default_timeout(180_000)
        # Solo se llega a esta máquina: quien corrige puede no tener red.
        found.amiss = []
        found.on("pageerror", lambda error: found.amiss.append(str(error)))
        found.on("request", lambda request: request.url.startswith(home) or found.amiss.append(request.url))
        found.route("**/*", lambda route: route.continue_() if route.request.url.startswith(home) else route.abort())
        found.goto(f"{home}/?token={TOKEN}")
        found.goto(f"{home}/formgrader/gradebook/{ASSIGNMENT}/lab")
        link = found.wait_for_selector("td a[href*='submissions/']")
        found.goto(home + link.get_attribute("href"))
        found.wait_for_selector("#razona")
        # nbgrader pone el foco al acabar MathJax; antes, los atajos de teclado no van a ninguna parte.
        found.wait_for_function("document.activeElement.classList.contains('tabbable')")
        yield found
        chrome.close()


def test_a_person_marks_and_comments_and_it_reaches_the_page(page: Any, course: CourseDirectory) -> None:
    assert RUBRIC in page.inner_text("body")
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        page.fill("#razona", "3")
        page.press("#razona", "Tab")
    with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"):
        page.locator("textarea.comment").last.fill("Bien contado.")
        page.locator("textarea.comment").last.blur()
    assert converted(course, ASSIGNMENT, "ana").score == 5.5  # volver a corregir no lo borra
    with Gradebook(course.db_url) as book:
        assert book.find_grade("razona", "lab", ASSIGNMENT, "ana").manual_score == 3.0
    told = next(feedback.write(course, ASSIGNMENT, ["ana"])).read_text(encoding="utf-8")
    assert "(3 de 4)" in told and "Bien contado." in told


def test_nothing_of_the_submission_runs_where_it_is_marked(page: Any) -> None:
    body = page.inner_html("body")
    assert "<strong>sí</strong>" in body  # se lee
    assert page.evaluate("window.hecho") is None
    assert page.locator("[onerror]").count() == 0 and page.locator("a[href*='trampa']").count() == 0


def test_formulas_are_drawn_and_the_keyboard_answers_without_asking_anybody_outside(page: Any) -> None:
    assert page.locator(".MathJax").count() == 2  # la de la respuesta y la de la salida
    assert page.amiss == []


def _await(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 300
    while True:
        try:
            urllib.request.urlopen(f"{url}?token={TOKEN}", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text(encoding="utf-8")[-3000:]
            time.sleep(0.1)
