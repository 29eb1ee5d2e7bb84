"""El servidor de verdad, en otro proceso: quién entra, cómo se va y qué conserva."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lab_tools.embedded.server import identity, settings
from lab_tools.errors import ClusterError
from tests.conformance.servers import Served, served

MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(nodes=1, speed=1) as found:
        yield found


def ask(
    server: Served, path: str, authorization: str | None, method: str = "GET", body: bytes = b""
) -> tuple[int, Any]:
    connection = server.connection()
    headers = {"Authorization": authorization} if authorization else {}
    connection.request(method, path, body or None, headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if text.startswith(b"{") else text


@pytest.mark.parametrize("authorization", [None, "Bearer nada", "Bearer ", "Basic eDp5", "Bearer \xe9"])
def test_nobody_enters_without_a_credential(server: Served, authorization: str | None) -> None:
    code, found = ask(server, "/api/v1/pods", authorization)
    assert (code, found["reason"], found["message"]) == (401, "Unauthorized", "Unauthorized")


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/version", "/version/"])
def test_health_and_version_are_for_everyone(server: Served, path: str) -> None:
    assert ask(server, path, None)[0] == 200


def test_each_credential_is_its_own_user(server: Served) -> None:
    student = server.token("student")
    assert ask(server, "/api/v1/pods", student)[0] == 200
    code, found = ask(server, "/orquesta/v1/clock", student, "POST", b'{"advance": 1}')
    assert (code, 'User "student"' in found["message"]) == (403, True)


def test_only_its_owner_can_read_the_secrets(server: Served) -> None:
    folder = server.kubeconfig.parent
    secret = [folder / settings.CREDENTIALS, *(folder / identity.PKI).iterdir()]
    assert [path.name for path in secret if path.stat().st_mode & 0o077] == []


def test_only_tls_13_is_spoken(server: Served) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode, old.maximum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", server.port)) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain)


def test_what_is_born_now_says_now(server: Served) -> None:
    before = time.time() - 3
    _, made = server.request("POST", MAPS, body={"metadata": {"name": "ahora"}})
    assert before <= datetime.fromisoformat(made["metadata"]["creationTimestamp"]).timestamp() <= time.time()


def test_its_owner_sees_the_clock_and_moves_it(server: Served) -> None:
    _, before = server.request("GET", "/orquesta/v1/clock")
    asked = time.time()
    _, after = server.request("POST", "/orquesta/v1/clock", body={"advance": 600})
    assert after["elapsed"] - before["elapsed"] >= 600
    assert asked - 3 <= after["now"] <= time.time() + 1


def test_a_body_that_does_not_fit_is_refused(server: Served) -> None:
    code, found = ask(server, MAPS, server.token("owner"), "POST", b"x" * (3 * 1024 * 1024 + 1))
    assert (code, found["reason"]) == (413, "RequestEntityTooLarge")


def test_a_watcher_that_leaves_is_forgotten(server: Served) -> None:
    for _ in range(20):
        connection = server.connection()
        connection.request("GET", f"{MAPS}?watch=1", headers=server.authorization)
        connection.getresponse()
        connection.close()
    assert server.request("POST", MAPS, body={"metadata": {"name": "despues"}})[0] == 201


def test_news_arrive_by_the_wire(server: Served) -> None:
    finish = server.watch(MAPS, 2, {"fieldSelector": "metadata.name=noticia"})
    server.request("POST", MAPS, body={"metadata": {"name": "noticia"}})
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in finish()] == [("ADDED", "noticia")]


def test_credentials_and_certificates_are_made_once(tmp_path: Path) -> None:
    first, pem = identity.credentials(tmp_path), identity.certificates(tmp_path).server.read_bytes()
    assert len(set(first.values())) == 3
    assert identity.credentials(tmp_path) == first
    assert identity.certificates(tmp_path).server.read_bytes() == pem


def test_damaged_credentials_are_told_with_their_cure(tmp_path: Path) -> None:
    identity.credentials(tmp_path)
    (tmp_path / settings.CREDENTIALS).write_text("{", encoding="utf-8")
    with pytest.raises(ClusterError) as told:
        identity.credentials(tmp_path)
    assert settings.CREDENTIALS in told.value.message
    assert told.value.cure


def start(folder: Path, **wanted: Any) -> subprocess.Popen[bytes]:
    settings.Settings("pruebas", nodes=1, **wanted).save(folder)
    (folder / settings.READY).unlink(missing_ok=True)
    command = [sys.executable, "-m", "lab_tools.embedded.server", "--state", str(folder)]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


def attend(folder: Path, process: subprocess.Popen[bytes]) -> Served:
    deadline = time.monotonic() + 30
    while not (folder / settings.READY).exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    found = json.loads((folder / settings.READY).read_text(encoding="utf-8"))
    assert found["pid"] == process.pid
    return Served(folder, found["port"])


def test_a_busy_port_is_told_with_its_cure(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process = start(tmp_path, port=other.getsockname()[1])
        _, said = process.communicate(timeout=60)
    told = json.loads(said.splitlines()[-1])
    assert process.returncode == 1
    assert "ya lo ocupa otro programa" in told["message"]
    assert "--port" in told["cure"]


def test_it_leaves_at_once_when_asked_even_if_someone_is_watching(tmp_path: Path) -> None:
    process = start(tmp_path)
    server = attend(tmp_path, process)
    watcher = server.connection()
    watcher.request("GET", f"{MAPS}?watch=1", headers=server.authorization)
    response = watcher.getresponse()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"")
    # Quien miraba ve un final limpio, no una conexión rota.
    assert all(json.loads(line)["type"] == "ADDED" for line in response)


@pytest.mark.skipif(os.name != "posix", reason="kill -9 es de Unix")
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    first = start(tmp_path)
    server = attend(tmp_path, first)
    for number in range(20):
        assert server.request("POST", MAPS, body={"metadata": {"name": f"uno-{number}"}})[0] == 201
    elapsed = server.request("GET", "/orquesta/v1/clock")[1]["elapsed"]
    first.kill()
    first.communicate(timeout=60)
    again = start(tmp_path)
    server = attend(tmp_path, again)
    names = [item["metadata"]["name"] for item in server.request("GET", MAPS)[1]["items"]]
    assert sum(name.startswith("uno-") for name in names) == 20
    assert server.request("GET", "/orquesta/v1/clock")[1]["elapsed"] >= elapsed - 11
    again.terminate()
    again.communicate(timeout=60)


def test_a_connection_cut_in_the_middle_of_a_request_harms_nobody(server: Served) -> None:
    connection = server.connection()
    connection.connect()
    assert isinstance(connection.sock, ssl.SSLSocket)
    connection.sock.sendall(b"POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhola")
    connection.close()
    with pytest.raises((http.client.HTTPException, OSError, AssertionError)):
        assert ask(server, "/" + "x" * 200_000, server.token("owner"))[0] == 200
    assert server.request("GET", "/readyz") == (200, "ok")
