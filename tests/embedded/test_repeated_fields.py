"""Un campo dicho dos veces no pasa en silencio: error si se pide rigor, aviso si no."""

from __future__ import annotations

import json

import pytest

from lab_tools.drivers.base import Reply
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster

MAPS = "/api/v1/namespaces/default/configmaps"
TWICE = b'{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}'
MERGE = "application/merge-patch+json"


@pytest.fixture
def connection() -> InProcessConnection:
    return InProcessConnection(EmbeddedCluster(nodes=0))


def send(
    connection: InProcessConnection, method: str, path: str, body: bytes, validation: str = "", media: str = ""
) -> Reply:
    headers = {"content-type": media or "application/json"}
    return connection.send(method, path, {"fieldValidation": [validation]} if validation else {}, body, headers)


def message(reply: Reply) -> str:
    assert isinstance(reply.body, bytes)
    return str(json.loads(reply.body)["message"])


def test_with_rigour_a_repeated_field_is_refused(connection: InProcessConnection) -> None:
    reply = send(connection, "POST", MAPS, TWICE, "Strict")
    assert reply.status == 400
    assert message(reply).endswith('strict decoding error: duplicate field "data.x"')


def test_without_rigour_the_last_one_wins_and_it_is_said(connection: InProcessConnection) -> None:
    reply = send(connection, "POST", MAPS, TWICE)
    assert isinstance(reply.body, bytes)
    assert (reply.status, json.loads(reply.body)["data"]) == (201, {"x": "2"})
    assert 'duplicate field "data.x"' in reply.headers["warning"]


def test_who_asks_for_silence_gets_it(connection: InProcessConnection) -> None:
    assert "warning" not in send(connection, "POST", MAPS, TWICE, "Ignore").headers


def test_a_patch_is_read_with_the_same_rigour(connection: InProcessConnection) -> None:
    send(connection, "POST", MAPS, b'{"metadata":{"name":"a"}}')
    change = b'{"data":{"x":"1","x":"2"}}'
    reply = send(connection, "PATCH", f"{MAPS}/a", change, "Strict", MERGE)
    assert reply.status == 422
    assert message(reply).endswith('strict decoding error: duplicate field "data.x"')
    assert 'duplicate field "data.x"' in send(connection, "PATCH", f"{MAPS}/a", change, "", MERGE).headers["warning"]
