"""La página de comentarios: en español, con su evidencia, y sin nada que se ejecute al abrirla."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from grading import feedback
from grading.pages import UNTOLD
from grading.sanitize import clean_html
from tests.grading import fake
from tests.grading.conftest import ASSIGNMENT, Grade

DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def page(course, grade: Grade) -> str:
    notebook = fake.notebook(fake.SOLVED)
    notebook.cells += [
        new_markdown_cell(HOSTILE),
        new_code_cell(
            f"from IPython.display import HTML, Javascript\ndisplay(HTML({HOSTILE!r}), Javascript('alert(3)'))"
        ),
        new_markdown_cell(f"![]({DOT}) <img src='{DOT}'>"),
    ]
    grade(notebook)
    return next(feedback.write(course, ASSIGNMENT, ["ana"])).read_text(encoding="utf-8")


def test_it_says_the_mark_and_each_criterion_in_spanish(page: str) -> None:
    assert '<html lang="es">' in page and "2,5 de 4 puntos" in page
    assert "¿Existe uno?" in page and "Comprobación: Tarea nota-2</a> (1,5 de 3)" in page
    prose = re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
    for english in ("Score", "Grade cell", "Student", "Top)", "Comment"):
        assert english not in prose


def test_it_shows_the_final_cluster(page: str) -> None:
    picture = re.search(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=\s]+)", page)
    assert picture and "<title>dos uno</title>" in base64.b64decode(picture[1]).decode()


def test_every_image_has_words(page: str) -> None:
    images = re.findall(r"<img[^>]*>", page)
    assert len(images) >= 2 and all("alt=" in image for image in images)
    assert UNTOLD in page


def test_nothing_in_it_runs_and_nothing_is_fetched(page: str) -> None:
    assert "<script" not in page and not re.search(r"<[^>]*\sonerror", page)
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page)


def test_a_notebook_keeps_its_shape_and_cannot_dress_as_our_page() -> None:
    told = clean_html(
        '<h2 id="nota-x">Título</h2><p>a</p><div class="celda">x</div><a href="javascript:alert(1)">y</a>'
    )
    assert told == "<h2>Título</h2><p>a</p><div>x</div><a>y</a>"


def test_what_the_cluster_says_is_escaped(page: str) -> None:
    assert "<dos>" not in page


def test_a_reserved_check_stays_reserved(page: str, course) -> None:
    folder = Path(course.root) / "feedback" / "ana" / ASSIGNMENT
    everything = page + "".join(path.read_text() for path in folder.iterdir() if path.is_file())
    assert "Criterio reservado" in page and "tres" not in everything


def test_it_is_read_in_the_dark_and_nothing_is_cut_on_a_phone(page: str) -> None:
    style = "".join(re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL))
    assert "prefers-color-scheme: dark" in style and "color-scheme: dark" in style
    cell = re.search(r"\.celda \{([^}]*)\}", style)
    assert cell and "overflow-x: auto" in cell[1] and "overflow: hidden" not in cell[1]
