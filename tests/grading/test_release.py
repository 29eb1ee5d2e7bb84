"""Lo que se publica: el cuaderno y los manifiestos de partida, y nada que dé la respuesta."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from grading.config import CODE_STUB
from grading.release import release
from lab_tools.errors import GradingError
from lab_tools.labs.notebook import STUB
from tests.grading import fake
from tests.grading.conftest import ASSIGNMENT


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("step", ["source", "release"])
def test_only_the_notebook_and_the_start_manifests_are_released(course, step: str) -> None:
    assert _files(Path(course.root) / step / ASSIGNMENT) == {"lab.ipynb", "manifests/inicio.yaml"}


def test_no_solution_and_no_reserved_check_can_be_found_anywhere_in_the_course(course) -> None:
    everything = b"".join(path.read_bytes() for path in Path(course.root).rglob("*") if path.is_file())
    assert fake.SECRET.encode() not in everything
    assert fake.SOLVED["tarea-1"].encode() not in everything


def test_a_marked_solution_becomes_a_spanish_stub(tmp_path: Path) -> None:
    lab = fake.write_lab(tmp_path / "labs" / ASSIGNMENT)
    solved = {"tarea-1": "a = 1\n### INICIO SOLUCIÓN\nsecreto = 2\n### FIN SOLUCIÓN"}
    nbformat.write(fake.notebook(solved), lab / "lab.ipynb")
    published = nbformat.read(release(lab, tmp_path / "curso").folder / "lab.ipynb", as_version=4)
    assert f"a = 1\n{CODE_STUB}" in [cell.source for cell in published.cells]
    assert "secreto" not in nbformat.writes(published)


def test_an_answer_without_marks_is_never_published_and_a_labs_own_stub_is_ours(course) -> None:
    published = nbformat.read(Path(course.root) / "release" / ASSIGNMENT / "lab.ipynb", as_version=4)
    assert [cell.source for cell in published.cells if cell.metadata.get("nbgrader", {}).get("solution")] == [
        STUB,
        STUB,
    ]
    assert STUB == CODE_STUB


def test_releasing_twice_is_the_same_as_once(course, tmp_path: Path) -> None:
    folder = Path(course.root) / "release" / ASSIGNMENT
    before = nbformat.read(folder / "lab.ipynb", as_version=4)
    release(tmp_path / "labs" / ASSIGNMENT, Path(course.root))
    assert nbformat.read(folder / "lab.ipynb", as_version=4) == before


def test_a_lab_without_a_notebook_is_told(tmp_path: Path) -> None:
    (tmp_path / "labs" / "91-vacio").mkdir(parents=True)
    with pytest.raises(GradingError, match=r"lab\.ipynb"):
        release(tmp_path / "labs" / "91-vacio", tmp_path / "curso")
