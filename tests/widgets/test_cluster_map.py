"""El mapa vivo sigue al clúster sin hilos, se para del todo y deja una imagen."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_tools.client import Client
from lab_tools.errors import InfrastructureError
from lab_tools.widgets import cluster_map, pulse, show
from lab_tools.widgets.cluster_map import ClusterMap
from lab_tools.widgets.picture import Picture

BROWSER = Path(cluster_map.__file__).parent


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        await asyncio.sleep(0.005)
    pytest.fail("no llegó a pasar")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "EVERY", 0.005)


def test_map_follows_the_cluster_and_stops_without_leaving_a_task(shop: Client) -> None:
    async def story() -> None:
        threads = threading.active_count()
        live = ClusterMap(shop)
        live._pulse.every = 0.005
        assert live.live
        victim = live.view.pods[0].name
        shop.delete("pods", victim)
        shop.wait(30)
        await _until(lambda: victim not in live.estado["ancho"])
        assert any(victim in said for said in live.estado["cambios"])
        live.stop()
        assert not live.live
        await asyncio.sleep(0.02)
        assert len(asyncio.all_tasks()) == 1, "solo queda esta prueba"
        assert threading.active_count() == threads

    asyncio.run(story())


def test_two_maps_of_one_namespace_share_one_task(shop: Client) -> None:
    async def story() -> None:
        one, other = ClusterMap(shop), ClusterMap(shop)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 2
        one.close()
        assert other.live
        other.close()
        await asyncio.sleep(0.02)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(story())


def test_map_says_when_the_cluster_is_gone(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        live = ClusterMap(shop)
        drawing = live.estado["ancho"]

        def lost(*_: object, **__: object) -> None:
            raise InfrastructureError("El clúster no contesta.", "Arráncalo.")

        monkeypatch.setattr(shop.connection, "send", lost)
        live.refresh()
        assert not live.live
        assert "ya no contesta" in live.estado["anuncio"]
        assert live.estado["ancho"] == drawing, "se queda en lo último que vio"
        await asyncio.sleep(0.02)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(story())


def test_nothing_is_sent_while_nothing_changes(shop: Client) -> None:
    async def story() -> None:
        live = ClusterMap(shop)
        await asyncio.sleep(0.02)
        sent: list[object] = []
        live.observe(sent.append, names="estado")
        live.refresh()
        assert sent == []
        live.close()

    asyncio.run(story())


def test_without_a_loop_the_map_is_a_still_picture(shop: Client) -> None:
    still = ClusterMap(shop)
    assert not still.live
    assert "Running" in still.estado["ancho"]


def test_map_leaves_a_picture_beside_its_live_view(shop: Client) -> None:
    data = ClusterMap(shop)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].count("<svg") == 2
    assert data["text/plain"].startswith("Mapa del clúster")


def test_show_gives_the_live_map_or_the_picture(shop: Client) -> None:
    assert isinstance(show(shop), ClusterMap)
    assert isinstance(show(shop, live=False), Picture)


@pytest.mark.parametrize("name", ["cluster_map.js", "cluster_map.css"])
def test_what_the_browser_runs_comes_from_here(name: str) -> None:
    text = (BROWSER / name).read_text(encoding="utf-8")
    assert re.findall(r"https?://|@import|^import ", text, re.MULTILINE) == []
