"""La página de comentarios: en español, con su evidencia, y sin nada que se ejecute al abrirla."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from grading import evidence, feedback
from grading.pages import UNTOLD
from grading.sanitize import clean_html
from grading.stage import NO_SANDBOX, NOTHING_RUN, Replayed, Submission
from tests.grading import fake
from tests.grading.conftest import ASSIGNMENT, Grade

DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class _Replaying(fake.FakeStage):
    """Uno cuya entrega trae un registro, que al repetirlo sale igual."""

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)

    def replayed(self) -> Replayed:  # type: ignore[override]
        return Replayed({name: self.mark(name) for name in self.cells}, 7)


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


def test_the_page_says_that_nothing_walled_it_in(page: str, course, grade: Grade) -> None:
    assert NO_SANDBOX in page
    course.config.TrustedExecute.open_stage = _Replaying
    grade(fake.notebook())
    replayed = next(feedback.write(course, ASSIGNMENT, ["ana"])).read_text(encoding="utf-8")
    assert NOTHING_RUN in replayed and NO_SANDBOX not in replayed


def test_who_worked_elsewhere_is_not_told_that_nothing_was_answered(course, grade: Grade) -> None:
    published = nbformat.read(Path(course.root) / "release" / ASSIGNMENT / "lab.ipynb", as_version=4)
    told = []
    for stage in (fake.open_fake_stage, _Replaying):
        course.config.TrustedExecute.open_stage = stage
        grade(published)
        told.append(next(feedback.write(course, ASSIGNMENT, ["ana"])).read_text(encoding="utf-8"))
    run, replayed = told
    assert "Sin respuesta" in run and "dice el registro" not in run
    assert "Sin respuesta" not in replayed and "lo que dice el registro: 7 peticiones." in replayed


@pytest.mark.parametrize(
    ("how", "told"),
    [({}, []),
     ({"walled": True, "executed": False, "requests": 1},
      ["Se repitió en un clúster nuevo lo que dice el registro: 1 petición."]),
     ({"walled": False, "executed": True, "requests": 2},
      [NO_SANDBOX, "Se repitió en un clúster nuevo lo que dice el registro: 2 peticiones. Algo no salió como entonces, "
                   "y se ejecutó también el cuaderno: cuenta lo mejor."])],
)  # fmt: skip
def test_how_it_was_marked_is_said_in_sentences(how: dict, told: list[str]) -> None:
    assert evidence.notes(how) == told


def test_it_is_read_in_the_dark_and_nothing_is_cut_on_a_phone(page: str) -> None:
    style = "".join(re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL))
    assert "prefers-color-scheme: dark" in style and "color-scheme: dark" in style
    cell = re.search(r"\.celda \{([^}]*)\}", style)
    assert cell and "overflow-x: auto" in cell[1] and "overflow: hidden" not in cell[1]
