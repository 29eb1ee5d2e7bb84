"""Promesas de las edades: dos cifras como mucho, como las escribe kubectl."""

import pytest

from lab_tools.objects import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (0.9, "0s"), (119, "119s"), (120, "2m"), (121, "2m1s"),
        (599, "9m59s"), (600, "10m"), (659, "10m"), (10799, "179m"), (10800, "3h"), (10860, "3h1m"), (28740, "7h59m"),
        (28800, "8h"), (172799, "47h"), (172800, "2d"), (176400, "2d1h"), (691200, "8d"), (86400 * 729, "729d"),
        (86400 * 730, "2y"), (86400 * 731, "2y1d"), (86400 * 365 * 8, "8y"),
    ],
)  # fmt: skip
def test_a_duration_loses_precision_as_it_grows(seconds: float, text: str) -> None:
    assert duration.human(seconds) == text


def test_an_age_is_counted_from_an_instant() -> None:
    now = duration.moment("2026-01-01T00:00:00Z")
    assert now == 1767225600
    assert duration.since("2025-12-31T23:59:00.500000Z", now) == "59s"
    assert duration.since(None, now) == "<unknown>"
