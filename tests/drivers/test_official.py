"""El cliente oficial, sin sockets: crea, lee, parchea, vigila y borra como contra un servidor."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.drivers.in_process import InProcessConnection, in_process
from lab_tools.drivers.official import official_client

kubernetes: Any = pytest.importorskip("kubernetes")


@pytest.fixture
def connection() -> InProcessConnection:
    return in_process()


@pytest.fixture
def core(connection: InProcessConnection) -> Any:
    return kubernetes.client.CoreV1Api(official_client(connection))


def config_map(name: str, **data: str) -> Any:
    return kubernetes.client.V1ConfigMap(metadata=kubernetes.client.V1ObjectMeta(name=name), data=data)


def test_nodes_are_models(core: Any) -> None:
    assert [node.metadata.name for node in core.list_node().items] == ["node-1", "node-2", "node-3"]


def test_a_cluster_is_as_good_as_a_connection(connection: InProcessConnection) -> None:
    core = kubernetes.client.CoreV1Api(official_client(connection.cluster))
    assert len(core.list_node().items) == 3


def test_create_patch_read_delete(core: Any) -> None:
    core.create_namespaced_config_map("default", config_map("uno", x="1"))
    core.patch_namespaced_config_map("uno", "default", {"data": {"x": "2"}})
    assert core.read_namespaced_config_map("uno", "default").data == {"x": "2"}
    core.delete_namespaced_config_map("uno", "default")
    with pytest.raises(kubernetes.client.ApiException) as caught:
        core.read_namespaced_config_map("uno", "default")
    assert (caught.value.status, caught.value.reason) == (404, "Not Found")


def test_a_json_patch_is_a_list(core: Any) -> None:
    core.create_namespaced_config_map("default", config_map("uno", x="1"))
    core.patch_namespaced_config_map("uno", "default", [{"op": "add", "path": "/data/y", "value": "2"}])
    assert core.read_namespaced_config_map("uno", "default").data == {"x": "1", "y": "2"}


def test_a_watch_ends_when_its_time_does(core: Any, connection: InProcessConnection) -> None:
    core.create_namespaced_config_map("default", config_map("uno"))
    before = connection.cluster.clock.now
    watch = kubernetes.watch.Watch()
    seen = [
        (event["type"], event["object"].metadata.name)
        for event in watch.stream(
            core.list_namespaced_config_map, "default", field_selector="metadata.name=uno", timeout_seconds=5
        )
    ]
    assert seen == [("ADDED", "uno")]
    assert connection.cluster.clock.now - before == pytest.approx(5)


def test_a_watch_can_be_left_half_way(core: Any) -> None:
    core.create_namespaced_config_map("default", config_map("uno"))
    watch = kubernetes.watch.Watch()
    for event in watch.stream(core.list_namespaced_config_map, "default", timeout_seconds=3600):
        assert event["type"] == "ADDED"
        watch.stop()
        break
    assert core.read_namespaced_config_map("uno", "default")
