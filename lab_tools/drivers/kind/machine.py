"""Si en esta máquina se puede crear un clúster de kind, y qué lo estorba: se mira primero y se juzga después.

Los límites son los que pide kind (https://kind.sigs.k8s.io/docs/user/known-issues/) y lo que ocupa un nodo.
"""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab_tools import process
from lab_tools.drivers.kind import failures, program
from lab_tools.errors import ClusterError, OrquestaError

# Bytes: lo que pide un nodo de control con holgura, y su imagen descomprimida más lo que baja un laboratorio.
MEMORY = 2_000_000_000
DISK = 5_000_000_000
# Con los 128 de fábrica, tres nodos ya agotan los vigilantes.
INOTIFY = {"max_user_instances": 512, "max_user_watches": 65536}

_WSL_CURE = "En PowerShell: wsl --update; wsl --shutdown. En .wslconfig: kernelCommandLine = cgroup_no_v1=all"


@dataclass(frozen=True)
class Obstacle:
    """Algo que estorba. `blocks`: así no se puede crear; si no, quizá sí, con menos."""

    text: str
    cure: str
    blocks: bool = True


@dataclass(frozen=True)
class Facts:
    """Lo que se ha mirado. `engine` es lo que dice `docker info`; los errores son los que dieron el motor y kind."""

    provider: str = "docker"
    engine: dict[str, Any] = field(default_factory=dict)
    engine_error: OrquestaError | None = None
    kind: str = ""
    kind_error: OrquestaError | None = None
    inotify: dict[str, int] = field(default_factory=dict)
    wsl: bool = False
    free: int | None = None


def look() -> Facts:
    """Mira la máquina, sin cambiar nada y sin lanzar nada."""
    engine, engine_error = _engine(program.provider())
    version, kind_error = "", None
    try:
        version = program.version()
    except OrquestaError as error:
        kind_error = error
    root = Path(str(engine.get("DockerRootDir") or "/nada"))
    return Facts(
        program.provider(), engine, engine_error, version, kind_error, _inotify(),
        "microsoft" in platform.release().lower(), shutil.disk_usage(root).free if root.is_dir() else None,
    )  # fmt: skip


def engine_obstacles(facts: Facts) -> list[Obstacle]:
    """Lo que estorba en el motor; vacío si atiende y le sobra de todo."""
    if facts.engine_error is not None:
        return [Obstacle(facts.engine_error.message, facts.engine_error.cure)]
    found = []
    info = facts.engine
    memory = int(info.get("MemTotal") or 0)
    if info.get("OSType") == "windows":
        row = failures.named("contenedores de Windows", "")
        found.append(Obstacle(row.message, row.cure))
    if 0 < memory < MEMORY:
        found.append(Obstacle(
            f"tiene {memory // 1_000_000} MB de memoria, y un nodo pide {MEMORY // 1_000_000}",
            "Da más memoria a Docker Desktop (Settings → Resources) o cierra programas.", blocks=False,
        ))  # fmt: skip
    if facts.free is not None and facts.free < DISK:
        found.append(Obstacle(
            f"le quedan {facts.free // 1_000_000} MB de disco, y la imagen de un nodo con lo suyo pide "
            f"{DISK // 1_000_000}",
            "Libera espacio: docker system prune", blocks=False,
        ))  # fmt: skip
    return found


def kind_obstacles(facts: Facts) -> list[Obstacle]:
    """Lo que estorba para crear un clúster de kind, empezando por el motor."""
    found = []
    if facts.kind_error is not None:
        found.append(Obstacle(facts.kind_error.message, facts.kind_error.cure))
    found += engine_obstacles(facts)
    if facts.engine_error is None:
        found += _cgroups(facts)
    low = {name: value for name, value in facts.inotify.items() if value < INOTIFY[name]}
    if low:
        settings = " ".join(f"fs.inotify.{name}={INOTIFY[name]}" for name in low)
        told = ", ".join(f"{name} es {value}" for name, value in low.items())
        found.append(Obstacle(f"inotify se queda corto para varios nodos ({told})", f"sudo sysctl {settings}", False))
    return found


def _cgroups(facts: Facts) -> list[Obstacle]:
    old = str(facts.engine.get("CgroupVersion") or "2") == "1"
    options = " ".join(str(option) for option in facts.engine.get("SecurityOptions") or [])
    if old and "rootless" in options:
        row = failures.named("rootless sin cgroup v2", "")
    elif "rootless" in options and not facts.engine.get("CPUShares", True):
        row = failures.named("rootless sin delegación", "")
    elif old:
        cure = _WSL_CURE if facts.wsl else "Pasa a cgroup v2, o pide un Kubernetes anterior: --kubernetes-version 1.34"
        return [Obstacle("el motor usa cgroup v1, y Kubernetes 1.35 y posteriores ya no", cure, blocks=False)]
    else:
        return []
    return [Obstacle(row.message, row.cure)]


def _engine(provider: str) -> tuple[dict[str, Any], OrquestaError | None]:
    try:
        done = process.run([provider, "info", "--format", "{{json .}}"], timeout=15, check=False)
    except OrquestaError as error:
        return {}, error
    info: Any = {}
    with contextlib.suppress(ValueError):
        info = json.loads(done.out)
    if not isinstance(info, dict):
        info = {}
    said = "\n".join([done.err, *(str(error) for error in info.get("ServerErrors") or [])]).strip()
    if done.ok and not info.get("ServerErrors"):
        return info, None
    failure = failures.recognise(said)
    if failure is None:
        return {}, ClusterError(f"El motor no contesta bien: {said[-200:]}", f"Pruébalo con: {provider} info")
    return {}, ClusterError(failure.message, failure.cure.format(name="", port=""))


def _inotify() -> dict[str, int]:
    """Los límites del núcleo; vacío donde no los hay."""
    found = {}
    for name in INOTIFY:
        with contextlib.suppress(OSError, ValueError):
            found[name] = int(Path("/proc/sys/fs/inotify", name).read_text(encoding="ascii"))
    return found
