"""Lo que no puede faltar en un capítulo. Un capítulo nuevo que se deje algo lo ve aquí."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from course import concepts, pieces

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(ROOT.glob("course/*/leccion.md"))
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.parent.name)


def code_cells(path: Path) -> list[str]:
    book: dict[str, Any] = json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


@each_chapter
def test_chapter_has_every_piece(path: Path) -> None:
    assert pieces.missing(path.parent) == []


@each_chapter
def test_chapter_shows_the_live_cluster_and_can_be_handled(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "aula.show()" in text
    assert "aula.controls(" in text


@each_chapter
def test_every_question_is_answered(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    questions = re.findall(r"^\*\*\d\.\*\* ", text, re.MULTILINE)
    assert len(questions) == pieces.count(path.parent)["preguntas"]


@each_chapter
def test_chapter_teaches_its_concepts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    mine = [concept for concept in concepts.listed() if concept.slug == path.parent.name]
    assert mine, f"course/conceptos.yaml no dice qué enseña {path.parent.name}"
    assert [concept.name for concept in mine if concept.where(text) is None] == []


@each_chapter
def test_cells_are_short(path: Path) -> None:
    long = [cell for cell in code_cells(path) if len([line for line in cell.splitlines() if line.strip()]) > 8]
    assert long == []


@each_chapter
def test_prose_speaks_as_the_course_does(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    assert (
        re.findall(r"\b(?:simplemente|obvio|obviamente|fácil|fácilmente|ordenador|computadora|fichero)\b|¡", prose)
        == []
    )


@pytest.mark.parametrize(
    "path", [*CHAPTERS, *sorted(ROOT.glob("labs/*/lab.md"))], ids=lambda path: "/".join(path.parts[-3:-1])
)
def test_sums_are_told_in_words(path: Path) -> None:
    # Una fórmula haría que la página pidiera MathJax a una red de fuera: el sitio no las sabe pintar.
    prose = re.sub(r"```.*?```|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"\$\$|\\[(\[]|\\frac", prose) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("labs/*/lab.yaml")), ids=lambda path: path.parent.name)
def test_sections_that_a_lab_sends_to_exist(path: Path) -> None:
    for section, number in set(re.findall(r"apartado «([^»]+)» del capítulo (\d+)", path.read_text(encoding="utf-8"))):
        chapter = next(ROOT.glob(f"course/{int(number):02}-*/leccion.md"), None)
        if chapter is not None:
            assert f"\n## {section}\n" in chapter.read_text(encoding="utf-8"), (
                f"falta «{section}» en {chapter.parent.name}"
            )
