"""`orquesta site`: lo que dice cuando no puede, y que enseña las páginas solo en esta máquina."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from lab_tools.cli import root

ROOT = Path(__file__).resolve().parents[2]


def test_there_is_nothing_to_serve_before_building(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["site", "serve", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert f"No hay páginas en {tmp_path}" in said and "orquesta site build" in said


def test_taken_port_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.html").write_text("hola", encoding="utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert root.run(["site", "serve", "--out", str(tmp_path), "--port", str(taken.getsockname()[1])]) == 1
    assert "no está libre" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="un Ctrl-C de verdad")
def test_pages_are_served_until_interrupted(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.html").write_text("hola", encoding="utf-8")
    command = [sys.executable, "-m", "lab_tools", "site", "serve", "--out", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None and server.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())
        assert found
        with urllib.request.urlopen(found[0], timeout=10) as answer:
            assert answer.read() == b"hola"
        server.send_signal(signal.SIGINT)
        try:
            assert server.wait(10) == 0
        finally:
            server.kill()  # si no hizo caso, que no se quede la prueba esperándolo
        assert server.stderr.read() == ""
