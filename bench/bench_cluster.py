"""Lo que cuesta un clúster servido y uno en proceso: nacer, ocupar, desplegar y volver de un kill -9.

De cada medida se toma la mejor: lo demás es lo que la máquina hacía a la vez.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import lab_tools
from bench.figure import Figure, resident_mb
from lab_tools.drivers import kubectl

ROUNDS = 5
DEPLOYMENT = ("create", "deployment", "web", "--image=nginx:1.27", "--replicas=3")
AVAILABLE = ("wait", "--for=condition=Available", "deployment/web", "--timeout=20s")


def measure() -> list[Figure]:
    """Todas las cifras de este módulo."""
    # Como en una instalación: compilado ya.
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(Path(lab_tools.__file__).parent)], check=True)
    with _house() as run:
        births = [_birth(run) for _ in range(ROUNDS)]
        run("cluster", "create", "curso", "--speed", "20", "--json")
        pid = json.loads(run("cluster", "status", "curso", "--json"))["pid"]
        memory = resident_mb(pid)
        _kubectl("get", "nodes")
        return [
            Figure("crear un clúster servido y ver sus nodos con kubectl", min(births), "s", 0.6),
            Figure("crear un clúster en proceso y leer sus nodos", _in_process(), "s", 0.1),
            Figure("crear un clúster en proceso, con las importaciones", _in_process_cold(), "s"),
            Figure("memoria del servidor con tres nodos y ningún Pod", memory, "MB", 60),
            Figure("un Deployment de 3 disponible, por kubectl, velocidad ×20", _deploy(), "s", 1.0),
            Figure("volver de un kill -9 («orquesta cluster status»)", _revive(run, pid), "s"),
            Figure("CPU de «orquesta --help»", _help_cpu_ms(), "ms", 100),
        ]


@contextmanager
def _house() -> Iterator[Callable[..., str]]:
    """Una casa aparte; devuelve cómo ejecutar `orquesta` en ella. Al salir no queda ningún clúster."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ["ORQUESTA_HOME"] = f"{directory}/orquesta"
        os.environ["KUBECONFIG"] = f"{directory}/config"
        try:
            yield _orquesta
        finally:
            for cluster in json.loads(_orquesta("cluster", "list", "--json")):
                _orquesta("cluster", "delete", cluster["name"])
            del os.environ["ORQUESTA_HOME"], os.environ["KUBECONFIG"]


def _orquesta(*args: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "lab_tools", *args], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _kubectl(*args: str) -> str:
    return kubectl.kubectl(args).out


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _birth(run: Callable[..., str]) -> float:
    def create() -> None:
        run("cluster", "create", "medida", "--json")
        assert _kubectl("get", "nodes").count(" Ready ") == 3

    seconds = _timed(create)
    run("cluster", "delete", "medida")
    return seconds


def _in_process() -> float:
    from lab_tools.client import Client
    from lab_tools.drivers.in_process import in_process

    Client(in_process()).list("nodes")
    return min(_timed(lambda: Client(in_process()).list("nodes")) for _ in range(ROUNDS))


def _in_process_cold() -> float:
    program = (
        "from lab_tools.client import Client; from lab_tools.drivers.in_process import in_process\n"
        "assert len(Client(in_process()).list('nodes')) == 3"
    )
    command = [sys.executable, "-c", program]
    return min(_timed(lambda: subprocess.run(command, check=True)) for _ in range(ROUNDS))


def _deploy() -> float:
    def deploy() -> None:
        _kubectl(*DEPLOYMENT)
        _kubectl(*AVAILABLE)

    times = []
    for _ in range(ROUNDS):
        times.append(_timed(deploy))
        _kubectl("delete", "deployment", "web", "--cascade=foreground")
    return min(times)


def _revive(run: Callable[..., str], pid: int) -> float:
    times = []
    for _ in range(ROUNDS):
        os.kill(pid, signal.SIGKILL)
        times.append(_timed(lambda: run("cluster", "status", "curso", "--json")))
        pid = json.loads(run("cluster", "status", "curso", "--json"))["pid"]
    return min(times)


def _help_cpu_ms() -> float:
    import resource

    def cpu() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    times = []
    for _ in range(ROUNDS):
        before = cpu()
        _orquesta("--help")
        times.append((cpu() - before) * 1000)
    return min(times)
