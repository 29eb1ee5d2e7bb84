"""A quien va a leer la respuesta con sus ojos se le escribe con sangría."""

from __future__ import annotations

import json

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import RestHandler
from lab_tools.embedded.rest.message import Request

SPACE = "/api/v1/namespaces/default"


@pytest.fixture(scope="module")
def door() -> RestHandler:
    return RestHandler(EmbeddedCluster(nodes=0))


def body(door: RestHandler, path: str, agent: str = "kubectl/v1.36.0", **query: str) -> str:
    asked = {name: [value] for name, value in query.items()}
    found = door.handle(Request("GET", path, asked, {"user-agent": agent})).body
    assert isinstance(found, bytes)
    return found.decode()


@pytest.mark.parametrize("agent", ["curl/8.5.0", "Wget/1.21", "Mozilla/5.0 (X11)"])
def test_a_browser_and_the_tools_of_the_terminal_get_it_indented(door: RestHandler, agent: str) -> None:
    found = body(door, SPACE, agent)
    assert found.startswith('{\n  "kind": "Namespace",\n  "apiVersion": "v1",\n  "metadata": {\n    "name"')
    assert json.loads(found) == json.loads(body(door, SPACE))


def test_who_asks_for_it_gets_it_and_who_does_not_want_it_does_not(door: RestHandler) -> None:
    assert body(door, SPACE, pretty="true").startswith("{\n")
    assert not body(door, SPACE, "curl/8.5.0", pretty="false").startswith("{\n")
    assert not body(door, SPACE, pretty="quizás").startswith("{\n")


def test_a_refusal_is_read_too(door: RestHandler) -> None:
    assert body(door, f"{SPACE}/pods/no", "curl/8.5.0").startswith('{\n  "kind": "Status"')


def test_the_version_and_the_paths_are_always_indented(door: RestHandler) -> None:
    assert body(door, "/version").startswith('{\n  "major": "1",')
    assert body(door, "/").startswith('{\n  "paths": [\n    "/api",')


def test_documents_for_programs_stay_as_they_are(door: RestHandler) -> None:
    assert not body(door, "/openapi/v3", "curl/8.5.0").startswith("{\n")
