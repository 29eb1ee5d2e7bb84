"""El informe: forma, color y palabra; cuatro piezas nunca vacías; nada en la salida de errores."""

from __future__ import annotations

import json

import pytest

from lab_tools.checks import tints
from lab_tools.checks.check import Result
from lab_tools.checks.report import SHAPES, TINTS, Report, pieces


def result(earned: float, possible: float = 2, **more: str) -> Result:
    said = {"expected": "3 `Pods`", "found": "2 <b>Pods</b>", "why": "se nota", "read": "el capítulo 6"} | more
    return Result("L-1", "¿Están los `Pods`?", earned, possible, **said)


STATES = {"bien": result(2), "a medias": result(1.5), "falta": result(0), "no medible": result(0, 0)}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_shape_its_colour_and_its_word(state: str) -> None:
    html = Report([STATES[state]])._repr_html_()
    assert f'aria-hidden="true">{SHAPES[state]}' in html
    assert f'<td style="{tints.style(TINTS[state])};' in html
    assert f"</span> {state}" in html


# La tinta y el papel de JupyterLab y del libro, en claro y en oscuro.
PAGES = [("#212121", "#ffffff"), ("#212121", "#f5f5f5"), ("#e0e0e0", "#111111"), ("#ced6dd", "#14181e")]


@pytest.mark.parametrize(("ink", "paper"), PAGES)
@pytest.mark.parametrize("tint", TINTS.values(), ids=list(TINTS))
def test_a_tinted_cell_is_read_by_day_and_by_night(tint: tints.Tint, ink: str, paper: str) -> None:
    *colour, cover = tint
    mixed = [below * (1 - cover) + above * cover for above, below in zip(colour, _channels(paper), strict=True)]
    light, dark = sorted((_luminance(mixed), _luminance(_channels(ink))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
    assert abs(_luminance(mixed) - _luminance(_channels(paper))) < 0.45, "no deslumbra"


def test_a_comment_has_its_four_pieces_in_order() -> None:
    assert [label for label, _ in pieces(result(0))] == ["Esperaba", "Encontré", "Importa", "Lee"]
    assert all(said.endswith(".") for _, said in pieces(result(0)))


def test_the_terminal_says_what_is_missing_and_keeps_quiet_about_the_rest() -> None:
    text = Report([result(2), result(0)], "Romper").text()
    assert text.startswith("Romper\n✔ L-1")
    assert text.count("Esperaba 3 Pods.") == 1
    assert text.endswith("1 de 2 comprobaciones bien · 2 de 4 puntos")


def test_colours_are_only_for_who_asks() -> None:
    assert "\x1b[" not in str(Report([result(0)]))
    assert "\x1b[31m" in Report([result(0)]).text(colour=True)


def test_what_the_cluster_said_cannot_become_markup() -> None:
    html = Report([result(0)])._repr_html_()
    assert "2 &lt;b&gt;Pods&lt;/b&gt;" in html
    assert "<code>Pods</code>" in html


def test_points_are_written_with_a_comma() -> None:
    assert "1,5/2" in str(Report([result(1.5)]))


def test_what_cannot_be_measured_does_not_count() -> None:
    report = Report([result(2), result(0, 0)])
    assert (report.earned, report.possible, report.complete) == (2, 2, True)
    assert not Report([]).complete


def test_programs_read_json() -> None:
    found = json.loads(Report([result(1.5)], "T").json())
    assert (found["earned"], found["results"][0]["state"]) == (1.5, "a medias")


def test_nothing_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report([result(0)])
    print(report, report._repr_mimebundle_()["text/plain"])
    assert capsys.readouterr().err == ""


def _channels(colour: str) -> list[float]:
    return [float(int(colour[i : i + 2], 16)) for i in (1, 3, 5)]


def _luminance(channels: list[float]) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [channel / 255 for channel in channels]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_a_narrow_terminal_folds_a_sentence_between_words_and_keeps_its_indent() -> None:
    said = "que una petición de `frontend` a `http://carrito.tienda.svc.cluster.local:8080/` recibiera un «bien»"
    report = Report([Result("L1-1a", "¿Llega?", 0, 1, said, "que nadie contesta", "porque sí", "el capítulo 4")])
    lines = report.text(width=40).splitlines()
    assert lines[1:4] == [
        "    Esperaba que una petición de",
        "    frontend a",
        "    http://carrito.tienda.svc.cluster.local:8080/",
    ]
    assert " ".join(report.text(width=40).split()) == " ".join(report.text().split())
    assert "recibiera un «bien».\n" in report.text(), "una frase que acaba en comillas también lleva su punto"
