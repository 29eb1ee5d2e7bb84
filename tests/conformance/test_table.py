"""La tabla que se publica y la lista de lo que queda fuera dicen la verdad."""

from __future__ import annotations

import pytest

from tests.conformance import compare, exclusions, scenario, table
from tests.conformance.__main__ import README
from tests.conformance.exclusions import NOTHING, UNORDERED, Exclusion

SCENARIOS = {one.name: one for one in scenario.every()}
EXCLUDED = exclusions.every()


def test_the_readme_shows_what_the_tests_hold() -> None:
    # Las demás pruebas de esta carpeta exigen cero diferencias: aquí basta con contar.
    rows = table.families(table.row(one, 0, EXCLUDED) for one in SCENARIOS.values())
    page = README.read_text(encoding="utf-8")
    assert page == table.written(page, table.markdown(rows)), "escríbela con «make conformance ARGS=--write»"


def test_every_family_is_described() -> None:
    assert {one.family for one in SCENARIOS.values()} == set(table.ABOUT)


@pytest.mark.parametrize("one", EXCLUDED, ids=lambda one: f"{one.scenario}-{one.step}")
def test_what_is_left_out_exists_and_says_why(one: Exclusion) -> None:
    assert one.step in {record["step"] for record in SCENARIOS[one.scenario].expected}
    assert one.compare in (UNORDERED, NOTHING)
    assert len(one.reason.split()) > 4


def test_a_step_without_its_order_still_has_every_line() -> None:
    real = [{"step": "00", "stdout": "a\nb"}]
    assert _wrong(real, [{"step": "00", "stdout": "b\na"}], UNORDERED) == 0
    assert _wrong(real, [{"step": "00", "stdout": "b"}], UNORDERED) == 1


def test_a_step_left_out_must_be_taken_all_the_same() -> None:
    real = [{"step": "00", "stdout": "a"}]
    assert _wrong(real, [{"step": "00", "stdout": "z"}], NOTHING) == 0
    assert _wrong(real, [], NOTHING) == 1


def test_what_is_left_out_does_not_count_as_recorded() -> None:
    one = SCENARIOS["api-errors"]
    listed = [Exclusion(one.name, one.expected[0]["step"], NOTHING, "porque aquí se prueba")]
    found = table.row(one, 2, listed)
    assert (found.steps, found.right, found.left_out) == (len(one.expected), len(one.expected) - 3, 1)
    assert not found.whole
    assert table.row(one, 0, listed).whole


def _wrong(real: list[scenario.Record], ours: list[scenario.Record], how: str) -> int:
    return sum(bool(wrong) for _, wrong in compare.steps(real, ours, {"00": how}))
