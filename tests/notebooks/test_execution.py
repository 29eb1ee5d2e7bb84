"""Cada cuaderno del curso y de los laboratorios se ejecuta entero, sin errores, sin quejas y sin dejar nada atrás."""

from __future__ import annotations

import re
import time
from itertools import groupby
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from lab_tools.drivers.embedded import EmbeddedDriver

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(ROOT.glob("course/*/leccion.ipynb"))
LABS = sorted(ROOT.glob("labs/*/lab.ipynb"))
LIMIT = 60.0  # lo que promete un capítulo, en segundos de pared y en una máquina que no hace otra cosa
PATIENCE = 240
# Lo que la prosa de cada capítulo afirma sobre sus celdas, una expresión regular por línea: si deja de ser verdad, hay
# que reescribir la prosa.
CLAIMS = Path(__file__).parent / "claims"


def each(paths: list[Path]) -> list[object]:
    """Un caso por cuaderno, cada uno en su grupo para que puedan ir en paralelo."""
    return [
        pytest.param(path, id=path.parent.name, marks=pytest.mark.xdist_group(f"cuaderno-{path.parent.name}"))
        for path in paths
    ]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Un ORQUESTA_HOME y un kubeconfig de nadie más: lo hereda el kernel."""
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def execute(path: Path) -> nbformat.NotebookNode:
    """El cuaderno ejecutado; dice en la salida lo que tardó."""
    book = nbformat.read(path, as_version=4)
    client = NotebookClient(book, timeout=PATIENCE, resources={"metadata": {"path": str(path.parent)}})
    start = time.monotonic()
    client.execute()
    print(f"{path.parent.name}/{path.name}: {time.monotonic() - start:.1f} s")
    return book


def streams(book: nbformat.NotebookNode, name: str) -> list[str]:
    return [
        output["text"]
        for cell in book.cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream" and output["name"] == name
    ]


def shown(book: nbformat.NotebookNode) -> str:
    """Todo lo que enseñan las celdas, como texto. Lo que una celda imprime seguido llega en los trozos que quiera."""
    texts = []
    for cell in book.cells:
        for kind, outputs in groupby(cell.get("outputs", []), lambda output: output["output_type"]):
            separator = "" if kind == "stream" else "\n"
            texts.append(separator.join(_text(output) for output in outputs))
    return "\n".join(texts)


def _text(output: nbformat.NotebookNode) -> str:
    data = output.get("data", {})
    return output.get("text") or data.get("text/markdown") or data.get("text/plain", "")


@pytest.mark.slow
@pytest.mark.parametrize("path", each(CHAPTERS))
def test_chapter_runs_and_cleans_up(path: Path) -> None:
    start = time.monotonic()
    book = execute(path)
    assert streams(book, "stderr") == []
    said = shown(book)
    claims = (CLAIMS / f"{path.parent.name}.txt").read_text(encoding="utf-8").splitlines()
    assert [claim for claim in claims if not re.search(claim, said)] == []
    assert EmbeddedDriver().list() == [], "el capítulo deja un clúster en marcha"
    assert time.monotonic() - start < LIMIT * 3, "muy por encima de lo que promete, aun con la máquina ocupada"


@pytest.mark.slow
@pytest.mark.parametrize("path", each(LABS))
def test_untouched_lab_runs_and_explains_what_is_missing(path: Path) -> None:
    driver = EmbeddedDriver()
    try:
        book = execute(path)
    finally:
        for status in driver.list():
            driver.delete(status.name)
    assert streams(book, "stderr") == []
    reports = [
        output for cell in book.cells for output in cell.get("outputs", []) if "text/html" in output.get("data", {})
    ]
    assert any("Esperaba" in report["data"]["text/html"] for report in reports)
