"""Una casa propia para cada prueba: su ORQUESTA_HOME, su kubeconfig, y ningún proceso vivo al acabar."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab_tools import files


@dataclass
class House:
    """La casa de una prueba. `run` ejecuta la orden como lo haría una persona, en un proceso aparte."""

    path: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.path / "orquesta"

    @property
    def kubeconfig(self) -> Path:
        return self.path / ".kube" / "config"

    def state(self, name: str) -> Path:
        return self.home / "clusters" / name

    def pid(self, name: str) -> int:
        """El PID del servidor vivo de un clúster."""
        found = files.lock_owner(self.state(name) / "server.lock")
        assert found
        return found

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "lab_tools", *args]

    def run(self, *args: str, preexec: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*args),
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            preexec_fn=preexec,
            check=False,
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KUBECONFIG", "ORQUESTA", "XDG"))}
    found = House(tmp_path, {**kept, "HOME": str(tmp_path), "ORQUESTA_HOME": str(tmp_path / "orquesta")})
    yield found
    for lock in found.home.glob("clusters/*/server.lock"):
        if pid := files.lock_owner(lock):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """La misma casa para lo que se ejecuta en este proceso."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return tmp_path
