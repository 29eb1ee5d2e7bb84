"""La cuenta de los Pods: solo se pierde lo que nadie pidió retirar, y solo se recupera lo que se perdió."""

from __future__ import annotations

from lab_tools.checks.recovery import ledger, lost_pods, recovered, replaced_by, start_seconds
from tests.checks.fake import Object, deployment, event, pod, replicaset, snapshot

MINE = deployment(replicas=2)
RS = replicaset(MINE, "tienda:1.0", 1)


def created(name: str, at: str = "00:00:00") -> Object:
    return event(RS, "SuccessfulCreate", f"Created pod: {name}", at)


def deleted(name: str) -> Object:
    return event(RS, "SuccessfulDelete", f"Deleted pod: {name}")


def test_a_pod_that_nobody_withdrew_was_lost() -> None:
    there = snapshot(MINE, RS, created("a"), created("b"), created("c", "00:01:00"), pod(RS, "b"), pod(RS, "c"))
    assert ledger(there, "frontend").lost == ["a"]
    assert recovered("frontend", 1, 2)(there).met


def test_scaling_down_is_not_losing() -> None:
    there = snapshot(MINE, RS, created("a"), created("b"), deleted("a"), pod(RS, "b"))
    assert lost_pods("frontend", 1)(there).found == "0 Pods borrados"


def test_without_a_fall_there_is_no_recovery() -> None:
    there = snapshot(MINE, RS, created("a"), created("b"), pod(RS, "a"), pod(RS, "b"))
    assert not recovered("frontend", 1, 2)(there).met


def test_a_lost_pod_that_was_not_replaced_is_not_a_recovery() -> None:
    there = snapshot(MINE, RS, created("a"), created("b"), pod(RS, "b"))
    assert lost_pods("frontend", 1)(there).met
    assert not recovered("frontend", 1, 2)(there).met


def test_events_of_another_deployment_do_not_count() -> None:
    other = deployment("otro")
    theirs = replicaset(other, "x:1", 1)
    stray = event(theirs, "SuccessfulCreate", "Created pod: z")
    assert ledger(snapshot(MINE, RS, other, theirs, stray), "frontend").created == {}


def test_the_replacement_is_born_after_the_fall() -> None:
    killed = event(pod(RS, "a"), "Killing", "Stopping container c", "00:00:30")
    early, late = created("b"), created("c", "00:00:31")
    there = snapshot(MINE, RS, created("a"), early, late, killed, pod(RS, "b"), pod(RS, "c"))
    assert replaced_by(there, "frontend", "a", "c")
    assert not replaced_by(there, "frontend", "a", "b")
    assert not replaced_by(there, "frontend", "inventado", "c")


def test_a_replacement_that_fell_later_had_replaced_all_the_same() -> None:
    first, second = (event(pod(RS, name), "Killing", "Stopping container c", at)
                     for name, at in (("a", "00:00:30"), ("c", "00:00:50")))  # fmt: skip
    born = created("a"), created("b"), created("c", "00:00:31"), created("d", "00:00:51")
    there = snapshot(MINE, RS, *born, first, second, pod(RS, "b"), pod(RS, "d"))
    assert replaced_by(there, "frontend", "a", "c")
    assert not replaced_by(there, "frontend", "c", "a")
    unseen = snapshot(MINE, RS, *born, second, pod(RS, "b"), pod(RS, "d"))
    assert not replaced_by(unseen, "frontend", "a", "c")


def test_the_start_is_measured_between_two_events() -> None:
    new = pod(RS, "c")
    started = event(new, "Started", "Container started", "00:00:33")
    assert start_seconds(snapshot(MINE, RS, created("c", "00:00:31"), started, new), "frontend", "c") == 2
    assert start_seconds(snapshot(MINE, RS, created("c")), "frontend", "c") is None
