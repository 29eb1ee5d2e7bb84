"""Lo que no puede faltar en un capítulo. Un capítulo nuevo que se deje algo lo ve aquí."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(ROOT.glob("course/*/leccion.md"))
PIECES = {
    "objetivos": r"\*\*Al terminar podrás:\*\*\n\n(- .+\n(  .+\n)*){3,5}\n",
    "apuesta": r"> \*\*Apuesta\.\*\*",
    "dibujo vivo": r"aula\.show\(\)",
    "controles": r"aula\.controls\(",
    "errores frecuentes": r"## Errores frecuentes",
    "cuándo no": r"## Cuándo no",
    "otro clúster": r"En kind o en un clúster de verdad",
    "glosario": r"## Glosario\n\n(- \*\*.+\n(  .+\n)*){5,}",
    "número medido": r"aula\.tell\(",
}
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.parent.name)


def code_cells(path: Path) -> list[str]:
    book: dict[str, Any] = json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


@each_chapter
@pytest.mark.parametrize("piece", PIECES)
def test_chapter_has(path: Path, piece: str) -> None:
    assert re.search(PIECES[piece], path.read_text(encoding="utf-8")), f"{path.parent.name} no tiene {piece}"


@each_chapter
def test_chapter_has_two_experiments_and_five_explained_questions(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r"<b>Experimento \d", text)) >= 2
    questions = re.findall(r"^\*\*\d\.\*\* ", text, re.MULTILINE)
    answers = re.findall(r"<details[^>]*><summary>Respuesta</summary>\n<p><b>\([a-d]\)</b>", text)
    assert len(questions) == len(answers) >= 5


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


@pytest.mark.parametrize("path", sorted(ROOT.glob("labs/*/lab.yaml")), ids=lambda path: path.parent.name)
def test_sections_that_a_lab_sends_to_exist(path: Path) -> None:
    for section, number in set(re.findall(r"apartado «([^»]+)» del capítulo (\d+)", path.read_text(encoding="utf-8"))):
        chapter = next(ROOT.glob(f"course/{int(number):02}-*/leccion.md"), None)
        if chapter is not None:
            assert f"\n## {section}\n" in chapter.read_text(encoding="utf-8"), (
                f"falta «{section}» en {chapter.parent.name}"
            )
