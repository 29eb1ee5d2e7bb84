"""Cada prueba tiene su casa, y ningún kubeconfig de nadie."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    for name in ("KUBECONFIG", "ORQUESTA_CLUSTER", "ORQUESTA_VARIANT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "orquesta"
