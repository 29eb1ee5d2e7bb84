"""Lo que gastan los nodos se dibuja, se cuenta y no se inventa."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.drivers.machines import Usage
from lab_tools.embedded.metrics import SERVICE, WINDOW
from lab_tools.errors import ClusterError
from lab_tools.widgets import palette, show, spending, words
from lab_tools.widgets.cluster_map import ClusterMap
from lab_tools.widgets.drawing import NARROW, WIDE, cluster_svg, draw
from lab_tools.widgets.spending import Part, Spending
from lab_tools.widgets.view import View, look

from .test_drawing import _contrast

SVG = "{http://www.w3.org/2000/svg}"
NODES = ["node-1", "node-2", "node-3"]
GIB = 2**30


@pytest.fixture
def measured(shop: Client) -> Client:
    """La tienda, en un clúster que mide."""
    shop.create({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", **SERVICE})
    shop.wait(2 * WINDOW)
    return shop


class Kind:
    """Las máquinas de un clúster de kind, de papel."""

    def __init__(self, *found: Usage, broken: bool = False) -> None:
        self.found, self.broken = found, broken

    def usage(self) -> tuple[Usage, ...]:
        if self.broken:
            raise ClusterError("El motor de contenedores no contesta.", "Arráncalo.")
        return self.found


def bars(svg: str) -> list[ElementTree.Element]:
    return [one for one in ElementTree.fromstring(svg).iter(f"{SVG}g") if one.attrib.get("class") == "gasto"]


def said(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def spending_of(view: View, spent: Spending | None) -> View:
    """La misma vista, con lo que gasta su primer nodo."""
    first, *others = view.nodes
    return replace(view, nodes=(replace(first, spending=spent), *others))


def test_every_node_says_what_part_of_it_is_spent(measured: Client) -> None:
    view = look(Snapshot(measured), spending.readings(measured))
    for node, asked in zip(view.nodes, measured.list("nodes"), strict=True):
        assert node.spending is not None
        assert (node.spending.cpu.size, node.spending.memory.size) == (4, 8 * GIB)
        assert asked["status"]["allocatable"]["cpu"] == "4"
        assert 0 < node.spending.memory.share < 0.1
    for width in (WIDE, NARROW):
        assert len(bars(draw(view, width))) == 3
        assert said(draw(view, width)).count("5 % de 8 GiB") == 3


def test_the_still_picture_and_that_of_a_mark_measure_by_themselves(measured: Client) -> None:
    assert len(bars(cluster_svg(Snapshot(measured)))) == 3
    picture: Any = show(measured, live=False)
    assert "gasta 1 % de 4 núcleos y 5 % de 8 GiB de memoria" in str(picture)


def test_a_cluster_that_nobody_measures_is_drawn_as_always(shop: Client) -> None:
    assert spending.readings(shop) == {}
    svg = cluster_svg(Snapshot(shop))
    assert bars(svg) == [] and "gasta" not in svg and "sin medidas" not in svg


def test_who_may_not_read_the_measures_sees_the_rest(measured: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    real = measured.connection.send

    def refuses(method: str, path: str, *more: Any, **how: Any) -> Reply:
        return Reply(403, {}, b"{}") if "metrics.k8s.io" in path else real(method, path, *more, **how)

    monkeypatch.setattr(measured.connection, "send", refuses)
    assert spending.readings(measured) == {}
    assert said(cluster_svg(Snapshot(measured))).count("Running") == 3


def test_a_node_without_its_measure_says_so_beside_those_that_have_it(measured: Client) -> None:
    view = look(Snapshot(measured), dict.fromkeys(NODES[1:], (0.5, GIB)))
    assert view.nodes[0].spending is None
    assert said(draw(view)).count("sin medidas de lo que gasta") == 1
    assert words.node_rows(view)[0]["CPU"] == "—"


def test_a_measure_without_a_number_yet_is_no_measure(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"metadata": {"name": "node-1"}}, {"metadata": {"name": "node-2"}, "usage": {"cpu": "1", "memory": "1Gi"}}]
    reply = Reply(200, {}, json.dumps({"items": items}).encode())
    monkeypatch.setattr(shop.connection, "send", lambda *_, **__: reply)
    assert spending.by_metrics(shop) == {"node-2": (1.0, GIB)}


def test_a_nearly_full_node_is_told_by_its_number_and_a_thicker_bar_too(shop: Client) -> None:
    calm = spending_of(look(Snapshot(shop)), Spending(Part(2, 4), Part(4 * GIB, 8 * GIB)))
    full = spending_of(look(Snapshot(shop)), Spending(Part(3.9, 4), Part(4 * GIB, 8 * GIB)))

    def thickness(view: View) -> str:
        return next(bars(draw(view))[0].iter(f"{SVG}rect")).attrib["height"]

    assert int(thickness(full)) > int(thickness(calm))
    assert "98 % de 4 núcleos" in said(draw(full)) and "50 % de 4 núcleos" in said(draw(calm))


def test_a_bar_never_leaves_its_box_even_if_more_is_spent_than_there_is(shop: Client) -> None:
    view = spending_of(look(Snapshot(shop)), Spending(Part(6, 4), Part(GIB, 8 * GIB)))
    whole, filled, *_ = bars(draw(view))[0].iter(f"{SVG}rect")
    assert float(filled.attrib["width"]) == float(whole.attrib["width"])
    assert "150 % de 4 núcleos" in said(draw(view))


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (310 * 2**20, "310 MiB"), (7.8 * GIB, "7,8 GiB"), (9.96 * GIB, "10 GiB"),
     (1000 * 2**20, "0,98 GiB"), (64 * GIB, "64 GiB")],
)  # fmt: skip
def test_sizes_are_short_and_in_spanish(number: float, text: str) -> None:
    assert spending.size(number) == text


@pytest.mark.parametrize(
    ("part", "text"),
    [(Part(0, 4), "0 %"), (Part(0.001, 4), "<1 %"), (Part(1, 4), "25 %"), (Part(5, 4), "125 %")],
)
def test_a_part_is_a_whole_percentage_and_a_little_is_not_nothing(part: Part, text: str) -> None:
    assert spending.percent(part) == text


def test_one_core_is_singular() -> None:
    assert [spending.cores(n) for n in (1, 4, 0.5, 0.0001)] == ["1 núcleo", "4 núcleos", "0,5 núcleos", "0 núcleos"]


def test_without_metrics_the_machines_are_measured(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    machines = Kind(Usage("node-1", 1.0, 2 * GIB, 16 * GIB))
    monkeypatch.setattr(shop.connection, "machines", machines, raising=False)
    assert spending.readings(shop) == {"node-1": (1.0, 2 * GIB)}
    assert "25 % de 4 núcleos" in said(cluster_svg(Snapshot(shop)))


def test_a_silent_engine_leaves_the_picture_without_bars(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.connection, "machines", Kind(broken=True), raising=False)
    assert bars(cluster_svg(Snapshot(shop))) == []


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    pytest.fail("no llegó a pasar")


def test_the_live_map_shows_it_from_the_start_and_in_its_table(measured: Client) -> None:
    async def story() -> None:
        live = ClusterMap(measured)
        assert len(bars(live.estado["ancho"])) == len(bars(live.estado["estrecho"])) == 3
        assert [row["Nodo"] for row in live.estado["nodos"]] == NODES
        assert live.estado["nodos"][0]["Memoria"].endswith("MiB (5 %)")
        live.close()

    asyncio.run(story())


def test_the_live_map_does_not_wait_for_machines_and_shows_them_when_measured(
    shop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop.connection, "machines", Kind(Usage("node-1", 1.0, GIB, GIB)), raising=False)

    async def story() -> None:
        live = ClusterMap(shop)
        live._pulse.every = 0.005
        assert bars(live.estado["ancho"]) == [], "el primer dibujo no ha esperado a nadie"
        await _until(lambda: bool(bars(live.estado["ancho"])))
        assert live.estado["cambios"] == [], "medir no es un cambio que se anuncie"
        live.stop()

    asyncio.run(story())


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["claro", "oscuro"])
@pytest.mark.parametrize("ink", ["current", "failing-ink"])
def test_bars_stand_out_from_their_groove(colours: dict[str, str], ink: str) -> None:
    """WCAG 2.2, 1.4.11: partes de un gráfico, 3 a 1."""
    assert _contrast(colours[ink], colours["paper"]) >= 3
