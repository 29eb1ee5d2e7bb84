"""La clasificación: los mejores de una parte de los nodos, sin recorrerla y sin equivocarse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.embedded.scheduler.search import View
from lab_tools.embedded.scheduler.standings import TIE, Shortlist, Standings
from lab_tools.objects import Object, kinds

# Notas que se repiten, notas casi iguales y sitios donde no se cabe.
MARKS = st.lists(
    st.one_of(st.none(), st.sampled_from([1.0, 2.0, 2.0 + TIE / 2, 2.0 + TIE, 3.0])), min_size=1, max_size=30
)


def test_the_best_are_those_tied_at_the_top() -> None:
    assert Standings([1.0, 3.0, None, 3.0]).shortlist(0, 4).best == [1, 3]


def test_only_as_many_as_wanted_are_looked_at_from_where_it_was_left() -> None:
    assert Standings([9.0, None, 1.0, None, 2.0]).shortlist(2, 2) == Shortlist([4], 3)


def test_the_turn_goes_round() -> None:
    assert Standings([5.0, 1.0, 1.0, 4.0]).shortlist(3, 2) == Shortlist([0], 2)


def test_where_nobody_fits_everybody_was_looked_at() -> None:
    assert Standings([None, None, None]).shortlist(1, 2) == Shortlist([], 3)


def _looking_at_each(marks: list[float | None], start: int, wanted: int) -> Shortlist:
    """La misma respuesta por el camino largo: mirar uno a uno hasta tener bastantes."""
    fits: list[tuple[int, float]] = []
    looked = 0
    while looked < len(marks) and (len(fits) < wanted or not wanted):
        place = (start + looked) % len(marks)
        mark = marks[place]
        looked += 1
        if mark is not None:
            fits.append((place, mark))
    top = max((mark for _, mark in fits), default=0.0)
    return Shortlist([place for place, mark in fits if mark > top - TIE], looked)


@given(MARKS, st.data())
def test_the_short_way_answers_as_looking_at_each(marks: list[float | None], data: st.DataObject) -> None:
    standings, places = Standings(marks), st.integers(0, len(marks) - 1)
    for _ in range(5):
        place, mark = data.draw(places), data.draw(MARKS.map(lambda some: some[0]))
        marks[place] = mark
        standings.put(place, mark)
        start, wanted = data.draw(places), data.draw(st.integers(1, len(marks)))
        assert standings.shortlist(start, wanted) == _looking_at_each(marks, start, wanted)


def test_a_copy_goes_its_own_way() -> None:
    first = Standings([1.0, 2.0])
    second = first.copy()
    second.put(0, 3.0)
    assert (first.shortlist(0, 2).best, second.shortlist(0, 2).best) == ([1], [0])


def _deployment(name: str, replicas: int) -> Object:
    one = {"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": "100m"}}}
    labels = {"app": name}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [one]}}}  # fmt: skip
    return {"metadata": {"name": name}, "spec": spec}


def test_what_is_known_for_one_owner_serves_the_next_and_decides_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def placed() -> dict[str, str]:
        cluster = EmbeddedCluster(7)
        for number in range(4):
            cluster.api.create(kinds.DEPLOYMENT, _deployment(f"web-{number}", 5), "default")
        cluster.clock.advance(2)
        cluster.api.patch(kinds.DEPLOYMENT, "default", "web-1", {"spec": {"replicas": 9}})
        cluster.api.patch(kinds.DEPLOYMENT, "default", "web-3", {"spec": {"replicas": 9}})
        cluster.clock.advance(2)
        return {
            one["metadata"]["name"]: one["spec"]["nodeName"] for one in cluster.api.list(kinds.POD, "default").items
        }

    sharing = placed()
    monkeypatch.setattr(View, "adapted", lambda self, demand: View(demand))
    assert sharing == placed()


def test_a_node_forgets_whose_pods_have_left() -> None:
    node = NodeInfo({"metadata": {"name": "node-1"}, "spec": {}})
    owner = {"uid": "rs-1", "controller": True}
    node.add({"metadata": {"uid": "p-1", "ownerReferences": [owner]}, "spec": {"containers": []}})
    assert node.owners == {"rs-1": 1}
    node.remove("p-1")
    assert not node.owners
