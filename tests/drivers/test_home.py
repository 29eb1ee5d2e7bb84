"""Dónde vive Orquesta en cada plataforma, y con qué permisos."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lab_tools.drivers import home
from lab_tools.errors import InfrastructureError


@pytest.fixture(autouse=True)
def somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ORQUESTA_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("platform", "place"),
    [("linux", ".local/share"), ("darwin", "Library/Application Support"), ("win32", "AppData/Local")],
)
def test_each_platform_has_its_place(
    platform: str, place: str, somebody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert home.root() == somebody / place / "orquesta"


def test_xdg_is_obeyed_when_absolute(somebody: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", "/datos")
    assert home.root() == Path("/datos/orquesta")
    monkeypatch.setenv("XDG_DATA_HOME", "relativa")
    assert home.root() == somebody / ".local/share/orquesta"


def test_orquesta_home_wins_and_understands_the_tilde(somebody: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORQUESTA_HOME", "~/aquí")
    assert home.root() == somebody / "aquí"


def test_the_folders_are_private(somebody: Path) -> None:
    home.prepare()
    assert {path.stat().st_mode & 0o777 for path in (home.root(), home.clusters())} == {0o700}


def test_a_place_that_cannot_be_made_is_told(somebody: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (somebody / "archivo").touch()
    monkeypatch.setenv("ORQUESTA_HOME", str(somebody / "archivo" / "dentro"))
    with pytest.raises(InfrastructureError, match="No se puede crear"):
        home.prepare()
