"""Un programa se instala si es el que dice quien lo publica; y, una vez aceptado, no cambia."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lab_tools.cli import root
from lab_tools.drivers import home
from lab_tools.drivers.kind import program
from lab_tools.errors import InfrastructureError, UsageError
from lab_tools.tools import NAMES, fetching, install, locked, pinned

KIND = pinned.source("kind", "linux", "amd64")
HELM = pinned.source("helm", "linux", "arm64")
HELM_WINDOWS = pinned.source("helm", "windows", "amd64")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """En silencio."""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """La carpeta de lo publicado, y una casa vacía donde instalar."""
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    folder = tmp_path / "publicado"
    folder.mkdir()
    return folder


@pytest.fixture
def mirror(shelf: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(shelf)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def publish(shelf: Path, source: pinned.Source, content: bytes, *, line: str = "{digest}  {file}\n") -> str:
    digest = hashlib.sha256(content).hexdigest()
    (shelf / source.file).write_bytes(content)
    (shelf / source.checksum_file).write_text(line.format(digest=digest, file=source.file))
    return digest


def test_it_is_downloaded_checked_and_ready_to_run(shelf: Path, mirror: str) -> None:
    digest = publish(shelf, KIND, b"#!/bin/sh\necho kind v0.33.0\n")
    found = install(KIND, fetching.from_network(mirror))
    assert (found.digest, found.changed, os.access(found.path, os.X_OK)) == (digest, True, True)
    assert locked.load(home.tools()) == {"kind 0.33.0 linux/amd64": digest}


def test_what_the_publisher_does_not_sum_like_that_is_refused_and_the_old_one_stays(shelf: Path, mirror: str) -> None:
    publish(shelf, KIND, b"bueno")
    found = install(KIND, fetching.from_network(mirror))
    (shelf / KIND.file).write_bytes(b"malo")
    with pytest.raises(InfrastructureError, match="no es lo que dice su suma publicada"):
        install(KIND, fetching.from_network(mirror))
    assert Path(found.path).read_bytes() == b"bueno"


def test_what_was_accepted_cannot_change_even_with_a_new_sum(shelf: Path, mirror: str) -> None:
    publish(shelf, KIND, b"bueno")
    found = install(KIND, fetching.from_network(mirror))
    publish(shelf, KIND, b"otro")
    with pytest.raises(InfrastructureError, match="ya no es la que se aceptó"):
        install(KIND, fetching.from_network(mirror))
    assert Path(found.path).read_bytes() == b"bueno"


def test_a_mismatch_the_first_time_leaves_nothing(shelf: Path) -> None:
    publish(shelf, KIND, b"bueno")
    (shelf / KIND.file).write_bytes(b"malo")
    with pytest.raises(InfrastructureError):
        install(KIND, fetching.from_folder(shelf))
    assert not (home.tools() / "kind").exists()
    assert locked.load(home.tools()) == {}


def test_a_folder_does_without_network(shelf: Path) -> None:
    publish(shelf, KIND, b"bueno")
    first = install(KIND, fetching.from_folder(shelf))
    again = install(KIND, fetching.from_folder(shelf))
    assert (first.changed, again.changed) == (True, False)


@pytest.mark.parametrize("missing", [KIND.file, KIND.checksum_file])
def test_what_is_missing_in_the_folder_is_named_with_where_to_get_it(shelf: Path, missing: str) -> None:
    publish(shelf, KIND, b"bueno")
    (shelf / missing).unlink()
    with pytest.raises(InfrastructureError, match=f"falta «{missing}»") as caught:
        install(KIND, fetching.from_folder(shelf))
    assert "curl -LO https://" in caught.value.cure


def test_a_file_that_is_not_there_is_an_error_told(mirror: str) -> None:
    with pytest.raises(InfrastructureError, match="contesta 404"):
        install(KIND, fetching.from_network(mirror))


def test_a_server_that_is_not_there_is_an_error_told(shelf: Path) -> None:
    with pytest.raises(InfrastructureError, match="No se puede descargar"):
        install(KIND, fetching.from_network("http://127.0.0.1:9"))


@pytest.mark.parametrize("line", ["{digest}\n", "{digest}  {file}\n", "{digest} *bin/{file}\n",
                                  "{other}  otro\n{digest}  {file}\n"])  # fmt: skip
def test_each_way_of_writing_a_sum_is_read(shelf: Path, line: str) -> None:
    publish(shelf, KIND, b"bueno", line=line.replace("{other}", "0" * 64))
    assert install(KIND, fetching.from_folder(shelf)).changed


@pytest.mark.parametrize("line", ["", "<html>404</html>", "{digest}\n{other}\n"])
def test_a_sum_that_says_nothing_or_two_things_is_refused(shelf: Path, line: str) -> None:
    publish(shelf, KIND, b"bueno", line=line.replace("{other}", "0" * 64))
    with pytest.raises(InfrastructureError, match="no dice cuál es"):
        install(KIND, fetching.from_folder(shelf))


def test_helm_comes_out_of_its_archive_alone(shelf: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in (("linux-arm64/helm", b"helm"), ("../../fuera", b"mal"), ("linux-arm64/LICENSE", b"x")):
            piece = tarfile.TarInfo(name)
            piece.size = len(content)
            archive.addfile(piece, io.BytesIO(content))
    publish(shelf, HELM, packed.getvalue())
    assert Path(install(HELM, fetching.from_folder(shelf)).path).read_bytes() == b"helm"
    assert sorted(path.name for path in home.tools().iterdir()) == [".lock", "helm", "tools.lock.json"]


def test_in_windows_it_is_a_zip_and_an_exe(shelf: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("windows-amd64/helm.exe", b"helm")
    publish(shelf, HELM_WINDOWS, packed.getvalue())
    assert Path(install(HELM_WINDOWS, fetching.from_folder(shelf)).path).name == "helm.exe"


def test_an_archive_without_the_program_is_refused(shelf: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz"):
        pass
    publish(shelf, HELM, packed.getvalue())
    with pytest.raises(InfrastructureError, match="no está «linux-arm64/helm»"):
        install(HELM, fetching.from_folder(shelf))


@pytest.mark.parametrize("tool", NAMES)
@pytest.mark.parametrize(
    "platform", [("linux", "amd64"), ("linux", "arm64"), ("darwin", "arm64"), ("windows", "amd64")]
)
def test_every_platform_has_an_address_of_its_publisher(tool: str, platform: tuple[str, str]) -> None:
    source = pinned.source(tool, *platform)
    assert source.url.startswith("https://")
    assert source.checksum_url.startswith(source.url)
    assert source.version in source.url
    assert platform[0] in source.url


def test_a_platform_nobody_publishes_for_is_told() -> None:
    for tool, system, machine in (
        ("kind", "windows", "arm64"),
        ("helm", "plan9", "amd64"),
        ("nomad", "linux", "amd64"),
    ):
        with pytest.raises(UsageError):
            pinned.source(tool, system, machine)


def test_no_digest_is_written_in_the_table() -> None:
    assert not re.search(r"[0-9a-f]{40,}", Path(pinned.__file__).read_text(encoding="utf-8"))


def test_a_damaged_lock_is_told_not_forgotten(shelf: Path) -> None:
    publish(shelf, KIND, b"bueno")
    home.tools().mkdir(parents=True)
    (home.tools() / locked.FILE).write_text("[")
    with pytest.raises(InfrastructureError, match="no se entiende"):
        install(KIND, fetching.from_folder(shelf))


def test_the_command_installs_and_orquesta_finds_it(
    shelf: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab_tools.tools.pinned.sys.platform", "linux")
    monkeypatch.setattr("lab_tools.tools.pinned.platform.machine", lambda: "x86_64")
    publish(shelf, KIND, b"#!/bin/sh\n")
    monkeypatch.setenv("PATH", "/nada")
    assert program.find() is None
    assert root.run(["tools", "install", "kind", "--from", str(shelf), "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)
    assert str(program.find()) == found["path"]
    assert root.run(["tools", "install", "helm", "--from", str(shelf)]) == 1
    told = capsys.readouterr().err
    assert "faltan «helm-v" in told
    assert told.count("curl -LO https://") == 2
    assert root.run(["tools", "install", "nomad"]) == 2
