"""Subir imágenes: con el motor de esta máquina, a un registro de verdad por lo que habla, y sin nada de eso."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from lab_tools.cli.root import run
from lab_tools.errors import ClusterError, UsageError
from lab_tools.images.push import Log, built, push

from .test_built import packed

API = ("api", "1.0")


class Registry(http.server.ThreadingHTTPServer):
    """Lo justo de https://distribution.github.io/distribution/spec/api/ para recibir una imagen."""

    def __init__(self, password: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.password = password
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, bytes] = {}
        self.uploads: dict[str, bytearray] = {}

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def log_message(self, *_: object) -> None: ...

    def answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def admits(self) -> bool:
        wanted = "Basic " + base64.b64encode(f"ana:{self.server.password}".encode()).decode()
        if not self.server.password or self.headers.get("Authorization") == wanted:
            return True
        self.body()
        self.answer(401, WWW_Authenticate='Basic realm="prueba"')
        return False

    def do_GET(self) -> None:
        if self.admits():
            self.answer(200, b"{}")

    def do_HEAD(self) -> None:
        found = self.server.blobs.get(self.path.rpartition("/")[2])
        if self.admits():
            self.answer(404) if found is None else self.answer(200, Content_Length=str(len(found)))

    def do_POST(self) -> None:
        if self.admits():
            self.body()
            upload = secrets.token_hex(8)
            self.server.uploads[upload] = bytearray()
            self.answer(202, Location=f"http://{self.server.host}{self.path}{upload}", Docker_Upload_UUID=upload)

    def do_PATCH(self) -> None:
        upload = self.path.rpartition("/")[2]
        self.server.uploads[upload] += self.body()
        self.answer(202, Location=f"http://{self.server.host}{self.path}", Docker_Upload_UUID=upload,
                    Range=f"0-{len(self.server.uploads[upload]) - 1}")  # fmt: skip

    def do_PUT(self) -> None:
        path, _, query = self.path.partition("?")
        sent = self.body()
        if "/blobs/uploads/" in path:
            digest = query.partition("digest=")[2].replace("%3A", ":").partition("&")[0]
            self.server.blobs[digest] = bytes(self.server.uploads.pop(path.rpartition("/")[2])) + sent
        else:
            self.server.manifests[path.removeprefix("/v2/")] = sent
            digest = f"sha256:{hashlib.sha256(sent).hexdigest()}"
        self.answer(201, Docker_Content_Digest=digest)


@pytest.fixture
def serve() -> Iterator[Any]:
    """Abre registros; con `password`, solo para «ana»."""
    alive: list[Registry] = []

    def start(password: str = "") -> Registry:
        alive.append(Registry(password))
        threading.Thread(target=alive[-1].serve_forever, args=(0.05,), daemon=True).start()
        return alive[-1]

    yield start
    for one in alive:
        one.shutdown()
        one.server_close()


@pytest.fixture
def small(docker_engine: Any) -> Iterator[Any]:
    """Pone en el motor una imagen pequeña, con ese registro delante, y la quita al acabar."""
    made: list[str] = []

    def make(prefix: str) -> str:
        repository = f"{prefix}/tienda-api"
        docker_engine.api.import_image_from_data(packed("ruido", os.urandom(300_000)), repository=repository, tag="1.0")
        made.append(f"{repository}:1.0")
        return made[-1]

    yield make
    for name in made:
        docker_engine.images.remove(name, force=True)


@pytest.mark.slow
@pytest.mark.xdist_group("docker")
def test_an_image_reaches_the_registry_whole_and_the_second_time_sends_nothing(
    docker_engine: Any, serve: Any, small: Any
) -> None:
    registry = serve()
    name = small(f"{registry.host}/prueba-{secrets.token_hex(4)}")
    prefix = name.rpartition("/")[0]
    told: list[str] = []
    [found] = push(docker_engine, [API], prefix, told.append)
    [manifest] = registry.manifests.values()
    assert (found.name, found.digest) == (name, f"sha256:{hashlib.sha256(manifest).hexdigest()}")
    assert found.sent > 300_000 and told == [f"Subir {name}…", "  1 de 1 capa, 0,3 MB"]
    parts = json.loads(manifest)
    for layer in (parts["config"], *parts["layers"]):
        assert len(registry.blobs[layer["digest"]]) == layer["size"], "no falta ningún trozo"
    assert push(docker_engine, [API], prefix) == [type(found)(name, found.digest, 0)]


