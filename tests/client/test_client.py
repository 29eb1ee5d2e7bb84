"""La ventana: qué pide, qué devuelve y cómo falla. Habla con un servidor de mentira de una sola función."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from lab_tools.client import Client
from lab_tools.errors import ClusterError, InfrastructureError, StatusError, UsageError


@dataclass
class Answer:
    status: int = 200
    body: bytes | Iterator[bytes] = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Tape:
    """Una conexión que contesta lo que diga `answer` y recuerda lo que se le pidió."""

    answer: Callable[[str, str], Answer]
    name: str = "cinta"
    kubeconfig: None = None
    asked: list[tuple[str, str, dict[str, list[str]] | None, Any, str]] = field(default_factory=list)
    time: float = 0.0

    def send(self, method: str, path: str, query: Any = None, body: bytes | None = None, headers: Any = None) -> Answer:
        sent = json.loads(body) if body else None
        self.asked.append((method, path, query, sent, (headers or {}).get("content-type", "")))
        return self.answer(method, path)

    def wait(self, seconds: float) -> None:
        self.time += seconds


def client_of(answer: Callable[[str, str], Answer]) -> tuple[Client, Tape]:
    tape = Tape(answer)
    return Client(tape, "tienda"), tape  # type: ignore[arg-type]


def says(obj: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(obj).encode())


def refusal(code: int, reason: str) -> Answer:
    return says({"kind": "Status", "code": code, "reason": reason, "message": "no"}, code)


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "tienda"}}


def test_get_asks_for_the_object_in_its_namespace() -> None:
    client, tape = client_of(lambda *_: says(POD))
    assert client.get("po", "a")["metadata"]["name"] == "a"
    assert tape.asked[0][:2] == ("GET", "/api/v1/namespaces/tienda/pods/a")


def test_an_object_without_namespace_is_asked_for_without_one() -> None:
    client, tape = client_of(lambda *_: says({}))
    client.get("node", "n1")
    assert tape.asked[0][1] == "/api/v1/nodes/n1"


def test_find_turns_a_404_into_none_and_nothing_else() -> None:
    missing, _ = client_of(lambda *_: refusal(404, "NotFound"))
    assert missing.find("pod", "a") is None
    forbidden, _ = client_of(lambda *_: refusal(403, "Forbidden"))
    with pytest.raises(StatusError):
        forbidden.find("pod", "a")


def test_listed_objects_know_their_kind_and_come_by_name() -> None:
    items = [{"metadata": {"name": "b"}}, {"metadata": {"name": "a"}}]
    client, tape = client_of(lambda *_: says({"kind": "PodList", "items": items}))
    found = client.list("pods", labels={"app": "frontend"}, fields="status.phase=Running")
    assert [(pod["metadata"]["name"], pod["kind"]) for pod in found] == [("a", "Pod"), ("b", "Pod")]
    assert tape.asked[0][2] == {"labelSelector": ["app=frontend"], "fieldSelector": ["status.phase=Running"]}


def test_a_star_lists_every_namespace() -> None:
    client, tape = client_of(lambda *_: says({"items": []}))
    client.list("deploy", "*")
    assert tape.asked[0][1] == "/apis/apps/v1/deployments"


def test_apply_is_a_forced_server_side_apply() -> None:
    client, tape = client_of(lambda *_: says(POD))
    client.apply(POD)
    method, path, query, body, content_type = tape.asked[0]
    assert (method, path) == ("PATCH", "/api/v1/namespaces/tienda/pods/a")
    assert query == {"fieldManager": ["orquesta"], "force": ["true"]}
    assert (body, content_type) == (POD, "application/apply-patch+yaml")


def test_scale_touches_only_the_scale() -> None:
    client, tape = client_of(lambda *_: says({}))
    client.scale("deploy", "frontend", 4)
    assert tape.asked[0][1] == "/apis/apps/v1/namespaces/tienda/deployments/frontend/scale"
    assert tape.asked[0][3] == {"spec": {"replicas": 4}}


def test_a_refusal_keeps_the_words_of_the_server() -> None:
    client, _ = client_of(lambda *_: Answer(404, b"404 page not found\n"))
    with pytest.raises(StatusError, match="404 page not found") as caught:
        client.get("pod", "a")
    assert caught.value.code == 404


def test_a_cluster_that_does_not_answer_is_not_a_refusal() -> None:
    def dead(method: str, path: str) -> Answer:
        raise ConnectionRefusedError("connection refused")

    client, _ = client_of(dead)
    with pytest.raises(InfrastructureError, match="cinta"):
        client.get("pod", "a")


def test_an_answer_that_is_not_json_is_the_infrastructure_failing() -> None:
    client, _ = client_of(lambda *_: Answer(200, b"<html>"))
    with pytest.raises(InfrastructureError):
        client.get("pod", "a")


def test_a_watch_mends_lines_cut_anywhere() -> None:
    lines = b"".join(json.dumps({"type": "ADDED", "object": POD}).encode() + b"\n" for _ in range(2))
    client, _ = client_of(lambda *_: Answer(body=iter([lines[:7], lines[7:60], lines[60:]])))
    assert [(what, obj["metadata"]["name"]) for what, obj in client.watch("pods")] == [("ADDED", "a")] * 2


def test_a_watch_that_breaks_says_why() -> None:
    gone = {"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}}
    client, _ = client_of(lambda *_: Answer(body=json.dumps(gone).encode()))
    with pytest.raises(StatusError, match="too old"):
        list(client.watch("pods"))


def test_waiting_counts_the_time_of_the_cluster() -> None:
    client, tape = client_of(lambda *_: says({"now": tape.time}))
    with pytest.raises(ClusterError, match="Esperé 5 s a que hubiera Pods"):
        client.wait_for(lambda: None, timeout=5, message="hubiera Pods")
    assert tape.time == 5


def test_without_the_door_of_the_clock_the_date_header_gives_the_hour() -> None:
    def real(method: str, path: str) -> Answer:
        return (
            Answer(404, b"404")
            if path.startswith("/orquesta")
            else Answer(headers={"Date": "Thu, 01 Jan 2026 00:00:10 GMT"})
        )

    client, _ = client_of(real)
    assert client.now() == 1767225610


def test_an_unknown_word_gets_a_suggestion() -> None:
    client, tape = client_of(lambda *_: says({}))
    with pytest.raises(UsageError, match="deployment"):
        client.get("deploiment", "x")
    assert [path for _, path, *_ in tape.asked] == ["/apis"]
