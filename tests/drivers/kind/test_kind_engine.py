"""Lo que de kind hace el motor de Docker: estropear y medir sus nodos, y el registro local. Con un motor de verdad.

Los nodos son contenedores marcados como los marca kind, con el Python de esta máquina dentro.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lab_tools import faults
from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.drivers.kind import nodes, registry
from lab_tools.drivers.kind.machines import KindMachines
from lab_tools.errors import ClusterError, UsageError
from lab_tools.images import base

# Con `systemctl` y lo que kind deja en /kind; un proceso gasta algo de CPU.
_NODE = r"""
import os, pathlib, time
state = pathlib.Path("/kubelet")
state.write_text("active")
tool = pathlib.Path("/bin/systemctl")
tool.write_text('''#!/usr/local/bin/python
import pathlib, sys
state = pathlib.Path("/kubelet")
verb = sys.argv[1]
if verb == "is-active":
    sys.exit(0 if state.read_text() == "active" else 3)
state.write_text("active" if verb == "start" else "inactive")
''')
tool.chmod(0o755)
while True:
    sum(range(20000))
    time.sleep(0.01)
"""

# En una máquina ocupada, construir y arrancar se lleva minutos; `timeout`, en segundos, los deja pasar.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("docker"), pytest.mark.timeout(900)]


class Api:
    """La API de un clúster que solo sabe qué nodos tiene y de qué zona son."""

    kubeconfig = None

    def __init__(self, name: str, zones: dict[str, str]) -> None:
        self.name = name
        self.machines = KindMachines(name)
        self._items = [{"metadata": {"name": node, "labels": {"topology.kubernetes.io/zone": zone}}}
                       for node, zone in zones.items()]  # fmt: skip
        self.sent: list[tuple[str, str]] = []

    def send(self, method: str, path: str, *_args: Any, **_options: Any) -> Reply:
        self.sent.append((method, path))
        return Reply(200, {}, json.dumps({"kind": "NodeList", "apiVersion": "v1", "items": self._items}).encode())

    def wait(self, seconds: float) -> None: ...


@pytest.fixture
def network(docker_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = f"prueba-red-{secrets.token_hex(4)}"
    made = docker_engine.networks.create(name)
    monkeypatch.setenv("KIND_EXPERIMENTAL_DOCKER_NETWORK", name)
    yield name
    made.remove()


@pytest.fixture
def cluster(docker_engine: Any, network: str) -> Iterator[Api]:
    """Dos nodos, cada uno en su zona."""
    name = f"prueba-{secrets.token_hex(4)}"
    image = base.ensure(docker_engine)
    zones = {f"{name}-control-plane": "a", f"{name}-worker": "b"}
    made = []
    try:
        for node, role in zip(zones, ("control-plane", "worker"), strict=True):
            labels = {nodes.CLUSTER_LABEL: name, nodes.ROLE_LABEL: role}
            made.append(docker_engine.containers.run(
                image, ["python", "-c", _NODE], name=node, labels=labels, network=network, detach=True,
                mem_limit="256m", init=True))  # fmt: skip
        for one in made:
            while one.exec_run(["systemctl", "is-active", "kubelet"]).exit_code:
                time.sleep(0.05)
        yield Api(name, zones)
    finally:
        for one in made:
            one.remove(force=True)


def state(client: Any, node: str) -> str:
    return str(client.containers.get(node).status)


@pytest.mark.parametrize(
    ("kind", "broken"),
    [("node-off", "exited"), ("node-frozen", "paused"), ("node-unplugged", "running"), ("kubelet-stopped", "running")],
)
def test_a_node_breaks_is_seen_broken_and_comes_back(
    docker_engine: Any, cluster: Api, network: str, kind: str, broken: str
) -> None:
    client, node = Client(cluster), f"{cluster.name}-worker"
    assert f"«{kind}-{node}»" in faults.inject(client, {"kind": kind, "node": node})
    [found] = faults.active(client)
    assert (found["name"], found["kind"], found["node"]) == (f"{kind}-{node}", kind, node)
    assert state(docker_engine, node) == broken
    attached = docker_engine.containers.get(node).attrs["NetworkSettings"]["Networks"]
    assert (network in attached) is (kind != "node-unplugged")
    with pytest.raises(UsageError, match="ya tiene la avería"):
        faults.inject(client, {"kind": kind, "node": node})
    assert faults.heal(client, f"{kind}-{node}") == [f"{kind}-{node}"]
    assert faults.active(client) == [] and state(docker_engine, node) == "running"
    assert network in docker_engine.containers.get(node).attrs["NetworkSettings"]["Networks"]
    assert state(docker_engine, f"{cluster.name}-control-plane") == "running"


def test_a_zone_goes_off_with_its_nodes_and_no_others(docker_engine: Any, cluster: Api) -> None:
    client = Client(cluster)
    faults.inject(client, {"kind": "zone-off", "zone": "b"})
    assert [one["node"] for one in faults.active(client)] == [f"{cluster.name}-worker"]
    assert faults.heal(client) == [f"node-off-{cluster.name}-worker"]
    with pytest.raises(UsageError, match="Ningún nodo es de la zona «c»"):
        faults.inject(client, {"kind": "zone-off", "zone": "c"})


def test_what_cannot_be_broken_or_mended_is_told(cluster: Api) -> None:
    client = Client(cluster)
    with pytest.raises(UsageError, match="no tiene el nodo «otro»") as told:
        faults.inject(client, {"kind": "node-off", "node": "otro"})
    assert f"{cluster.name}-worker" in told.value.cure
    with pytest.raises(UsageError, match="No hay ninguna avería en vigor"):
        faults.heal(client, "node-off-otro")


def test_every_node_is_measured(cluster: Api) -> None:
    found = cluster.machines.usage()
    assert [one.node for one in found] == [f"{cluster.name}-control-plane", f"{cluster.name}-worker"]
    for one in found:
        assert 0 < one.cpu < 4 and 1_000_000 < one.memory < one.limit == 256 * 2**20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def stand_in(docker_engine: Any) -> Iterator[str]:
    """Una imagen que, como un registro, contesta en /v2/ por el puerto 5000."""
    name = f"prueba-registro-{secrets.token_hex(4)}:1"
    program = (
        "import http.server as h, os; os.makedirs('/s/v2', exist_ok=True); os.chdir('/s'); "
        "h.ThreadingHTTPServer(('', 5000), h.SimpleHTTPRequestHandler).serve_forever()"
    )
    made = docker_engine.containers.create(base.ensure(docker_engine), ["python", "-c", program])
    made.commit(*name.split(":"))
    made.remove()
    yield name
    docker_engine.images.remove(name, force=True)


def test_a_registry_starts_joins_the_nodes_and_keeps_its_port(docker_engine: Any, network: str, stand_in: str) -> None:
    name, port = f"prueba-registro-{secrets.token_hex(4)}", free_port()
    try:
        found = registry.start(docker_engine, port, stand_in, name)
        assert (found.host, found.state, found.image) == (f"localhost:{port}", "running", stand_in)
        assert found.mirror[0] == f"localhost:{port}"
        assert network in docker_engine.containers.get(name).attrs["NetworkSettings"]["Networks"]
        assert registry.stop(docker_engine, name)
        stopped = registry.find(docker_engine, name)
        assert stopped is not None and stopped.state == "exited"
        assert registry.start(docker_engine, port + 1, stand_in, name) == found
    finally:
        assert registry.stop(docker_engine, name, erase=True)
    assert registry.find(docker_engine, name) is None and not registry.stop(docker_engine, name)
    assert name not in [volume.name for volume in docker_engine.volumes.list()]


def test_a_container_of_somebody_else_is_not_taken_for_the_registry(docker_engine: Any, stand_in: str) -> None:
    name = f"prueba-ajeno-{secrets.token_hex(4)}"
    theirs = docker_engine.containers.create(stand_in, name=name)
    try:
        for act in (registry.start, registry.find, registry.stop):
            with pytest.raises(ClusterError, match="no es el registro de Orquesta"):
                act(docker_engine, name=name)
    finally:
        with contextlib.suppress(Exception):
            theirs.remove(force=True)