@pytest.mark.slow
@pytest.mark.xdist_group("docker")
def test_a_registry_that_asks_who_you_are_takes_it_after_a_login(
    docker_engine: Any, serve: Any, small: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    registry = serve(password="clave")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    name = small(f"{registry.host}/prueba-{secrets.token_hex(4)}")
    prefix = name.rpartition("/")[0]
    assert run(["image", "push", "api:1.0", "--prefix", prefix]) == 1
    said = capsys.readouterr().err
    assert "no sabe quién eres" in said and f"docker login {registry.host}" in said
    who = base64.b64encode(b"ana:clave").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {registry.host: {"auth": who}}}), encoding="utf-8")
    assert run(["image", "push", "api:1.0", "--prefix", prefix, "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)
    assert found["name"] == name and found["digest"].startswith("sha256:")


@pytest.mark.slow
@pytest.mark.xdist_group("docker")
def test_where_no_local_registry_listens_it_says_how_to_start_one(docker_engine: Any, small: Any) -> None:
    with socket.socket() as taken:  # ocupado, y sin escuchar: nadie más lo abrirá mientras tanto
        taken.bind(("127.0.0.1", 0))
        prefix = f"127.0.0.1:{taken.getsockname()[1]}"
        small(prefix)
        with pytest.raises(ClusterError, match="no escucha ningún registro") as told:
            push(docker_engine, [API], prefix)
    assert "orquesta registry start" in told.value.cure


class Shelf:
    """Un motor de papel: las imágenes que tiene y lo que dice al subir."""

    def __init__(self, names: set[str], *log: dict[str, Any]) -> None:
        self.names, self.log = names, log
        self.images = self
        self.api = SimpleNamespace(push=lambda *_, **__: iter(self.log))

    def list(self, name: str) -> list[str]:
        return [name] if name in self.names else []

    def get(self, name: str) -> Any:
        assert name in self.names
        return SimpleNamespace(tag=lambda repository, tag: self.names.add(f"{repository}:{tag}"))

    def remove(self, name: str) -> None:
        self.names.remove(name)


def test_what_was_built_without_a_registry_gets_its_name_there() -> None:
    shelf = Shelf({"tienda-api:1.0"}, {"aux": {"Digest": "sha256:abc"}})
    assert [one.name for one in push(shelf, [API], "ghcr.io/escuela/")] == ["ghcr.io/escuela/tienda-api:1.0"]
    assert shelf.names == {"tienda-api:1.0", "ghcr.io/escuela/tienda-api:1.0"}


def test_a_name_that_never_left_does_not_stay() -> None:
    shelf = Shelf({"tienda-api:1.0"}, {"error": "no basic auth credentials"})
    with pytest.raises(ClusterError):
        push(shelf, [API], "ghcr.io/escuela")
    assert shelf.names == {"tienda-api:1.0"}


def test_what_is_not_built_is_told_before_anything_is_sent() -> None:
    shelf = Shelf({"tienda-api:1.0"}, {"error": "nunca"})
    with pytest.raises(UsageError, match=r"El motor no tiene: tienda-pagos:1\.0") as told:
        push(shelf, [API, ("pagos", "1.0")], "ghcr.io/escuela")
    assert "orquesta image build" in told.value.cure and shelf.names == {"tienda-api:1.0"}


def test_without_names_it_sends_what_is_built_and_says_so_if_nothing_is() -> None:
    assert built(Shelf({"tienda-api:1.0", "ghcr.io/x/tienda-pagos:2.0"}), "ghcr.io/x") == [API, ("pagos", "2.0")]
    with pytest.raises(UsageError, match="ninguna imagen de la tienda"):
        built(Shelf(set()), "ghcr.io/x")


def test_the_log_tells_layers_that_end_and_counts_only_what_was_sent() -> None:
    log = Log()
    said = list(log.follow([
        {"status": "The push refers to repository [x/y]"},
        {"id": "a", "status": "Preparing"}, {"id": "b", "status": "Preparing"},
        {"id": "a", "status": "Layer already exists"},
        {"id": "b", "status": "Pushing", "progressDetail": {"current": 2_000_000, "total": 4_000_000}},
        {"id": "b", "status": "Pushing", "progressDetail": {"current": 4_000_000}},
        {"id": "b", "status": "Pushed", "progressDetail": {}},
        {"status": "1.0: digest: sha256:abc size: 3"}, {"progressDetail": {}, "aux": {"Digest": "sha256:abc"}},
    ]))  # fmt: skip
    assert said == ["1 de 2 capas", "2 de 2 capas, 4,0 MB"]
    assert (log.sent, log.digest, log.error) == (4_000_000, "sha256:abc", "")
