"""El modelo de coste y capacidad: sus cuentas son las que dice, y sus decisiones, las que salen de ellas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab_tools.errors import UsageError
from lab_tools.sizing import (
    ALONE,
    COMPOSE,
    ORCHESTRATOR,
    Case,
    Rates,
    bill,
    bills,
    cores,
    decide,
    machine,
    nodes,
    obstacle,
    replicas,
)

SHOP = Case("tienda", services=8, peak_rps=900, base_rps=100, peak_hours=4, cpu_seconds=0.015, releases=60, teams=3,
            outage_cost=800)  # fmt: skip
PAGE = Case("folleto", peak_rps=20, base_rps=2, cpu_seconds=0.002, outage_cost=2)
RATES = Rates()


def test_cores_are_the_busy_time_over_the_share_that_may_be_busy() -> None:
    assert cores(100, 0.007, 0.7) == pytest.approx(1.0)
    assert cores(0, 0.01) == 0


@pytest.mark.parametrize(("rps", "wanted"), [(35, 1), (35.1, 2), (70, 2), (1, 1)])
def test_replicas_round_up_and_never_go_below_the_least(rps: float, wanted: int) -> None:
    assert replicas(rps, 0.01, 0.5) == wanted
    assert replicas(rps, 0.01, 0.5, least=3) == 3


@pytest.mark.parametrize("wrong", [(-1, 0.01, 0.7), (1, -0.01, 0.7), (1, 0.01, 0), (1, 0.01, 1.2)])
def test_numbers_without_sense_are_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(UsageError, match="No hay cuentas"):
        cores(*wrong)
    with pytest.raises(UsageError, match="no trabaja"):
        replicas(1, 0.01, 0)


def test_one_machine_is_bought_for_the_peak_and_there_is_a_biggest_one() -> None:
    assert machine(SHOP, RATES) == 32
    assert machine(PAGE, RATES) == 2
    assert machine(replace(SHOP, peak_rps=2000), RATES) is None


def test_a_cluster_keeps_one_node_to_lose_and_never_has_fewer_than_three() -> None:
    assert nodes(PAGE, RATES, PAGE.peak_rps) == 3
    assert nodes(SHOP, RATES, SHOP.peak_rps) == 7


def test_a_bill_is_machines_and_work_and_what_closing_costs() -> None:
    found = bill(SHOP, ORCHESTRATOR)
    assert found is not None
    # 3 nodos siempre y 4 más durante 4 horas, de 4 núcleos; 24 + 60 · 0,05 + 2 · 1 horas; 0,1 h por máquina perdida.
    assert found.machines == pytest.approx((3 + 4 * 4 / 24) * 48 + 70)
    assert found.hours == pytest.approx(29)
    assert found.work == pytest.approx(29 * 35)
    assert found.closed == pytest.approx(0.1 * 0.03 * 800)
    assert found.total == pytest.approx(found.machines + found.work + found.closed)


def test_what_does_not_fit_has_no_bill() -> None:
    assert [one.way for one in bills(replace(SHOP, peak_rps=2000))] == [ORCHESTRATOR]


@pytest.mark.parametrize(
    ("case", "way"),
    [
        (PAGE, ALONE),
        (replace(PAGE, services=3), COMPOSE),
        (SHOP, ORCHESTRATOR),
        (replace(SHOP, operators=False), COMPOSE),
        (replace(SHOP, tied=True), COMPOSE),
        (replace(SHOP, outage_cost=0, releases=4, teams=1), COMPOSE),
        (replace(PAGE, services=20, teams=12), ORCHESTRATOR),
    ],
)
def test_the_cheapest_way_that_can_be_is_chosen(case: Case, way: str) -> None:
    found = decide(case)
    assert found is not None
    assert found.way == way
    assert all(found.chosen.total <= other.total for other in found.others)


def test_when_two_ways_cost_the_same_the_simpler_one_wins() -> None:
    same = tuple(replace(way, fixed_hours=0, release_hours=0, release_outage=0, repair_hours=0) for way in RATES.ways)
    found = decide(PAGE, replace(RATES, ways=same))
    assert found is not None and found.way == ALONE
    assert found.others[0].total == found.chosen.total


def test_an_obstacle_says_why_and_nothing_possible_is_no_decision() -> None:
    assert "8 programas" in obstacle(SHOP, ALONE)
    assert "atado a su máquina" in obstacle(replace(PAGE, tied=True), ORCHESTRATOR)
    assert "nadie sabe" in obstacle(replace(PAGE, operators=False), ORCHESTRATOR)
    assert obstacle(PAGE, ALONE) == ""
    huge = replace(SHOP, peak_rps=9000, operators=False)
    assert decide(huge) is None
    assert "no cabe" in obstacle(huge, COMPOSE)


def test_a_decision_reads_as_the_account_it_is() -> None:
    said = repr(decide(SHOP))
    assert said.splitlines()[0].startswith("tienda: orquestador: 1263 € al mes (máquinas 246 + trabajo 1015")
    assert "solo: no, porque son 8 programas" in said


def test_a_way_that_does_not_exist_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        bill(PAGE, "swarm")
