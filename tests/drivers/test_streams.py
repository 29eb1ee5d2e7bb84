"""El cliente oficial de Python, por la red: ejecutar dentro de un contenedor y hablar con uno de sus puertos."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.servers import Served, served

kubernetes: Any = pytest.importorskip("kubernetes")
stream: Any = pytest.importorskip("kubernetes.stream")

PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(nodes=1, speed=20) as found:
        containers = {"caja": {"image": "busybox:1.36", "command": ["sleep", "3600"]}, "web": {"image": "nginx:1.27"}}
        for name, container in containers.items():
            made = {"metadata": {"name": name}, "spec": {"containers": [{"name": "c", **container}]}}
            assert found.request("POST", PODS, body=made)[0] == 201
        limit = time.monotonic() + 60
        while any(pod["status"]["phase"] != "Running" for pod in found.request("GET", PODS)[1]["items"]):
            assert time.monotonic() < limit
            time.sleep(0.05)
        yield found


@pytest.fixture
def core(server: Served) -> Iterator[Any]:
    api = kubernetes.config.new_client_from_config(str(server.kubeconfig))
    yield kubernetes.client.CoreV1Api(api)
    api.close()


def run(core: Any, *command: str, **options: Any) -> Any:
    return stream.stream(core.connect_get_namespaced_pod_exec, "caja", "default", command=list(command), stderr=True,
                         stdout=True, tty=False, **{"stdin": False, **options})  # fmt: skip


def test_a_command_answers(core: Any) -> None:
    assert run(core, "sh", "-c", "echo hola; echo mal >&2").splitlines() == ["hola", "mal"]


def test_its_code_comes_back(core: Any) -> None:
    said = run(core, "sh", "-c", "exit 4", _preload_content=False)
    said.run_forever(timeout=20)
    assert said.returncode == 4


def test_its_input_can_be_written(core: Any) -> None:
    talk = run(core, "sh", stdin=True, _preload_content=False)
    talk.write_stdin("echo $((6 * 7))\n")
    assert talk.readline_stdout(timeout=20) == "42"
    talk.write_stdin("exit 3\n")
    talk.run_forever(timeout=20)
    assert talk.returncode == 3


@pytest.mark.parametrize(("name", "command", "code", "why"), [
    ("nadie", "true", 404, 'pods \\"nadie\\" not found'),
    ("caja", "", 400, "you must specify at least 1 command for the container"),
])  # fmt: skip
def test_a_refusal_is_a_status(core: Any, name: str, command: str, code: int, why: str) -> None:
    with pytest.raises(kubernetes.client.ApiException) as caught:
        stream.stream(core.connect_get_namespaced_pod_exec, name, "default", command=[command] if command else [],
                      stdout=True)  # fmt: skip
    assert (f"Handshake status {code}" in caught.value.reason, why in caught.value.reason) == (True, True)


def test_a_port_answers(core: Any) -> None:
    forward = stream.portforward(core.connect_get_namespaced_pod_portforward, "web", "default", ports="80")
    port = forward.socket(80)
    port.setblocking(True)
    port.sendall(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
    said = b""
    while piece := port.recv(4096):
        said += piece
    port.close()
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert said.endswith(b"<h1>Welcome to nginx!</h1>")
    assert forward.error(80) is None


def test_a_port_where_nobody_listens_says_why(core: Any) -> None:
    forward = stream.portforward(core.connect_get_namespaced_pod_portforward, "web", "default", ports="81")
    limit = time.monotonic() + 60
    port = forward.socket(81)
    while forward.connected and time.monotonic() < limit:
        time.sleep(0.05)
    port.close()
    assert "connection refused" in forward.error(81)
