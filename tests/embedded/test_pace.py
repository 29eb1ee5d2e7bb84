"""El ritmo guardado: lo que se vio a una hora se sigue viendo a esa hora tras un reinicio."""

from __future__ import annotations

import pytest

from lab_tools.embedded.clock import EPOCH
from lab_tools.embedded.dates import Dates
from lab_tools.embedded.server import pace, settings

WALL = EPOCH + 5_000_000


def test_a_cluster_never_served_has_the_speed_that_was_asked(tmp_path):
    found = pace.load(tmp_path, 7.0)
    assert (found.speed, found.paused, found.dates.version) == (7.0, False, 0)


def test_what_is_saved_is_what_is_read(tmp_path):
    dates = Dates()
    dates.turn(EPOCH, WALL, 1)
    dates.turn(EPOCH + 10, WALL + 10, 60)
    pace.save(tmp_path, 60.0, True, dates)
    found = pace.load(tmp_path, 1.0)
    assert (found.speed, found.paused) == (60.0, True)
    assert found.dates.stretches == dates.stretches
    assert found.dates.at(EPOCH + 130) == WALL + 12


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"speed": "x", "paused": 0, "stretches": []}',
                                  '{"speed": 1, "paused": false, "stretches": [[1]]}'])  # fmt: skip
def test_a_damaged_pace_is_forgotten_and_never_stops_a_cluster(tmp_path, text):
    (tmp_path / settings.PACE).write_text(text)
    assert pace.load(tmp_path, 3.0).speed == 3.0
