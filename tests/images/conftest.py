"""Los programas de la tienda, corriendo de verdad en esta máquina: un proceso cada uno, en su puerto."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab_tools.images.context import PROGRAM, context, numbers

STARTS = 15.0
SEED = "7"


@dataclass
class Answer:
    """Lo que recibe quien llama: con `error`, nadie contestó."""

    status: int
    body: str = ""
    version: str = ""
    seconds: float = 0.0
    error: str = ""


class Caller:
    """Quien llama a un programa que escucha en un puerto de esta máquina."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str = "/", timeout: float = 5.0) -> Answer:
        """Una petición, por una conexión nueva."""
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(self.url + path, timeout=timeout) as found:
                return Answer(
                    found.status, found.read().decode(), found.headers["X-Version"], time.perf_counter() - began
                )
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.read().decode(), refused.headers["X-Version"],
                              time.perf_counter() - began)  # fmt: skip
        except OSError as fault:
            reason = getattr(fault, "reason", fault)
            error = "refused" if isinstance(reason, ConnectionRefusedError) else "reset"
            return Answer(0, seconds=time.perf_counter() - began, error=error)


class Running(Caller):
    """Un programa en marcha."""

    def __init__(self, folder: Path, found: dict[str, Any], env: dict[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.numbers = found
        self.folder = folder
        self.began = time.monotonic()
        with (folder / "salida.txt").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-u", str(folder / PROGRAM)], stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, **env, "TIENDA_PUERTO": str(self.port), "TIENDA_SEMILLA": SEED},
            )  # fmt: skip

    @property
    def output(self) -> list[str]:
        return (self.folder / "salida.txt").read_text(encoding="utf-8").splitlines()

    def ready(self) -> Running:
        """Espera a que escuche."""
        deadline = time.monotonic() + STARTS
        while self.get("/salud").error == "refused":
            assert self.process.poll() is None and time.monotonic() < deadline, "\n".join(self.output)
            time.sleep(0.02)
        return self

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def code(self, timeout: float = STARTS) -> int:
        """Espera a que acabe."""
        return self.process.wait(timeout)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


Launch = Callable[..., Running]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Arranca un servicio en una versión; `env` son sus variables y lo demás cambia sus números."""
    alive: list[Running] = []

    def start(service: str, version: str = "1.0", env: dict[str, str] | None = None, **changes: Any) -> Running:
        folder = context(tmp_path / f"{service}-{version}-{len(alive)}", service, version)
        found = numbers(service, version)
        found = {**found, **changes, "serves": {**found["serves"], **changes.get("serves", {})}}
        (folder / "numeros.json").write_text(json.dumps(found), encoding="utf-8")
        alive.append(Running(folder, found, env or {}))
        return alive[-1]

    yield start
    for one in alive:
        one.kill()
