"""Cómo salen las respuestas por la red: enteras para quien las pide, en trozos para quien las lleva."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.embedded.server import asgi


def sent(body: bytes) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        messages.append(message)

    asyncio.run(asgi._send_whole(Response(200, {}, body), body, send))
    return messages


@pytest.mark.parametrize("size", [0, 1, asgi.CHUNK, asgi.CHUNK + 1, 3 * asgi.CHUNK])
def test_a_big_answer_goes_out_in_pieces_that_make_it_whole(size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    start, *pieces = sent(body)
    assert (b"content-length", str(size).encode()) in start["headers"]
    assert b"".join(one["body"] for one in pieces) == body
    assert all(len(one["body"]) <= asgi.CHUNK for one in pieces)
    assert [one.get("more_body", False) for one in pieces] == [True] * (len(pieces) - 1) + [False]


@pytest.mark.parametrize("media", ["application/json", "application/yaml"])
@pytest.mark.parametrize("names", [(), ("a",), ("a", "b", "c")])
def test_a_list_is_one_document_however_many_it_holds(names: tuple[str, ...], media: str) -> None:
    import yaml

    cluster = EmbeddedCluster(nodes=1)
    path = "/api/v1/namespaces/default/configmaps"
    for name in names:
        cluster.handle(Request("POST", path, body=json.dumps({"metadata": {"name": name}}).encode()))
    query = {"fieldSelector": ["metadata.name!=kube-root-ca.crt"]}
    body = cluster.handle(Request("GET", path, query, {"accept": media})).body
    assert isinstance(body, bytes)
    found = yaml.safe_load(body)
    assert [one["metadata"]["name"] for one in found["items"]] == list(names)
    assert found["kind"] == "ConfigMapList"
    assert body.endswith(b"\n") and not body.endswith(b"\n\n")
