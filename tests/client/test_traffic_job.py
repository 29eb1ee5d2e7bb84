"""En un clúster de verdad mide un programa nuestro dentro de un Job, y lo que se recibe es lo mismo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab_tools import traffic
from lab_tools.client import Client
from lab_tools.drivers.base import Query, Reply
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import InfrastructureError, UsageError
from lab_tools.traffic import engine, job
from lab_tools.traffic.engine import DoorEngine, engine_for
from lab_tools.traffic.job import LABEL, JobEngine
from lab_tools.traffic.program import carga

PROGRAM = Path(carga.__file__)


class Shop(BaseHTTPRequestHandler):
    """Un servicio de verdad: contesta 200, y 503 en /roto."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"hola"
        self.send_response(503 if self.path == "/roto" else 200)
        self.send_header("content-length", str(len(body)))
        self.send_header("X-Version", "1.1")
        self.send_header("X-Pod", "api-0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Calla."""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def ran(**asked: Any) -> str:
    """Lo que escribe el programa, ejecutado de verdad."""
    env = {**os.environ, "CARGA": json.dumps(asked)}
    done = subprocess.run(
        [sys.executable, str(PROGRAM)], env=env, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


class Real:
    """Un clúster sin la puerta del tráfico, cuyo registro de Pods es el que grabó el programa."""

    kubeconfig = None

    def __init__(self, cluster: EmbeddedCluster, log: str = "") -> None:
        self._inner, self.name, self.log = InProcessConnection(cluster), "escuela", log

    def send(self, method: str, path: str, query: Query | None = None, body: bytes | None = None,
             headers: Mapping[str, str] | None = None) -> Reply:  # fmt: skip
        if path.startswith("/orquesta/v1/traffic"):
            return Reply(404, {}, b"{}")
        if path.endswith("/log") and self.log:
            return Reply(200, {}, self.log.encode())
        return self._inner.send(method, path, query, body, headers)

    def wait(self, seconds: float) -> None:
        self._inner.wait(seconds)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv(job.ENVIRONMENT, "tienda-frontend:1.0")
    return Client(Real(EmbeddedCluster(1)))


def told(log: str) -> dict[str, Any]:
    found = job._last(log)
    assert found is not None
    return found


@pytest.mark.slow
def test_the_program_sends_what_it_is_asked_and_counts_it(shop: str) -> None:
    found = told(ran(url=f"{shop}/pedidos", steps=[[1, 40], [1, 0]], seed=3, timeout=20))
    expected = sum(1 for _ in carga.arrivals([[1, 40], [1, 0]], 3))
    assert (found["state"], found["sent"], found["completed"], found["failed"]) == ("done", expected, expected, 0)
    assert found["statuses"] == {"200": expected}
    assert found["versions"]["1.1"]["completed"] == found["pods"]["api-0"]["completed"] == expected
    assert 0 < found["latency"]["p50"] <= found["latency"]["p95"] <= found["latency"]["max"]
    assert sum(found["timeline"]["sent"]) == expected


@pytest.mark.slow
def test_answers_of_error_and_silences_are_failures(shop: str) -> None:
    broken = told(ran(url=f"{shop}/roto", steps=[[0.5, 40]], connections=2))
    assert broken["failed"] == broken["completed"] == broken["statuses"]["503"]
    closed = told(ran(url="http://127.0.0.1:9/", steps=[[0.2, 40]]))
    assert closed["errors"] == {"refused": closed["completed"]}
    assert closed["latency"]["p95"] is None


def test_one_request_brings_its_answer(shop: str, real: Client) -> None:
    log = ran(url=f"{shop}/pedidos", steps=[])
    assert isinstance(real.connection, Real)
    real.connection.log = log
    found = traffic.request(real, "http://api/pedidos")
    assert (found.status, found.body, found.version, found.pod, found.error) == (200, "hola", "1.1", "api-0", "")


@pytest.mark.slow
def test_the_load_of_a_real_cluster_is_the_same_kind_of_thing(shop: str, real: Client) -> None:
    log = ran(url=f"{shop}/pedidos", steps=[[1, 30]], seed=1)
    assert isinstance(real.connection, Real)
    real.connection.log = log
    load = traffic.load(real, "http://api/pedidos", rps=30, seconds=1, seed=1)
    assert isinstance(load, traffic.Load)
    assert (load.state, load.failed, load.ok) == ("done", 0, load.sent)
    assert load.url == "http://api/pedidos" and load.steps == [(1.0, 30.0)]
    assert "30" in repr(load) or load.sent
    real.wait(5)
    assert real.list("jobs") == [] and real.list("configmaps", labels=LABEL) == []


def test_the_pod_that_measures_looks_like_who_calls_but_gets_no_traffic(real: Client) -> None:
    real.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "cli", "labels": {
        "app": "frontend", "pod-template-hash": "abc"}},
        "spec": {"containers": [{"name": "c", "image": "tienda-frontend:1.0"}]}})  # fmt: skip
    started = JobEngine(real).start({"url": "http://api/", "from": "default/cli", "steps": [[5, 1]], "timeout": 1})
    (made,) = real.list("jobs")
    template = made["spec"]["template"]
    assert template["metadata"]["labels"]["app"] == "frontend"
    assert "pod-template-hash" not in template["metadata"]["labels"]
    assert template["spec"]["readinessGates"] == [{"conditionType": "orquesta.dev/nunca"}]
    (config,) = real.list("configmaps", labels=LABEL)
    assert config["data"]["carga.py"] == PROGRAM.read_text(encoding="utf-8")
    assert JobEngine(real).stop(started["id"])["state"] == "stopped"
    real.wait(5)
    assert real.list("jobs") == []


def test_an_image_that_is_not_there_is_told_with_its_cure(real: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(job.ENVIRONMENT, "no-existe:1")
    with pytest.raises(UsageError, match=f"no arranca: (ErrImagePull|ImagePullBackOff)[\\s\\S]*{job.ENVIRONMENT}"):
        traffic.request(real, "http://api/")


def test_a_program_that_dies_half_way_is_not_a_measure(real: Client) -> None:
    jobs = JobEngine(real)
    started = jobs.start({"url": "http://api/", "steps": [[5, 1]], "timeout": 1})
    assert isinstance(real.connection, Real)
    real.connection.log = 'ORQUESTA {"state": "running", "elapsed": 2}\nORQUESTA {"state": "do'
    real.wait(5)
    assert [pod["status"]["phase"] for pod in real.list("pods", labels=LABEL)] == ["Failed"]
    with pytest.raises(InfrastructureError, match="murió a los 2 s"):
        jobs.read(started["id"], whole=False)


def test_a_pod_that_the_cluster_refuses_is_told(real: Client) -> None:
    real.create(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "nada"}, "spec": {"hard": {"pods": "0"}}}
    )
    real.wait(1)
    with pytest.raises(UsageError, match=r"no deja crear el Pod que mide: .*exceeded quota"):
        traffic.request(real, "http://api/")


def test_the_cluster_of_the_course_measures_by_itself() -> None:
    client = Client(InProcessConnection(EmbeddedCluster(0)))
    assert [type(engine_for(client)) for _ in range(2)] == [DoorEngine] * 2
    assert engine.DOORLESS in vars(client.connection)
