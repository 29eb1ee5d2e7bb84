"""Ejecutar kind: dónde está, qué versión es, y sus órdenes, una función cada una.

Se usa el kind del PATH y, si no hay, el que instaló `orquesta tools install`. Su motor es Docker, salvo que
`KIND_EXPERIMENTAL_PROVIDER` diga «podman» o «nerdctl», como en el propio kind.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from lab_tools import process
from lab_tools.drivers import home
from lab_tools.drivers.kind import failures, images
from lab_tools.errors import ProcessError

# Segundos de pared. Crear incluye descargar cerca de 1 GB la primera vez.
CREATE_TIMEOUT = 1800.0
_QUICK = 60.0
_SLOW = 600.0
_PROVIDERS = ("docker", "podman", "nerdctl")


def find() -> Path | None:
    """Dónde está kind, o `None`."""
    own = home.tools() / ("kind.exe" if os.name == "nt" else "kind")
    return process.which("kind") or (own if os.access(own, os.X_OK) else None)


def path() -> str:
    """Dónde está kind. Lanza ProcessError, con la cura, si no está."""
    found = find()
    if found is None:
        raise ProcessError(
            "No encuentro «kind».",
            "Instálalo con: orquesta tools install kind. O usa el clúster embebido, que no lo necesita.",
        )
    return str(found)


def provider() -> str:
    """El motor de contenedores que usará kind."""
    asked = os.environ.get("KIND_EXPERIMENTAL_PROVIDER", "")
    return asked if asked in _PROVIDERS else "docker"


def version() -> str:
    """La versión de kind («0.33.0»). Lanza ClusterError si es demasiado antigua, ProcessError si falta."""
    return images.check_kind(process.run([path(), "version"], timeout=_QUICK).out)


def create(name: str, config: Path, kubeconfig: Path, each: Callable[[str], None]) -> process.Result:
    """Crea un clúster y entrega cada línea de lo que kind va diciendo. El código de salida, en el resultado."""
    command = [path(), "create", "cluster", "--name", name, "--config", str(config), "--kubeconfig", str(kubeconfig)]
    return process.follow(command, each, timeout=CREATE_TIMEOUT)


def clusters() -> list[str]:
    """Los nombres de todos los clústeres de kind que hay en el motor, sean de quien sean."""
    return _run("todos", "get", "clusters").out.split()


def delete(name: str, kubeconfig: Path) -> None:
    """Borra un clúster. Que no exista no es un error, como en kind."""
    _run(name, "delete", "cluster", "--name", name, "--kubeconfig", str(kubeconfig), timeout=_SLOW)


def export_kubeconfig(name: str, kubeconfig: Path) -> None:
    """Vuelve a escribir el kubeconfig de un clúster: tras un reinicio, su puerto puede ser otro."""
    _run(name, "export", "kubeconfig", "--name", name, "--kubeconfig", str(kubeconfig))


def export_logs(name: str, directory: Path) -> None:
    """Escribe en una carpeta los registros de los nodos y de todo lo que corre en ellos."""
    _run(name, "export", "logs", str(directory), "--name", name, timeout=_SLOW)


def load_images(name: str, found: Sequence[str]) -> None:
    """Copia imágenes del motor a los nodos."""
    _run(name, "load", "docker-image", *found, "--name", name, timeout=_SLOW)


def load_archive(name: str, archive: Path) -> None:
    """Copia a los nodos las imágenes de un archivo .tar."""
    _run(name, "load", "image-archive", str(archive), "--name", name, timeout=_SLOW)


def _run(name: str, *args: str, timeout: float = _QUICK) -> process.Result:
    """Una orden de kind. Si falla, el error ya viene contado."""
    result = process.run([path(), *args], timeout=timeout, check=False)
    if not result.ok:
        raise failures.explain(f"{result.err}\n{result.out}", name, process.pretty(result.args))
    return result
