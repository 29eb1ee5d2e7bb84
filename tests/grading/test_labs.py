"""Cada laboratorio, por nbgrader: lo que se publica no da la respuesta, y la solución encerrada se lo lleva todo."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from grading import config
from grading.release import release
from grading.sandbox import wall
from lab_tools import labs
from lab_tools.labs import submission
from tests.grading.conftest import converted

SHELF = Path(__file__).resolve().parents[2] / "labs"
FOLDERS = sorted(path.parent for path in SHELF.glob("*/lab.yaml"))
SOLUTION = "reference"
each_lab = pytest.mark.parametrize("lab", FOLDERS, ids=lambda lab: lab.name)


def _published(lab: Path, course: Path) -> dict[str, str]:
    folder = release(lab, course).folder
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8")
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


@each_lab
def test_what_is_released_holds_no_solution_and_no_reserved_check(lab: Path, tmp_path: Path) -> None:
    found = _published(lab, tmp_path)
    assert {Path(name).suffix for name in found} <= {".ipynb", ".yaml"} and "lab.ipynb" in found
    everything = "".join(found.values())
    seen = _bare(everything)
    answers = _answers(lab)
    told = [line for line in answers if _bare(line) in seen]
    assert answers and not told, told
    for check in (check for check in labs.load(lab).checks if check.hidden):
        assert check.id not in everything and check.question not in everything


@pytest.mark.slow
@pytest.mark.skipif(bool(wall.lacking()), reason=f"sin muros: {wall.lacking()}")
@each_lab
def test_the_reference_run_behind_walls_gets_everything_from_nbgrader(lab: Path, tmp_path: Path) -> None:
    course = _handed_in(lab, SOLUTION, tmp_path)
    mark = converted(course, lab.name, "ana")
    assert (mark.score, mark.max_score) == (labs.load(lab).max_points,) * 2


def _handed_in(lab: Path, solution: str, course: Path) -> CourseDirectory:
    """Un curso con el laboratorio publicado y el cuaderno resuelto de «ana», sin registro: habrá que ejecutarlo."""
    release(lab, course)
    place = course / "submitted" / "ana" / lab.name / "lab.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(submission.assemble(lab, solution)), encoding="utf-8")
    return config.course(course, lab.parent)


def _bare(text: str) -> str:
    """Sin lo que un JSON cambia: blancos, comillas y barras."""
    return re.sub(r"\\n|[\s\"\\]", "", text)


def _answers(lab: Path) -> list[str]:
    """Las líneas con sustancia de todas las soluciones que lo consiguen todo: las que el cuaderno intacto no enseña.

    Lo que el enunciado da escrito (un nombre, una orden de ejemplo) no es la respuesta.
    """
    loaded = labs.load(lab)
    start = _bare(json.dumps(submission.assemble(lab), ensure_ascii=False))
    start += _bare("".join(path.read_text(encoding="utf-8") for path in (lab / "manifests").glob("*.yaml")))
    best = {one.name for one in loaded.solutions if one.mark == loaded.max_points}
    lines = {line.strip() for name in best for path in submission.sources(loaded, name).values()
             for line in path.read_text(encoding="utf-8").splitlines()}  # fmt: skip
    return sorted(line for line in lines if len(line) > 25 and not line.startswith("#") and _bare(line) not in start)
