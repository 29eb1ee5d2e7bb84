"""Quien lista una vez y vigila sabe lo mismo que quien lista siempre."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import StatusError
from lab_tools.objects import kinds
from lab_tools.objects.selector import LabelSelector
from tests.properties import SOME

_NAMES, _SPACES, _COLORS = st.sampled_from("abc"), st.sampled_from(("default", "kube-public")), st.sampled_from("xyz")
_STEPS = st.lists(
    st.tuples(st.sampled_from(("create", "patch", "update", "delete", "finalize")), _SPACES, _NAMES, _COLORS),
    max_size=30,
)


class Told:
    """Lo que cuenta una vigilancia, puesto en orden."""

    def __init__(self, cluster: EmbeddedCluster, labels: LabelSelector | None, since: int | None = None) -> None:
        self.known: dict[tuple[str, str], Any] = {}
        self._last = since or 0
        if since is None:
            listing = cluster.api.list(kinds.CONFIGMAP, labels=labels)
            self.known = {_key(one): one for one in listing.items}
            self._last = listing.revision
        cluster.api.watch(kinds.CONFIGMAP, self._take, since=self._last, labels=labels)

    def _take(self, event: Any) -> None:
        assert event.revision > self._last, "las noticias llegan en orden y una sola vez"
        self._last = event.revision
        assert (event.type == "ADDED") == (_key(event.object) not in self.known)
        if event.type == "DELETED":
            del self.known[_key(event.object)]
        else:
            self.known[_key(event.object)] = event.object


@SOME
@given(_STEPS, st.integers(0, 30), st.sampled_from(("color=x", "color!=x", "color in (x,y)", "!color")))
def test_a_list_is_the_replay_of_the_watch(steps: list[Any], joins: int, text: str) -> None:
    cluster, labels = EmbeddedCluster(0), LabelSelector.parse(text)
    start = cluster.store.revision
    watchers = [(Told(cluster, None), None), (Told(cluster, labels), labels)]
    for number, step in enumerate(steps):
        if number == joins:
            watchers.append((Told(cluster, labels), labels))
        _take_step(cluster, *step)
        for told, chosen in watchers:
            listed = {_key(one): one for one in cluster.api.list(kinds.CONFIGMAP, labels=chosen).items}
            assert told.known == listed
    # Y quien llega al final y pide todo lo ocurrido desde el principio, también.
    late = Told(cluster, None, start)
    first = {_key(one): one for one in late.known.values() if int(one["metadata"]["resourceVersion"]) > start}
    listed = {_key(one): one for one in cluster.api.list(kinds.CONFIGMAP).items
              if int(one["metadata"]["resourceVersion"]) > start}  # fmt: skip
    assert first == listed


def _take_step(cluster: EmbeddedCluster, verb: str, space: str, name: str, color: str) -> None:
    body = {"metadata": {"name": name, "namespace": space, "labels": {"color": color}}}
    try:
        if verb == "create":
            cluster.api.create(kinds.CONFIGMAP, body, space)
        elif verb == "patch":
            cluster.api.patch(kinds.CONFIGMAP, space, name, {"data": {"a": color}, "metadata": {"labels": None}})
        elif verb == "update":
            cluster.api.update(kinds.CONFIGMAP, body)
        elif verb == "finalize":
            cluster.api.patch(kinds.CONFIGMAP, space, name, {"metadata": {"finalizers": ["a/b"]}})
        else:
            cluster.api.delete(kinds.CONFIGMAP, space, name)
    except StatusError as error:
        assert error.code in (404, 409, 422)
    cluster.clock.settle()


def _key(obj: Any) -> tuple[str, str]:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]
