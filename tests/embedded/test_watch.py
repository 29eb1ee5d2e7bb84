"""Vigilar por la puerta: qué noticias llegan, en qué orden y con qué forma."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request, Response

MAPS = "/api/v1/namespaces/default/configmaps"
TABLE = {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}


@pytest.fixture
def cluster() -> EmbeddedCluster:
    return EmbeddedCluster(nodes=1)


def call(cluster: EmbeddedCluster, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None,
         **query: Any) -> Response:  # fmt: skip
    asked = {name: [str(value)] for name, value in query.items()}
    return cluster.handle(Request(method, path, asked, headers or {}, json.dumps(body).encode() if body else b""))


def make(cluster: EmbeddedCluster, name: str, **metadata: Any) -> None:
    assert call(cluster, "POST", MAPS, {"metadata": {"name": name, **metadata}}).status == 201


def watch(cluster: EmbeddedCluster, headers: dict[str, str] | None = None, **query: Any) -> Any:
    response = call(cluster, "GET", MAPS, headers=headers, watch="true", **query)
    assert response.status == 200
    return response.body


def told(stream: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(stream.read()).splitlines()]


def names(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]


def revision(cluster: EmbeddedCluster) -> str:
    body = call(cluster, "GET", MAPS).body
    assert isinstance(body, bytes)
    return str(json.loads(body)["metadata"]["resourceVersion"])


def test_without_a_revision_it_first_tells_what_there_is(cluster: EmbeddedCluster) -> None:
    make(cluster, "uno")
    stream = watch(cluster, fieldSelector="metadata.name=uno")
    assert names(told(stream)) == [("ADDED", "uno")]
    assert told(stream) == []


def test_from_a_revision_it_tells_what_came_after(cluster: EmbeddedCluster) -> None:
    make(cluster, "uno")
    since = revision(cluster)
    make(cluster, "dos")
    stream = watch(cluster, resourceVersion=since)
    call(cluster, "DELETE", f"{MAPS}/uno")
    assert names(told(stream)) == [("ADDED", "dos"), ("DELETED", "uno")]


def test_from_revision_zero_it_also_tells_what_there_is(cluster: EmbeddedCluster) -> None:
    make(cluster, "uno")
    stream = watch(cluster, resourceVersion="0", fieldSelector="metadata.name=uno")
    call(cluster, "DELETE", f"{MAPS}/uno")
    assert names(told(stream)) == [("ADDED", "uno"), ("DELETED", "uno")]


def test_it_goes_on_from_the_last_news_it_told(cluster: EmbeddedCluster) -> None:
    stream = watch(cluster, resourceVersion=revision(cluster))
    make(cluster, "uno")
    call(cluster, "DELETE", f"{MAPS}/uno")
    last = told(stream)[-1]["object"]["metadata"]["resourceVersion"]
    make(cluster, "dos")
    make(cluster, "tres")
    assert names(told(watch(cluster, resourceVersion=last))) == [("ADDED", "dos"), ("ADDED", "tres")]


def test_it_goes_on_from_a_bookmark(cluster: EmbeddedCluster) -> None:
    before = revision(cluster)
    stream = watch(cluster, resourceVersion=before, allowWatchBookmarks="true")
    call(cluster, "POST", "/api/v1/namespaces/default/secrets", {"metadata": {"name": "otro"}})
    cluster.clock.advance(61)
    [mark] = told(stream)
    since = mark["object"]["metadata"]["resourceVersion"]
    assert int(since) > int(before)
    make(cluster, "uno")
    assert names(told(watch(cluster, resourceVersion=since))) == [("ADDED", "uno")]


def test_without_its_start_a_streamed_list_is_a_watch(cluster: EmbeddedCluster) -> None:
    make(cluster, "uno")
    stream = watch(cluster, sendInitialEvents="false", resourceVersionMatch="NotOlderThan",
                   allowWatchBookmarks="true", resourceVersion=revision(cluster))  # fmt: skip
    make(cluster, "dos")
    assert names(told(stream)) == [("ADDED", "dos")]


def test_a_streamed_list_goes_on_after_its_bookmark(cluster: EmbeddedCluster) -> None:
    stream = watch(cluster, sendInitialEvents="true", resourceVersionMatch="NotOlderThan",
                   allowWatchBookmarks="true", fieldSelector="metadata.name=uno")  # fmt: skip
    make(cluster, "uno")
    call(cluster, "DELETE", f"{MAPS}/uno")
    assert [event["type"] for event in told(stream)] == ["BOOKMARK", "ADDED", "DELETED"]


def test_a_streamed_table_has_its_bookmark_too(cluster: EmbeddedCluster) -> None:
    make(cluster, "uno")
    stream = watch(cluster, headers=TABLE, sendInitialEvents="true", resourceVersionMatch="NotOlderThan",
                   allowWatchBookmarks="true", fieldSelector="metadata.name=uno")  # fmt: skip
    added, mark = told(stream)
    assert (added["object"]["rows"][0]["cells"][0], mark["type"]) == ("uno", "BOOKMARK")
    assert mark["object"]["kind"] == "Table"


def test_a_streamed_list_ends_with_its_bookmark(cluster: EmbeddedCluster) -> None:
    make(cluster, "uno")
    stream = watch(cluster, sendInitialEvents="true", resourceVersionMatch="NotOlderThan",
                   allowWatchBookmarks="true", fieldSelector="metadata.name=uno")  # fmt: skip
    added, mark = told(stream)
    assert (added["type"], mark["type"]) == ("ADDED", "BOOKMARK")
    assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert mark["object"]["metadata"]["resourceVersion"] == revision(cluster)


def test_a_streamed_list_needs_its_match(cluster: EmbeddedCluster) -> None:
    response = call(cluster, "GET", MAPS, watch="true", sendInitialEvents="true")
    assert isinstance(response.body, bytes)
    cause = json.loads(response.body)["details"]["causes"][0]
    assert (response.status, cause["reason"]) == (422, "FieldValueForbidden")


def test_a_forgotten_revision_is_an_error_inside_the_stream(cluster: EmbeddedCluster) -> None:
    for number in range(2100):
        cluster.store.put(("relleno", "", str(number % 7)), {"metadata": {}})
    stream = watch(cluster, resourceVersion="1")
    (event,) = told(stream)
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")
    assert stream.closed


def test_it_ends_when_its_time_is_over(cluster: EmbeddedCluster) -> None:
    stream = watch(cluster, timeoutSeconds=30)
    warned: list[bool] = []
    stream.on_ready(lambda: warned.append(stream.closed))
    cluster.clock.advance(29)
    assert not stream.closed
    cluster.clock.advance(1)
    assert stream.closed
    assert warned[-1]


def test_bookmarks_come_only_to_who_asks(cluster: EmbeddedCluster) -> None:
    with_marks = watch(cluster, resourceVersion=revision(cluster), allowWatchBookmarks="true")
    without = watch(cluster, resourceVersion=revision(cluster))
    cluster.clock.advance(61)
    assert [event["type"] for event in told(with_marks)] == ["BOOKMARK"]
    assert told(without) == []


def test_a_table_explains_its_columns_once(cluster: EmbeddedCluster) -> None:
    make(cluster, "uno")
    stream = watch(cluster, headers=TABLE, fieldSelector="metadata.namespace=default")
    make(cluster, "dos")
    tables = [event["object"] for event in told(stream)]
    assert [table["kind"] for table in tables] == ["Table"] * len(tables)
    assert [bool(table["columnDefinitions"]) for table in tables] == [True, *[False] * (len(tables) - 1)]


def test_leaving_the_filter_is_a_deletion(cluster: EmbeddedCluster) -> None:
    make(cluster, "uno", labels={"a": "b"})
    stream = watch(cluster, resourceVersion=revision(cluster), labelSelector="a=b")
    patch = {"metadata": {"labels": {"a": None}}}
    call(cluster, "PATCH", f"{MAPS}/uno", patch, {"content-type": "application/merge-patch+json"})
    (event,) = told(stream)
    assert event["type"] == "DELETED"
    assert event["object"]["metadata"]["labels"] == {"a": "b"}


def test_who_does_not_read_is_dropped(cluster: EmbeddedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_tools.embedded.rest.watching.PATIENCE", 3)
    stream = watch(cluster, resourceVersion=revision(cluster))
    for number in range(5):
        make(cluster, f"uno-{number}")
    assert (stream.closed, told(stream)) == (True, [])


def test_nobody_is_told_after_leaving(cluster: EmbeddedCluster) -> None:
    stream = watch(cluster, resourceVersion=revision(cluster))
    stream.close()
    make(cluster, "uno")
    assert told(stream) == []
