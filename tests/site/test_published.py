"""Lo que se publica: todo en su carpeta, en español, con sus salidas; y nada de lo que no debe verse."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from . import private
from .conftest import CHAPTER, LAB, ROOT, SLUG

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sitio")]

# Lo que un navegador va a buscar por su cuenta al abrir una página.
FETCHED = re.compile(r"<(?:script|img|iframe|source|link(?![^>]*rel=\"canonical\"))\b[^>]*?\b(?:src|href)=\"([^\"]+)\"")
LAB_FOLDER = ROOT / "labs" / SLUG


def test_every_page_says_it_is_in_spanish(pages: Path) -> None:
    written = [page for page in pages.rglob("*.html") if "_static" not in page.parts]
    assert len(written) >= 5
    assert [page.name for page in written if '<html lang="es"' not in page.read_text(encoding="utf-8")] == []


def test_no_page_fetches_anything_outside_its_folder(pages: Path) -> None:
    for page in pages.rglob("*.html"):
        for url in FETCHED.findall(page.read_text(encoding="utf-8")):
            assert not re.match(r"(?:https?:)?//", url), f"{page.name} pide {url}"


def test_every_link_inside_the_book_leads_somewhere(pages: Path) -> None:
    anchors = {
        page: set(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8"))) for page in pages.rglob("*.html")
    }
    for page in anchors:
        for link in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', page.read_text(encoding="utf-8")):
            path, _, anchor = html.unescape(unquote(link)).partition("#")
            if re.match(r"[a-z]+:|//", path):
                continue
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name} lleva a {link}"
            assert not anchor or target not in anchors or anchor in anchors[target], f"{page.name} lleva a {link}"


def test_concepts_and_pieces_can_be_looked_up(pages: Path) -> None:
    index = (pages / "conceptos.html").read_text(encoding="utf-8")
    assert 'href="capitulos/06-deployments.html#cambiar-de-version-sin-cerrar"' in index
    assert "Qué trae cada capítulo" in (pages / "contenido.html").read_text(encoding="utf-8")


def test_stylesheets_fetch_nothing_outside(pages: Path) -> None:
    for sheet in pages.rglob("*.css"):
        found = re.findall(r"(?:@import|url\()\s*['\"]?((?:https?:)?//[^'\")]+)", sheet.read_text(encoding="utf-8"))
        assert found == [], sheet.name


def test_chapter_carries_what_its_cells_showed(pages: Path) -> None:
    text = private.shown((pages / CHAPTER).read_text(encoding="utf-8"))
    assert "De un manifiesto han salido 5 objetos" in text
    assert "deployment.apps/frontend created" in text
    assert (pages / CHAPTER).read_text(encoding="utf-8").count("orq-svg") >= 3
    assert "flowchart TB" not in text, "los diagramas salen dibujados"


def test_chapter_leads_to_its_lab_and_back(pages: Path) -> None:
    chapter, lab = ((pages / page).read_text(encoding="utf-8") for page in (CHAPTER, LAB))
    assert re.search(r'class="right-next"\s+href="\.\./laboratorios/06-deployments\.html"', chapter)
    assert re.search(r'class="left-prev"\s+href="\.\./capitulos/06-deployments\.html"', lab)


def test_downloaded_chapter_is_the_whole_executed_notebook(pages: Path) -> None:
    book = json.loads((pages / "_sources" / CHAPTER.replace(".html", ".ipynb")).read_text(encoding="utf-8"))
    source = json.loads((ROOT / "course" / SLUG / "leccion.ipynb").read_text(encoding="utf-8"))
    texts = [["".join(cell["source"]) for cell in one["cells"]] for one in (book, source)]
    assert texts[0] == texts[1]
    assert any(cell.get("outputs") for cell in book["cells"])


def test_downloaded_lab_is_the_students_notebook(pages: Path) -> None:
    published = (pages / "_sources" / LAB.replace(".html", ".ipynb")).read_bytes()
    assert published == (LAB_FOLDER / "lab.ipynb").read_bytes()


def test_lab_page_tells_the_task(pages: Path) -> None:
    text = private.shown((pages / LAB).read_text(encoding="utf-8"))
    lab = yaml.safe_load((LAB_FOLDER / "lab.yaml").read_text(encoding="utf-8"))
    for task in lab["tasks"]:
        assert task["title"] in text
    assert "{{" not in text


def test_neither_solutions_nor_hints_nor_hidden_checks_are_anywhere(pages: Path) -> None:
    known = private.lines(LAB_FOLDER)
    assert len(known) > 60, "sin nada que buscar, esta prueba no diría nada"
    assert [path.name for path in text_files(pages) if private.leaks(LAB_FOLDER, path.read_text("utf-8"))] == []


def text_files(folder: Path) -> list[Path]:
    ours = {".html", ".md", ".ipynb", ".js", ".json", ".txt"}
    found = [path for path in folder.rglob("*") if path.suffix in ours and "vendor" not in path.parts]
    assert any(path.name == "searchindex.js" for path in found)
    return found
