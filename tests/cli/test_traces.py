"""`orquesta cluster traces`: encender, mirar, escribir y mandar a un recolector que habla OTLP/HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lab_tools import drivers
from lab_tools.cli import traces
from lab_tools.cli.root import root
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import ClusterError, InfrastructureError, OrquestaError, UsageError

Run = Callable[..., Result]


class Driver:
    def __init__(self, connection: InProcessConnection) -> None:
        self.connection = connection

    def connect(self, name: str) -> InProcessConnection:
        return self.connection


@pytest.fixture
def connection() -> InProcessConnection:
    return InProcessConnection(EmbeddedCluster(nodes=1))


@pytest.fixture
def run(connection: InProcessConnection, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(drivers, "named", lambda *_: Driver(connection))
    return lambda *words: CliRunner().invoke(root, ["cluster", "traces", "curso", *words])


class Collector:
    """Un recolector: recuerda lo que le mandan y contesta lo que se le diga."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str | None, Any]] = []
        self.answer: tuple[int, bytes] = (200, b'{"partialSuccess":{}}')
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mine.received.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(mine.answer[0])
                self.send_header("Content-Length", str(len(mine.answer[1])))
                self.end_headers()
                self.wfile.write(mine.answer[1])

            def log_message(self, *_: object) -> None:
                """En silencio."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


def busy(connection: InProcessConnection) -> None:
    Client(connection).create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})


def test_they_are_turned_on_looked_at_and_turned_off(run: Run, connection: InProcessConnection) -> None:
    assert "no tiene trazas" in run().output
    assert run("--on").output == "El clúster «curso» apunta sus trazas. Míralas con: orquesta cluster traces curso\n"
    busy(connection)
    head, *rows = run().output.splitlines()
    assert head.split() == ["TRAZA", "SERVICIO", "QUÉ", "TRAMOS", "MS", "RESULTADO"]
    [row] = [row for row in rows if "create configmaps" in row]
    assert row.split()[-3:] == ["3", "0", "bien"]
    assert "ya no apunta trazas" in run("--off").output
    assert json.loads(run("--off", "--json").output)["on"] is False


def test_they_are_written_in_a_file(run: Run, connection: InProcessConnection, tmp_path: Path) -> None:
    run("--on")
    busy(connection)
    file = tmp_path / "trazas.json"
    assert str(file) in run("--file", str(file)).output
    assert json.loads(file.read_text("utf-8")) == Client(connection).traces() == json.loads(run("--json").output)


@pytest.mark.parametrize("path", ["", "/", "/v1/traces", "/otlp/v1/traces"])
def test_a_collector_receives_them(run: Run, connection: InProcessConnection, collector: Collector, path: str) -> None:
    run("--on")
    busy(connection)
    done = run("--export", collector.url + path)
    assert done.exit_code == 0, done.output
    asked = path if len(path) > 1 else "/v1/traces"
    assert collector.received == [(asked, "application/json", Client(connection).traces())]


@pytest.mark.parametrize("answer", [
    (503, b""), (400, b"no"), (200, b"esto no es JSON"),
    (200, b'{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no caben"}}'),
])  # fmt: skip
def test_what_a_collector_does_not_want_is_told(collector: Collector, answer: tuple[int, bytes]) -> None:
    collector.answer = answer
    with pytest.raises(InfrastructureError) as told:
        traces.send(f"{collector.url}/v1/traces", {"resourceSpans": []})
    assert collector.url in told.value.message and "4318" in told.value.cure


def test_a_collector_that_is_not_there_is_told() -> None:
    with pytest.raises(InfrastructureError, match="No se pudieron mandar las trazas"):
        traces.send("http://127.0.0.1:1/v1/traces", {"resourceSpans": []})


@pytest.mark.parametrize("url", ["localhost:4318", "ftp://x/y", "http://", "file:///etc/hosts"])
def test_an_address_that_is_none_is_told_before_anything(run: Run, url: str) -> None:
    assert isinstance(run("--export", url).exception, UsageError)


def test_a_file_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    fault = run("--file", str(tmp_path / "no" / "hay" / "carpeta")).exception
    assert isinstance(fault, OrquestaError) and "carpeta" in fault.message


def test_a_cluster_that_cannot_trace_says_so() -> None:
    class Real(InProcessConnection):
        def send(self, method: str, path: str, *rest: Any, **more: Any) -> Any:
            return super().send(method, path.replace("/orquesta/", "/nada/"), *rest, **more)

    with pytest.raises(ClusterError, match="no sabe trazar"):
        Client(Real(EmbeddedCluster(nodes=1))).traces()
