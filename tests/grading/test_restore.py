"""Una entrega recupera su forma y conserva lo que es del estudiante."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_markdown_cell

from grading.restore import ReleasedCell, restore


def _released(name: str, *, grade: bool = False, solution: bool = False) -> ReleasedCell:
    return ReleasedCell(
        name=name,
        cell_type="code",
        source=f"original {name}",
        checksum="x",
        locked=not solution,
        grade=grade,
        solution=solution,
        task=False,
        points=2.0 if grade else 0.0,
    )


RELEASED = [_released("preparar"), _released("tarea", solution=True), _released("nota", grade=True)]


def _names(cells):
    return [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in cells]


def _cell(name: str, source: str = "mío"):
    return new_code_cell(source, metadata={"nbgrader": {"grade_id": name}})


def test_the_student_keeps_the_text_of_answers_and_of_added_cells() -> None:
    cells = restore([_cell("preparar"), new_code_cell("extra"), _cell("tarea"), _cell("nota")], RELEASED)
    assert [cell.source for cell in cells] == ["original preparar", "extra", "mío", "original nota"]


def test_everything_missing_comes_back_in_order() -> None:
    assert _names(restore([new_markdown_cell("hola")], RELEASED)) == ["preparar", "tarea", "nota", ""]
    assert _names(restore([_cell("tarea")], RELEASED)) == ["preparar", "tarea", "nota"]


def test_a_repeated_cell_counts_once_and_the_last_one_wins() -> None:
    cells = restore([_cell("preparar"), _cell("tarea", "una"), _cell("tarea", "dos"), _cell("nota")], RELEASED)
    assert _names(cells) == ["preparar", "", "tarea", "nota"]
    assert [cell.source for cell in cells][1:3] == ["una", "dos"]


def test_metadata_are_the_released_ones_and_no_others() -> None:
    forged = new_code_cell(
        "x", metadata={"tags": ["skip"], "nbgrader": {"grade_id": "nota", "points": 99, "solution": True}}
    )
    plain, graded = restore([new_code_cell("y", metadata={"tags": ["z"], "nbgrader": 3}), forged], RELEASED[2:])
    assert plain.metadata == {}
    assert graded.metadata["nbgrader"] == RELEASED[2].metadata()["nbgrader"] and "tags" not in graded.metadata


def test_restoring_twice_gives_the_same_bytes() -> None:
    submitted = [_cell("tarea"), new_code_cell("extra")]
    assert restore(submitted, RELEASED) == restore(submitted, RELEASED)
