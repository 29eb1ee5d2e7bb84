"""El proceso de fondo que sirve un clúster: nace, atiende y muere.

Quién está vivo lo dice un cerrojo que el sistema suelta al morir el proceso, nunca un PID apuntado.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from lab_tools import files, process
from lab_tools.drivers import home
from lab_tools.embedded.server import settings
from lab_tools.errors import ClusterError, InfrastructureError

HOST = "127.0.0.1"
# Segundos de pared: arrancar cuesta décimas; una máquina muy cargada puede tardar más.
_READY_TIMEOUT = 30.0
_STOP_TIMEOUT = 5.0
_SETTLE_TIMEOUT = 3.0
# Con glibc: que lo grande (una lista de miles de Pods) se pida aparte y vuelva al sistema al soltarlo, en vez de dejar
# huecos. Con 5 000 Pods son veinte megas menos. https://man7.org/linux/man-pages/man3/mallopt.3.html
ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "131072"}


def spawn(state: Path) -> process.Background:
    """Arranca el servidor. Se le dice dónde está este paquete: quizá no está instalado, solo en esta carpeta."""
    (state / settings.READY).unlink(missing_ok=True)
    package = str(Path(__file__).resolve().parents[3])
    inherited = os.environ.get("PYTHONPATH", "")
    paths = os.pathsep.join([package, inherited] if inherited else [package])
    return process.spawn_background(
        [sys.executable, "-m", "lab_tools.embedded.server", "--state", str(state)],
        state / settings.LOG, env={**ALLOCATOR, "PYTHONPATH": paths}, cwd=home.root(),
    )  # fmt: skip


def await_ready(state: Path, server: process.Background) -> dict[str, Any]:
    """Espera a que el servidor atienda y devuelve ready.json. Si muere antes, cuenta lo que dijo."""
    deadline = time.monotonic() + _READY_TIMEOUT
    while time.monotonic() < deadline:
        found = ready(state)
        if found is not None:
            return found
        code = server.exit_code()
        if code is not None:
            raise _died(state, server, code)
        time.sleep(0.004)
    server.stop()
    raise InfrastructureError(
        f"El clúster «{state.name}» no ha empezado a atender en {_READY_TIMEOUT:g} s.",
        "La máquina puede estar muy cargada: cierra algo y repite.",
    )


def _died(state: Path, server: process.Background, code: int) -> ClusterError:
    """El servidor cuenta sus fallos previsibles en la última línea, como {"message", "cure"}."""
    lines = _log_tail(state)
    with contextlib.suppress(ValueError, KeyError, TypeError, IndexError):
        told = json.loads(lines[-1])
        return ClusterError(told["message"], told["cure"])
    said = "\n".join(lines[-5:]) or "(sin mensaje)"
    return ClusterError(
        f"El servidor del clúster «{state.name}» ha terminado con el código {code}:\n{said}",
        f"Repítelo a mano para verlo: {server.command}",
    )


def _log_tail(state: Path) -> list[str]:
    try:
        data = (state / settings.LOG).read_bytes()[-8000:]
    except OSError:
        return []
    return data.decode("utf-8", "replace").strip().splitlines()


def ready(state: Path) -> dict[str, Any] | None:
    """ready.json, si lo escribió el proceso que ahora tiene la carpeta."""
    try:
        found = json.loads((state / settings.READY).read_bytes())
    except (OSError, ValueError):
        return None
    pid = files.lock_owner(state / settings.LOCK)
    return found if isinstance(found, dict) and pid is not None and pid in (0, found.get("pid")) else None


def pid(state: Path) -> int | None:
    """El PID del servidor vivo, o None. El cerrojo no miente: un PID apuntado puede ser ya de otro."""
    try:
        return files.lock_owner(state / settings.LOCK)
    except OSError:
        return None


def let_it_settle(state: Path) -> None:
    """Un proceso vivo que no atiende está naciendo o muriendo: se le da un momento para que se aclare."""
    deadline = time.monotonic() + _SETTLE_TIMEOUT
    while time.monotonic() < deadline and pid(state) is not None and not _attends(state):
        time.sleep(0.02)


def _attends(state: Path) -> bool:
    found = ready(state)
    if found is None:
        return False
    with contextlib.suppress(OSError), socket.create_connection((HOST, found["port"]), timeout=1):
        return True
    return False


def halt(state: Path) -> None:
    """Para el servidor, por las buenas o por las malas, y no vuelve hasta que ha soltado la carpeta."""
    deadline = time.monotonic() + _STOP_TIMEOUT
    asked: set[int] = set()
    while alive := pid(state):
        late = time.monotonic() > deadline
        if alive not in asked or late:
            process.terminate(alive, force=late)
            asked.add(alive)
        time.sleep(0.01)


def is_free(port: int) -> bool:
    """Si se puede escuchar en ese puerto."""
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
