"""La cuenta de una recuperación, sobre muestras escritas a mano."""

from __future__ import annotations

import pytest

from lab_tools.traffic import Recovery, Sample


def sample(time: float, alive: str, ready: str | None = None, wanted: int = 2) -> Sample:
    """Pods de una letra; si no se dice, los vivos están listos."""
    return Sample(time, {pod: f"pod-{pod}" for pod in alive}, frozenset(alive if ready is None else ready), wanted)


def filled(*samples: Sample) -> Recovery:
    recovery = Recovery("deployment/frontend")
    recovery.fill(samples[0], list(samples))
    return recovery


def test_it_tells_noticing_from_starting() -> None:
    found = filled(sample(0, "ab"), sample(1, "ab"), sample(1.5, "b"), sample(2, "bc", "b"), sample(4, "bc"))
    assert (found.detect, found.start, found.total) == (1, 2, 3)
    assert (found.lost, found.new) == (("pod-a",), ("pod-c",))
    assert repr(found) == "Recuperado en 3,0 s: 1,0 s en darse cuenta, 2,0 s en arrancar"


def test_a_recovery_seen_all_at_once_still_took_time() -> None:
    found = filled(sample(0, "ab"), sample(1, "ab"), sample(1.4, "bc"))
    assert found.total == pytest.approx(0.4)


def test_what_is_not_whole_again_has_no_figure() -> None:
    found = filled(sample(0, "ab"), sample(1, "bc", "b"))
    assert found.total is None
    assert repr(found) == "deployment/frontend no se ha recuperado todavía: perdió pod-a"


def test_a_fall_in_two_acts_counts_until_the_last_one_is_back() -> None:
    found = filled(sample(0, "ab"), sample(1, "bc", "b"), sample(2, "bc"), sample(3, "c"), sample(4, "cd"))
    assert found.lost == ("pod-a", "pod-b")
    assert found.total == 4
