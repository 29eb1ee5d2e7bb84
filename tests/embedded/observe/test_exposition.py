"""Cómo se escriben las métricas: lo que sale lo entienden los programas que las leen."""

from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

from lab_tools.embedded.observe.exposition import OPENMETRICS, TEXT, render
from lab_tools.embedded.observe.family import Histogram, counter, gauge, histogram

ODD = 'comillas " barra \\ y\nsalto'


def test_whatever_a_label_says_is_read_back_the_same() -> None:
    one = gauge("g", "Help with a \\ and\na break.")
    one.add(2.5, value=ODD, name="x")
    media, body = render([one])
    [found] = text(body.decode())
    assert (media, found.samples[0].labels, found.samples[0].value) == (TEXT, {"value": ODD, "name": "x"}, 2.5)
    assert found.documentation == "Help with a \\ and\na break."
    [found] = openmetrics(render([one], "application/openmetrics-text")[1].decode())
    assert found.samples[0].labels["value"] == ODD


def test_a_histogram_accumulates_and_its_last_bucket_is_everything() -> None:
    spread = Histogram((0.1, 1, 10))
    for seconds in (0.1, 0.5, 3.0, 99.0):
        spread.observe(seconds)
    one = histogram("h_seconds", "How long.")
    one.spread(spread, path="/")
    for accept, parse in (("", text), ("application/openmetrics-text", openmetrics)):
        [found] = parse(render([one], accept)[1].decode())
        below = {float(s.labels["le"]): s.value for s in found.samples if s.name == "h_seconds_bucket"}
        assert below == {0.1: 1, 1.0: 2, 10.0: 3, float("inf"): 4}
        rest = {s.name: s.value for s in found.samples if "le" not in s.labels}
        assert rest == {"h_seconds_count": 4, "h_seconds_sum": pytest.approx(102.6)}


def test_a_counter_keeps_its_name_in_both_formats() -> None:
    one = counter("c_total", "How many.")
    one.add(3)
    for accept, parse in (("", text), ("application/openmetrics-text", openmetrics)):
        [found] = parse(render([one], accept)[1].decode())
        assert (found.name, found.type, found.samples[0].name) == ("c", "counter", "c_total")


@pytest.mark.parametrize(("accept", "media"), [
    ("", TEXT), ("*/*", TEXT), ("text/plain", TEXT), ("application/json", TEXT),
    ("application/openmetrics-text; version=1.0.0", OPENMETRICS),
    ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OPENMETRICS),
    ("text/plain;version=0.0.4, application/openmetrics-text;q=0.5", TEXT),
    ("application/openmetrics-text;q=0", TEXT), ("application/openmetrics-text;q=nada", TEXT),
])  # fmt: skip
def test_each_one_gets_the_format_it_prefers(accept: str, media: str) -> None:
    assert render([], accept)[0] == media


def test_a_family_without_samples_is_not_told() -> None:
    assert render([gauge("g", "Nothing.")])[1] == b""
    assert render([gauge("g", "Nothing.")], "application/openmetrics-text")[1] == b"# EOF\n"
