"""Pasar comprobaciones: paciencia con lo que se mueve, puertas, y ninguna nota cuando falla la infraestructura."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from lab_tools.checks.check import Check, Criterion, Result
from lab_tools.checks.expect import Fact, Finding, NotMeasurable, exists
from lab_tools.checks.over_time import eventually, throughout
from lab_tools.checks.report import Report
from lab_tools.checks.run import CALM, PATIENCE, demand, run
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.errors import InfrastructureError, StatusError
from tests.checks.fake import Object, Paper, deployment, snapshot


def check(*criteria: tuple[float, Fact], gates: tuple[Fact, ...] = ()) -> Check:
    parts = tuple(Criterion(points, fact) for points, fact in criteria)
    return Check("X-1", "¿Está?", "sirve", "el capítulo", parts, ("a", "b", "c"), gates)


def at(*paper: Object) -> Snapshot:
    return snapshot(*paper)


def says(met: bool) -> Fact:
    return lambda _: Finding(met, "algo", "otra cosa")


def test_each_criterion_earns_its_own_points() -> None:
    result = check((1.5, says(True)), (0.5, says(False))).look(at())
    assert (result.earned, result.possible, result.state) == (1.5, 2.0, "a medias")


def test_doing_nothing_earns_nothing() -> None:
    result = check((2, exists("deploy", "frontend"))).look(at())
    assert (result.earned, result.state) == (0, "falta")


def test_a_closed_gate_takes_every_point_and_says_why() -> None:
    result = check((2, says(True)), gates=(exists("deploy", "api"),)).look(at())
    assert (result.earned, result.possible, result.expected) == (
        0,
        2,
        "que existiera el Deployment `api`, como condición previa",
    )


def test_a_gate_by_itself_gives_no_points() -> None:
    assert check((2, says(False)), gates=(says(True),)).look(at()).earned == 0


def test_what_cannot_be_measured_here_leaves_the_denominator() -> None:
    def impossible(_: Snapshot) -> Finding:
        raise NotMeasurable("este clúster no se puede copiar")

    mixed = check((2, impossible), (1, says(True))).look(at())
    assert (mixed.earned, mixed.possible) == (1, 1)
    alone = check((2, impossible)).look(at())
    assert (alone.possible, alone.state) == (0, "no medible")
    assert "este clúster no se puede copiar" in alone.found


@pytest.mark.parametrize(
    "error", [KeyError("spec"), StatusError({"code": 500, "message": "etcd"}), InfrastructureError("x")]
)
def test_what_is_not_the_students_fault_never_marks(error: Exception) -> None:
    def broken(_: Snapshot) -> Finding:
        raise error

    with pytest.raises(InfrastructureError):
        check((1, broken)).look(at())


def test_what_is_on_its_way_is_waited_for() -> None:
    paper = Paper(later=lambda time: [deployment()] if time >= 2 else [])
    results = run([check((1, exists("deploy", "frontend")))], Snapshot(Client(paper, "tienda")))
    assert (results[0].earned, paper.time) == (1, 2)


def test_a_still_cluster_is_not_waited_for_long() -> None:
    paper = Paper()
    assert run([check((1, exists("deploy", "frontend")))], Snapshot(Client(paper, "tienda")))[0].earned == 0
    assert paper.time == CALM


def test_a_restless_cluster_ends_the_patience() -> None:
    def restless(time: float) -> list[Object]:
        moving = deployment("otro")
        moving["metadata"]["resourceVersion"] = str(time)
        return [moving]

    paper = Paper(later=restless)
    run([check((1, exists("deploy", "frontend")))], Snapshot(Client(paper, "tienda")))
    assert paper.time == PATIENCE


def test_a_cluster_that_crawls_gives_a_partial_result_that_says_so_and_never_a_mark() -> None:
    ticks = iter(range(0, 10000, 11))
    results = run([check((1, exists("deploy", "x")))] * 3, at(deployment("x")), clock=lambda: float(next(ticks)))
    assert [result.state for result in results] == ["bien", "sin tiempo", "sin tiempo"]
    assert results[1].found.startswith("que no dio tiempo a saberlo"), "se lee tras «Encontré»"
    assert (results[1].earned, results[1].possible) == (0, 0)
    assert "30 s" in results[1].found
    report = Report(results)
    assert not report.complete
    assert "No dio tiempo a mirar X-1" in report.text()
    with pytest.raises(InfrastructureError, match="30 s"):
        demand(results, "Marcar")


def test_a_cluster_that_does_not_answer_is_not_waited_for_beyond_the_time_there_is() -> None:
    class Mute(Paper):
        patience = 60.0
        asked: ClassVar[list[float]] = []

        def send(self, *_: Any, **__: Any) -> Reply:
            self.asked.append(self.patience)
            raise InfrastructureError("no contesta")

    mute = Mute()
    with pytest.raises(InfrastructureError):
        run([check((1, exists("deploy", "x")))], Snapshot(Client(mute, "tienda")), seconds=4)
    assert len(mute.asked) == 1 and mute.asked[0] <= 4
    assert mute.patience == 60, "la conexión vuelve a tener la paciencia de antes"


def test_a_gate_that_cannot_be_seen_here_leaves_the_denominator_too() -> None:
    def impossible(_: Snapshot) -> Finding:
        raise NotMeasurable("no se deja")

    assert check((2, says(True)), gates=(impossible,)).look(at()).state == "no medible"


def test_checking_only_reads() -> None:
    paper = Paper()
    run([check((1, exists("deploy", "frontend")))], Snapshot(Client(paper, "tienda")))
    assert set(paper.methods) == {"GET"}


def test_eventually_gives_it_time_and_throughout_does_not_forgive() -> None:
    def blink(time: float) -> list[Object]:
        return [] if 1 <= time < 2 else [deployment()]

    fact = exists("deploy", "frontend")
    assert eventually(fact, within=5)(snapshot(later=blink)).met
    finding = throughout(fact, seconds=5)(snapshot(deployment(), later=blink))
    assert (finding.met, finding.found.endswith("(a los 1 s)")) == (False, True)


def test_a_result_travels_as_json() -> None:
    result: Result = check((1, says(True))).look(at())
    assert result.as_json()["state"] == "bien"
