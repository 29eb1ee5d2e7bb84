"""La hora que se ve: una línea que solo crece por la punta."""

from __future__ import annotations

import json

import pytest

from lab_tools.embedded.clock import EPOCH
from lab_tools.embedded.dates import PLAIN, Dates, Stretch
from lab_tools.embedded.rest import times
from lab_tools.embedded.rest.encoding import encode
from lab_tools.objects import kinds
from lab_tools.objects.custom import definition as custom

WALL = EPOCH + 1_000_000


def line(*turns: tuple[float, float, float]) -> Dates:
    dates = Dates()
    for since, wall, speed in turns:
        dates.turn(EPOCH + since, WALL + wall, speed)
    return dates


def seen(dates: Dates, instant: float) -> float:
    return dates.at(EPOCH + instant) - WALL


def test_without_stretches_nothing_moves():
    assert PLAIN.at(EPOCH) == PLAIN.meant(EPOCH) == EPOCH


def test_each_stretch_runs_at_its_own_speed():
    dates = line((0, 0, 1), (10, 10, 60), (610, 20, 0.5))
    assert [seen(dates, at) for at in (0, 5, 10, 310, 610, 611)] == [0, 5, 10, 15, 20, 22]


def test_a_jump_happens_at_one_hour():
    dates = line((0, 0, 1), (3610, 10, 1))
    assert [seen(dates, at) for at in (5, 11, 1800, 3610, 3620)] == [5, 10, 10, 10, 20]


def test_at_speed_one_only_whole_seconds_are_added():
    dates = line((0, 0.7, 1))
    assert seen(dates, 3.25) == 3.25


@pytest.mark.parametrize("speed", [0.1, 0.5, 1, 7, 60, 1000])
def test_what_is_read_can_be_sent_back(speed):
    dates = line((0, 0.4, 1), (50, 50.4, speed))
    for instant in range(int(EPOCH) + 51, int(EPOCH) + 3000, 7):
        shown = dates.second(instant)
        assert dates.second(dates.meant_second(shown)) == shown


def test_an_object_sent_back_as_it_was_read_does_not_change():
    """A ×60 un segundo visto son sesenta del clúster: cuál era lo dice lo guardado."""
    dates = line((0, 0, 60))
    stored = {"metadata": {"name": "uno", "creationTimestamp": "2026-01-01T00:00:42Z",
                           "managedFields": [{"time": "2026-01-01T00:00:17Z"}]}}  # fmt: skip
    plan = times.of(kinds.CONFIGMAP)
    sent = {"metadata": {"name": "uno", "creationTimestamp": times.moved("2026-01-01T00:00:42Z", dates),
                         "managedFields": [{"time": times.moved("2026-01-01T00:00:17Z", dates)}, {}]}}  # fmt: skip
    times.take_in(sent, plan, dates, stored)
    assert sent["metadata"]["creationTimestamp"] == "2026-01-01T00:00:42Z"
    assert sent["metadata"]["managedFields"] == [{"time": "2026-01-01T00:00:17Z"}, {}]


def test_old_stretches_are_joined_and_the_recent_past_stays():
    dates = Dates()
    for number in range(25_000):
        dates.turn(EPOCH + number, WALL + number, 10)
    assert len(dates.stretches) < 20_001
    assert seen(dates, 24_990.5) == pytest.approx(24_990.05)


def test_a_line_continues_where_it_was_saved():
    first = line((0, 0, 1), (10, 10, 60))
    second = Dates([Stretch(one.since, one.shown, one.speed, one.end) for one in first.stretches])
    second.turn(EPOCH + 20, WALL + 5000, 1)
    assert [seen(second, at) for at in (5, 16)] == [seen(first, at) for at in (5, 16)] == pytest.approx([5, 10.1])
    assert [seen(first, 25), seen(second, 25)] == pytest.approx([10.25, 5005])


def own_kind(status):
    """Un tipo propio con ese esquema en `status`, y una fecha pedida en `spec`."""
    schema = {"type": "object", "properties": {
        "spec": {"type": "object", "properties": {"cuando": {"type": "string", "format": "date-time"}}},
        "status": status}}  # fmt: skip
    names = {"plural": "tiendas", "singular": "tienda", "kind": "Tienda", "listKind": "TiendaList"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    established = {"conditions": [{"type": "Established", "status": "True"}]}
    crd = {"status": established, "metadata": {"name": "tiendas.ejemplo.org"},
           "spec": {"group": "ejemplo.org", "scope": "Namespaced", "names": names, "versions": [version]}}  # fmt: skip
    return custom.kinds_of(crd)[0]


CONDITIONS = {"type": "object", "properties": {
    "conditions": {"type": "array", "items": {"type": "object", "properties": {
        "type": {"type": "string"}, "lastTransitionTime": {"type": "string", "format": "date-time"}}}},
    "copias": {"type": "object", "additionalProperties": {"type": "string", "format": "date-time"}},
    "texto": {"type": "string"}}}  # fmt: skip


def test_what_a_custom_resource_observed_is_seen_at_the_wall_clock_and_what_was_asked_is_left_alone():
    dates, at = line((0, 0, 1)), "2026-01-01T00:00:42Z"
    plan = times.of(own_kind(CONDITIONS))
    stored = {"metadata": {"name": "uno", "creationTimestamp": at}, "spec": {"cuando": at},
              "status": {"conditions": [{"type": "Ready", "lastTransitionTime": at}], "copias": {"lunes": at},
                         "texto": at}}  # fmt: skip
    seen_as = json.loads(encode(stored, plan).at(dates))
    wall = times.moved(at, dates)
    assert wall != at
    assert seen_as == {"metadata": {"name": "uno", "creationTimestamp": wall}, "spec": {"cuando": at},
                       "status": {"conditions": [{"type": "Ready", "lastTransitionTime": wall}],
                                  "copias": {"lunes": wall}, "texto": at}}  # fmt: skip
    times.take_in(seen_as, plan, dates, stored)
    assert seen_as == stored


def test_a_custom_resource_without_dates_costs_no_more_than_its_metadata():
    assert set(times.of(own_kind({"type": "object", "properties": {"n": {"type": "integer"}}}))) == {"metadata"}
