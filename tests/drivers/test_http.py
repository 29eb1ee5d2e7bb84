"""La conexión HTTPS: reutiliza, vigila, no se fía de cualquiera, y cuenta en español cuando nadie contesta."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from lab_tools.drivers import kubeconfig_file
from lab_tools.drivers.http import HttpConnection, from_kubeconfig
from lab_tools.drivers.kubeconfig_file import Access
from lab_tools.errors import InfrastructureError


class _Answers(BaseHTTPRequestHandler):
    """Cuenta lo que le piden; `/vigila` escribe tres trozos y `/cierra` se va sin avisar después de contestar."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "watch=true" in self.path:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for chunk in (b'{"n":1}\n', b'{"n":', b"2}\n", b""):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.flush()
            return
        self._answer({"path": self.path, "token": self.headers.get("authorization"), "peer": self.client_address[1]})
        if self.path == "/cierra":
            self.close_connection = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/orquesta/v1/clock":
            self.server.advanced.append(json.loads(body)["advance"])  # type: ignore[attr-defined]
        self._answer({"body": body.decode()}, 403 if self.path == "/no" else 200)

    def _answer(self, value: object, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[ThreadingHTTPServer]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    httpd.daemon_threads = True
    httpd.advanced = []  # type: ignore[attr-defined]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield httpd
    httpd.shutdown()
    httpd.server_close()


def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


@pytest.fixture
def connection(server: ThreadingHTTPServer, authority: trustme.CA) -> Iterator[HttpConnection]:
    opened = HttpConnection("curso", f"https://127.0.0.1:{server.server_port}", pem(authority), token="secreto")
    yield opened
    opened.close()


def asked(connection: HttpConnection, path: str, query: dict[str, list[str]] | None = None) -> dict[str, Any]:
    reply = connection.send("GET", path, query)
    assert isinstance(reply.body, bytes)
    found = json.loads(reply.body)
    assert isinstance(found, dict)
    return found


def test_the_token_goes_in_every_request(connection: HttpConnection) -> None:
    assert asked(connection, "/api")["token"] == "Bearer secreto"


def test_a_query_keeps_all_its_values(connection: HttpConnection) -> None:
    found = asked(connection, "/api", {"a": ["1", "2"], "labelSelector": ["app=x,y in (z)"]})
    assert found["path"] == "/api?a=1&a=2&labelSelector=app%3Dx%2Cy+in+%28z%29"


def test_the_connection_is_used_again(connection: HttpConnection) -> None:
    assert asked(connection, "/a")["peer"] == asked(connection, "/b")["peer"]


def test_a_connection_the_server_closed_is_replaced(connection: HttpConnection) -> None:
    first = asked(connection, "/cierra")["peer"]
    for _ in range(3):
        second = asked(connection, "/b")["peer"]
    assert first != second


def test_a_watch_arrives_in_pieces_while_other_requests_go_on(connection: HttpConnection) -> None:
    reply = connection.send("GET", "/vigila", {"watch": ["true"]})
    assert not isinstance(reply.body, bytes)
    first = next(reply.body)
    assert asked(connection, "/b")["path"] == "/b"
    assert b"".join([first, *reply.body]) == b'{"n":1}\n{"n":2}\n'


def test_a_refusal_is_an_answer(connection: HttpConnection) -> None:
    assert connection.send("POST", "/no", body=b"{}").status == 403


def test_waiting_advances_the_clock_of_who_may(connection: HttpConnection, server: ThreadingHTTPServer) -> None:
    connection.wait(12.5)
    connection.wait(0)
    assert server.advanced == [12.5]  # type: ignore[attr-defined]


def test_waiting_without_permission_sleeps_at_the_speed_of_the_cluster(
    connection: HttpConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    replies = {"POST": (403, b"{}"), "GET": (200, b'{"speed": 20}')}

    class Reply:
        def __init__(self, status: int, body: bytes) -> None:
            self.status, self.body = status, body

    monkeypatch.setattr(connection, "send", lambda method, *_, **__: Reply(*replies[method]))
    monkeypatch.setattr("lab_tools.drivers.http.time.sleep", slept.append)
    connection.wait(10)
    connection.wait(20)
    assert slept == [0.5, 1.0]


def test_nobody_there_is_told_with_the_cure(authority: trustme.CA) -> None:
    lonely = HttpConnection("curso", "https://127.0.0.1:1", pem(authority), cure="Arráncalo con: x")
    with pytest.raises(InfrastructureError) as caught:
        lonely.send("GET", "/api")
    assert "El clúster «curso» no contesta en https://127.0.0.1:1" in caught.value.message
    assert caught.value.cure == "Arráncalo con: x"


def test_somebody_else_in_that_port_is_not_trusted(server: ThreadingHTTPServer) -> None:
    other = HttpConnection("curso", f"https://127.0.0.1:{server.server_port}", pem(trustme.CA()), token="secreto")
    with pytest.raises(InfrastructureError, match="contesta alguien que no es el clúster «curso»"):
        other.send("GET", "/api")


def test_a_kubeconfig_is_enough(
    tmp_path: Path, server: ThreadingHTTPServer, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = authority.issue_cert("yo")
    access = Access(
        "orquesta-curso", f"https://127.0.0.1:{server.server_port}", pem(authority),
        certificate=client.cert_chain_pems[0].bytes().decode(), key=client.private_key_pem.bytes().decode(),
    )  # fmt: skip
    path = kubeconfig_file.add(access, str(tmp_path / "config"))
    opened = from_kubeconfig(str(path))
    assert (opened.name, opened.kubeconfig) == ("orquesta-curso", str(path))
    assert asked(opened, "/api")["path"] == "/api"
    opened.close()
