"""Mientras corre un clúster, el recolector de Python recorre el mundo entero menos veces; después, como siempre."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from lab_tools.embedded.clock import Clock
from lab_tools.embedded.collector import WHOLE, unhurried

USUAL = (700, 10, 10)


@pytest.fixture(autouse=True)
def _usual() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize("move", [
    lambda clock: clock.advance(2),
    lambda clock: clock.run_until(lambda: False, timeout=2),
], ids=["advance", "run_until"])  # fmt: skip
def test_only_whole_passes_are_rarer_and_only_while_time_moves(move):
    clock, seen = Clock(), []
    clock.call_in(1, lambda: seen.append(gc.get_threshold()))
    move(clock)
    assert seen == [(700, 10, WHOLE)]
    assert gc.get_threshold() == USUAL


def test_an_event_that_fails_leaves_the_collector_as_it_was():
    clock = Clock()
    clock.call_in(1, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        clock.advance(2)
    assert gc.get_threshold() == USUAL


def test_time_that_moves_while_time_moves_does_not_bring_the_passes_back():
    clock, seen = Clock(), []

    def inner() -> None:
        Clock().advance(1)
        seen.append(gc.get_threshold())

    clock.call_in(1, inner)
    clock.advance(2)
    assert seen == [(700, 10, WHOLE)]


@pytest.mark.parametrize("own", [(0, 10, 10), (700, 10, 5000)], ids=["off", "rarer still"])
def test_who_has_chosen_less_keeps_it(own):
    gc.set_threshold(*own)
    with unhurried():
        new, _, whole = gc.get_threshold()
        assert new == own[0]
        assert whole >= own[2]
    assert gc.get_threshold() == own


def test_two_who_overlap_never_leave_it_rare_for_ever():
    first, second = unhurried(), unhurried()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == USUAL
