"""De cuándo es una lista: la de ahora, la de una revisión, y los trozos de una misma lista."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request

MAPS = "/api/v1/namespaces/default/configmaps"
MINE = "mio=si"


class Lister:
    """Un clúster y lo que se le pregunta de los ConfigMaps marcados como míos."""

    def __init__(self) -> None:
        self.cluster = EmbeddedCluster(nodes=0)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        asked = {name: [str(value)] for name, value in query.items()}
        answer = self.cluster.handle(Request(method, path, asked, {}, json.dumps(body).encode() if body else b""))
        assert isinstance(answer.body, bytes)
        return answer.status, json.loads(answer.body)

    def make(self, *names: str) -> None:
        for name in names:
            body = {"metadata": {"name": name, "labels": {"mio": "si"}}, "data": {"v": "1"}}
            assert self.call("POST", MAPS, body)[0] == 201

    def change(self, name: str) -> None:
        body = {"metadata": {"name": name, "labels": {"mio": "si"}}, "data": {"v": "2"}}
        assert self.call("PUT", f"{MAPS}/{name}", body)[0] == 200

    def delete(self, name: str) -> None:
        assert self.call("DELETE", f"{MAPS}/{name}")[0] == 200

    def list(self, **query: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """Nombre → dato de cada uno, y los metadatos de la lista."""
        code, found = self.call("GET", MAPS, labelSelector=MINE, **query)
        assert code == 200, found
        return {item["metadata"]["name"]: item["data"]["v"] for item in found["items"]}, found["metadata"]

    def refused(self, **query: Any) -> dict[str, Any]:
        code, found = self.call("GET", MAPS, labelSelector=MINE, **query)
        assert (code, found["code"]) == (found["code"], code) and code >= 400
        return dict(found)

    def forget(self) -> None:
        """Tantos cambios que los primeros ya no se recuerdan."""
        for number in range(2100):
            self.cluster.store.put(("relleno", "", str(number % 7)), {"metadata": {}})


@pytest.fixture
def lister() -> Lister:
    return Lister()


def test_an_exact_revision_is_what_there_was_then(lister: Lister) -> None:
    lister.make("a", "b", "c")
    _, then = lister.list()
    lister.change("a")
    lister.delete("b")
    lister.make("d")
    revision = then["resourceVersion"]
    found, metadata = lister.list(resourceVersion=revision, resourceVersionMatch="Exact")
    assert (found, metadata) == ({"a": "1", "b": "1", "c": "1"}, {"resourceVersion": revision})
    assert lister.list()[0] == {"a": "2", "c": "1", "d": "1"}


@pytest.mark.parametrize("match", [{}, {"resourceVersionMatch": "NotOlderThan"}], ids=["sin nada", "NotOlderThan"])
def test_a_revision_alone_asks_for_nothing_older(lister: Lister, match: dict[str, str]) -> None:
    lister.make("a")
    revision = lister.list()[1]["resourceVersion"]
    lister.make("b")
    assert set(lister.list(resourceVersion=revision, **match)[0]) == {"a", "b"}
    assert set(lister.list(resourceVersion="0", **match)[0]) == {"a", "b"}


def test_a_revision_asked_in_pieces_is_exact(lister: Lister) -> None:
    lister.make("a")
    revision = lister.list()[1]["resourceVersion"]
    lister.make("b")
    assert set(lister.list(resourceVersion=revision, limit=5)[0]) == {"a"}
    assert set(lister.list(resourceVersion=revision, limit=5, resourceVersionMatch="NotOlderThan")[0]) == {"a", "b"}
    assert set(lister.list(resourceVersion="0", limit=5)[0]) == {"a", "b"}


def test_every_piece_is_of_the_moment_of_the_first(lister: Lister) -> None:
    lister.make("a", "b", "c", "d")
    first, start = lister.list(limit=2)
    lister.change("c")
    lister.delete("d")
    lister.make("bb", "e")
    second, rest = lister.list(limit=2, **{"continue": start["continue"]})
    assert [first, second] == [{"a": "1", "b": "1"}, {"c": "1", "d": "1"}]
    assert rest == {"resourceVersion": start["resourceVersion"]}


def test_a_list_too_old_says_how_to_go_on_without_its_moment(lister: Lister) -> None:
    lister.make("a", "b", "c")
    _, start = lister.list(limit=1)
    lister.forget()
    lister.make("bb")
    expired = lister.refused(limit=1, **{"continue": start["continue"]})
    assert (expired["code"], expired["reason"]) == (410, "Expired")
    assert expired["message"].startswith("The provided continue parameter is too old")
    found, rest = lister.list(limit=2, **{"continue": expired["metadata"]["continue"]})
    assert list(found) == ["b", "bb"]
    assert list(lister.list(**{"continue": rest["continue"]})[0]) == ["c"]


def test_a_forgotten_revision_is_refused(lister: Lister) -> None:
    lister.make("a")
    revision = lister.list()[1]["resourceVersion"]
    lister.forget()
    refused = lister.refused(resourceVersion=revision, resourceVersionMatch="Exact")
    assert (refused["code"], refused["reason"]) == (410, "Expired")
    assert refused["message"] == "The resourceVersion for the provided list is too old."
    assert lister.list(resourceVersion=revision)[0] == {"a": "1"}


@pytest.mark.parametrize("match", [{}, {"resourceVersionMatch": "NotOlderThan"}, {"resourceVersionMatch": "Exact"}])
def test_a_revision_that_does_not_exist_yet_is_waited_for_in_vain(lister: Lister, match: dict[str, str]) -> None:
    refused = lister.refused(resourceVersion="999999", **match)
    assert (refused["code"], refused["reason"]) == (504, "Timeout")
    assert refused["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"
    assert refused["details"]["retryAfterSeconds"] == 1


@pytest.mark.parametrize(("query", "code"), [
    ({"resourceVersionMatch": "Exact"}, 422),
    ({"resourceVersionMatch": "Exact", "resourceVersion": "0"}, 422),
    ({"resourceVersionMatch": "Igual", "resourceVersion": "1"}, 422),
    ({"sendInitialEvents": "true"}, 422),
    ({"continue": "no-vale"}, 400),
    ({"resourceVersion": "ayer"}, 400),
])  # fmt: skip
def test_what_cannot_be_asked_together_is_refused(lister: Lister, query: dict[str, str], code: int) -> None:
    assert lister.refused(**query)["code"] == code


def test_a_continued_list_has_its_own_revision(lister: Lister) -> None:
    lister.make("a", "b")
    _, start = lister.list(limit=1)
    token = {"continue": start["continue"]}
    assert lister.refused(resourceVersion=start["resourceVersion"], **token)["code"] == 400
    assert lister.refused(resourceVersion="1", resourceVersionMatch="Exact", **token)["code"] == 422
    assert set(lister.list(resourceVersion="0", **token)[0]) == {"b"}


def test_a_watch_starts_where_a_list_ends(lister: Lister) -> None:
    lister.make("a")
    _, metadata = lister.list(limit=1)
    lister.make("b")
    query = {"watch": ["true"], "resourceVersion": [metadata["resourceVersion"]], "labelSelector": [MINE]}
    stream: Any = lister.cluster.handle(Request("GET", MAPS, query, {})).body
    events = [json.loads(line) for line in b"".join(stream.read()).splitlines()]
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in events] == [("ADDED", "b")]
