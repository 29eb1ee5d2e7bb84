"""Lo que cambió, contado: lo oye quien no ve el mapa."""

from __future__ import annotations

from lab_tools.checks.snapshot import Snapshot
from lab_tools.checks.wording import count
from lab_tools.client import Client
from lab_tools.widgets import words
from lab_tools.widgets.view import look


def test_a_deleted_pod_and_its_substitute_are_told(shop: Client) -> None:
    before = look(Snapshot(shop))
    victim = before.pods[0].name
    shop.delete("pods", victim)
    during = look(Snapshot(shop))
    assert f"{victim}: de Running a Terminating" in words.changes(before, during)
    shop.wait(30)
    after = look(Snapshot(shop))
    said = words.changes(during, after)
    assert f"{victim} ya no está" in said
    assert words.announcement(said, after).endswith("Listos: 3 de 3.")


def test_nothing_changed_says_nothing(shop: Client) -> None:
    view = look(Snapshot(shop))
    assert words.changes(view, view) == []
    assert words.announcement([], view) == ""


def test_a_long_list_of_changes_is_cut_short(shop: Client) -> None:
    view = look(Snapshot(shop))
    assert "y 6 cambios más" in words.announcement([f"Pod {n}" for n in range(10)], view)


def test_rows_say_in_a_table_what_the_drawing_shows(shop: Client) -> None:
    rows = words.rows(look(Snapshot(shop)))
    assert [row["STATUS"] for row in rows] == ["Running"] * 3
    assert {row["Nodo"] for row in rows} == {"node-1", "node-2", "node-3"}


def test_quantities_agree_with_their_noun() -> None:
    assert [count(n, "Pod", "Pods") for n in (0, 1, 2)] == ["0 Pods", "1 Pod", "2 Pods"]
