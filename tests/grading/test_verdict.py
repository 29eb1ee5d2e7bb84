"""Cómo un veredicto se vuelve puntos que nbgrader no puede leer de otra manera."""

from __future__ import annotations

import dataclasses

import pytest
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade

from grading.verdict import Verdict, outputs, say
from lab_tools.checks.check import Result
from lab_tools.errors import InfrastructureError
from tests.grading.fake import meta

RESULT = Result(
    id="a",
    question="¿Hay tres Pods?",
    earned=1.0,
    possible=2.0,
    expected="que hubiera 3 Pods",
    found="2",
    why="con menos no hay holgura",
    read="el capítulo 6",
)


def _nbgrader_reads(verdict: Verdict, points: float) -> tuple[float | None, float]:
    cell = new_code_cell("lab.check()", metadata=meta("c", grade=True, points=points))
    cell.outputs = outputs(verdict, points, 1)
    return determine_grade(cell)


@pytest.mark.parametrize(("earned", "expected"), [(0.0, 0.0), (1.0, 1.5), (2.0, 3.0), (9.0, 3.0), (-4.0, 0.0)])
def test_nbgrader_reads_the_fraction_earned_clamped_to_the_cell(earned: float, expected: float) -> None:
    verdict = Verdict("c", (dataclasses.replace(RESULT, earned=earned),))
    assert _nbgrader_reads(verdict, 3.0) == (expected, 3.0)


def test_a_third_never_exceeds_the_maximum() -> None:
    thirds = tuple(dataclasses.replace(RESULT, earned=1.0, possible=1.0) for _ in range(3))
    assert _nbgrader_reads(Verdict("c", thirds), 0.1)[0] == 0.1


@pytest.mark.parametrize(
    "broken", [{"earned": float("nan")}, {"possible": float("inf")}, {"earned": 0.0, "possible": 0.0}]
)
def test_points_that_are_not_numbers_never_become_a_mark(broken: dict[str, float]) -> None:
    with pytest.raises(InfrastructureError):
        Verdict("c", (dataclasses.replace(RESULT, **broken),)).score(3.0)


def test_what_cannot_be_measured_leaves_the_denominator() -> None:
    unmeasured = dataclasses.replace(RESULT, earned=0.0, possible=0.0)
    assert Verdict("c", (RESULT, unmeasured)).score(2.0) == 1.0


def test_the_comment_has_its_four_pieces_in_order() -> None:
    text = say(Verdict("c", (RESULT,), title="Tres réplicas"), 3.0)
    assert text.startswith("Tres réplicas: 1,5 de 3 puntos\n")
    places = [text.index(word) for word in ("Esperaba", "Encontré", "Importa", "Lee")]
    assert places == sorted(places)


def test_a_hidden_check_says_only_its_points() -> None:
    verdict = Verdict("c", (dataclasses.replace(RESULT, hidden=True),))
    told = say(verdict, 3.0) + str(verdict.as_data(3.0))
    assert "Pods" not in told and "holgura" not in told and "1 de 2" in told
