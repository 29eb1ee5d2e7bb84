"""Los cuadernos: salen de lab.yaml, siempre iguales, y no llevan nada que el estudiante no deba ver."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lab_tools import labs
from lab_tools.errors import LabError
from lab_tools.labs import build, shelf
from lab_tools.labs.notebook import STUB, as_bytes, notebook

SLUGS = [info.slug for info in labs.catalogue()]


@pytest.fixture(params=SLUGS)
def folder(request: pytest.FixtureRequest) -> Path:
    return shelf.folder(request.param)


def cells(book: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in book["cells"]}


def test_what_is_committed_is_what_the_source_says(folder: Path) -> None:
    for name, content in build.generated(folder).items():
        assert (folder / name).read_bytes() == content, f"{folder.name}/{name}: vuelve a generarlo"


def test_the_same_source_gives_the_same_bytes(folder: Path) -> None:
    assert as_bytes(notebook(labs.load(folder))) == as_bytes(notebook(labs.load(folder)))


def test_the_notebook_is_valid_and_has_no_outputs(folder: Path) -> None:
    book = nbformat.read(folder / "lab.ipynb", as_version=4)
    nbformat.validate(book)
    assert not [cell for cell in book.cells if cell.get("outputs")]
    assert len({cell.id for cell in book.cells}) == len(book.cells)


def test_what_the_student_gets_holds_no_solution_and_nothing_hidden(folder: Path) -> None:
    text = (folder / "lab.ipynb").read_text(encoding="utf-8") + (folder / "lab.md").read_text(encoding="utf-8")
    lab = labs.load(folder)
    for check in lab.checks:
        if check.hidden:
            assert check.id not in text and check.question not in text
    book = cells(json.loads((folder / "lab.ipynb").read_text(encoding="utf-8")))
    assert all("".join(book[task.answer_id]["source"]) == STUB for task in lab.tasks)
    for solution in (folder / "solutions").glob("*/*.py"):
        assert solution.read_text(encoding="utf-8").strip() not in text


def test_graded_cells_are_locked_and_worth_what_the_lab_says(folder: Path) -> None:
    lab = labs.load(folder)
    book = cells(notebook(lab))
    for task in lab.tasks:
        marks = book[task.cell_id]["metadata"]["nbgrader"]
        assert (marks["grade"], marks["locked"], marks["solution"], marks["points"]) == (True, True, False, task.points)
        assert "".join(book[task.cell_id]["source"]) == f'lab.check("{task.id}")'


def test_a_solution_only_fills_the_answers(folder: Path) -> None:
    lab = labs.load(folder)
    untouched, filled = cells(labs.assemble(folder)), cells(labs.assemble(folder, "reference"))
    changed = {name for name in untouched if untouched[name] != filled[name]}
    assert changed == {task.answer_id for task in lab.tasks}


def test_an_unknown_solution_is_told_which_there_are(folder: Path) -> None:
    with pytest.raises(LabError, match="reference"):
        labs.assemble(folder, "mágica")


def test_check_finds_what_is_stale_and_does_not_write(folder: Path, tmp_path: Path) -> None:
    for name in ("lab.yaml", "checks.py", "lab.md", "lab.ipynb"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "lab.md").write_text("viejo")
    assert [path.name for path in build.build(tmp_path, write=False)] == ["lab.md"]
    assert (tmp_path / "lab.md").read_text() == "viejo"
    assert build.build(tmp_path) and not build.build(tmp_path)


def test_the_command_says_what_it_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--all", "--check"]) == 0
    assert build.main(["nada"]) == 1
    assert "06-deployments" in capsys.readouterr().err


def test_the_command_speaks_spanish_when_it_is_asked_badly(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main([]) == 2
    assert build.main(["--todo"]) == 2
    told = capsys.readouterr().err
    assert "Di qué laboratorio" in told and "No existe la opción «--todo»" in told and "Uso:" in told
    assert build.main(["--help"]) == 0
    assert "usage" not in told + capsys.readouterr().out
