"""El reloj virtual."""

from __future__ import annotations

import pytest

from lab_tools.embedded.clock import EPOCH, Clock, microtime, parse, timestamp


def test_time_passes_only_when_asked():
    clock = Clock()
    seen: list[float] = []
    clock.call_in(5, lambda: seen.append(clock.now - EPOCH))
    clock.settle()
    assert seen == []
    clock.advance(4.9)
    assert seen == []
    clock.advance(0.1)
    assert seen == [5]


def test_same_instant_runs_by_priority_then_by_order():
    clock, seen = Clock(), []
    clock.call_in(1, lambda: seen.append("b"))
    clock.call_in(1, lambda: seen.append("c"))
    clock.call_in(1, lambda: seen.append("a"), priority=-1)
    clock.advance(1)
    assert seen == ["a", "b", "c"]


def test_what_an_event_schedules_for_now_runs_before_time_moves_on():
    clock, seen = Clock(), []
    clock.call_in(1, lambda: clock.call_soon(lambda: seen.append(clock.now - EPOCH)))
    clock.advance(10)
    assert seen == [1]
    assert clock.now == EPOCH + 10


def test_a_cancelled_timer_never_runs():
    clock, seen = Clock(), []
    timer = clock.call_in(1, lambda: seen.append("no"))
    timer.cancel()
    timer.cancel()
    clock.advance(2)
    assert seen == []
    assert clock.next_event() is None


def test_the_past_is_served_now():
    clock, seen = Clock(), []
    clock.call_at(EPOCH - 100, lambda: seen.append(clock.now))
    clock.settle()
    assert seen == [EPOCH]


def test_run_until_stops_at_the_instant_it_became_true():
    clock, seen = Clock(), []
    for second in (1, 2, 3):
        clock.call_in(second, lambda second=second: seen.append(second))
    assert clock.run_until(lambda: len(seen) == 2, timeout=60)
    assert clock.now == EPOCH + 2


def test_run_until_gives_up_at_the_deadline():
    clock = Clock()
    clock.call_in(100, lambda: None)
    assert not clock.run_until(lambda: False, timeout=60)
    assert clock.now == EPOCH + 60


def test_a_loop_that_never_rests_is_told_not_suffered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lab_tools.embedded.clock._STORM", 100)
    clock = Clock()

    def again() -> None:
        clock.call_soon(again)

    again()
    with pytest.raises(RuntimeError, match="no descansa"):
        clock.settle()


def test_instants_are_written_as_kubernetes_writes_them():
    assert timestamp(EPOCH + 0.9) == "2026-01-01T00:00:00Z"
    assert microtime(EPOCH + 0.25) == "2026-01-01T00:00:00.250000Z"
    assert parse("2026-01-01T00:00:00Z") == EPOCH
    assert parse("2026-01-01T01:00:00.5+01:00") == EPOCH + 0.5
