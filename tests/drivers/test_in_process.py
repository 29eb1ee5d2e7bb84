"""Un clúster en este proceso: el tiempo pasa solo cuando alguien espera."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools.drivers.base import Reply
from lab_tools.drivers.in_process import InProcessConnection, in_process
from lab_tools.embedded.clock import EPOCH
from lab_tools.errors import UsageError

CONFIGMAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
def connection() -> InProcessConnection:
    return in_process()


def content(reply: Reply) -> dict[str, Any]:
    assert isinstance(reply.body, bytes)
    found = json.loads(reply.body)
    assert isinstance(found, dict)
    return found


def make(connection: InProcessConnection, name: str) -> None:
    body = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}).encode()
    assert connection.send("POST", CONFIGMAPS, body=body, headers={"Content-Type": "application/json"}).status == 201


def test_its_nodes_are_ready_at_the_epoch(connection: InProcessConnection) -> None:
    nodes = content(connection.send("GET", "/api/v1/nodes"))["items"]
    ready = [c["status"] for node in nodes for c in node["status"]["conditions"] if c["type"] == "Ready"]
    assert ready == ["True"] * 3
    assert connection.cluster.clock.now == EPOCH


def test_waiting_is_the_cluster_s_time(connection: InProcessConnection) -> None:
    connection.wait(90)
    assert connection.cluster.clock.now == EPOCH + 90


def test_a_watch_tells_what_there_was_and_lets_the_time_pass_until_it_ends(connection: InProcessConnection) -> None:
    make(connection, "uno")
    query = {"watch": ["true"], "timeoutSeconds": ["30"], "fieldSelector": ["metadata.name=uno"]}
    reply = connection.send("GET", CONFIGMAPS, query)
    assert not isinstance(reply.body, bytes)
    names = [json.loads(line)["object"]["metadata"]["name"] for line in b"".join(reply.body).splitlines()]
    assert names == ["uno"]
    assert connection.cluster.clock.now == pytest.approx(EPOCH + 30)


def test_a_watch_hears_what_happens_between_two_readings(connection: InProcessConnection) -> None:
    query = {"watch": ["true"], "timeoutSeconds": ["30"], "fieldSelector": ["metadata.name=uno"]}
    reply = connection.send("GET", CONFIGMAPS, query)
    assert not isinstance(reply.body, bytes)
    make(connection, "uno")
    assert json.loads(next(reply.body))["type"] == "ADDED"
    assert connection.cluster.clock.now == EPOCH


def test_each_role_has_its_permissions() -> None:
    cluster = in_process().cluster
    body = b'{"advance": 1}'
    codes = {
        role: InProcessConnection(cluster, role).send("POST", "/orquesta/v1/clock", body=body).status
        for role in ("owner", "student", "checker")
    }
    assert codes == {"owner": 200, "student": 403, "checker": 403}


def test_a_role_that_is_not_there_is_told(connection: InProcessConnection) -> None:
    with pytest.raises(UsageError, match="«dios»"):
        InProcessConnection(connection.cluster, "dios")


def test_the_same_seed_gives_the_same_bytes() -> None:
    bodies = [in_process(seed=7).send("GET", "/api/v1/nodes").body for _ in range(2)]
    assert bodies[0] == bodies[1]
