"""Una entrega corregida, con nosotros y con `nbgrader autograde` tal como viene, sobre el mismo cuaderno y a turnos.

Las dos partes son órdenes enteras, desde que arranca el proceso. La otra corre las celdas puntuadas dentro del kernel
(`lab.check(…)`) contra un clúster servido que se crea y se borra fuera del cronómetro; en la nuestra, el clúster
propio de la entrega cuenta.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figure import Figure
from grading import intake
from grading.demo.cast import ASSIGNMENT, STUDENTS
from grading.release import release
from lab_tools.drivers.base import Request
from lab_tools.drivers.embedded import EmbeddedDriver

ROOT = Path(__file__).resolve().parents[1]
LABS = ROOT / "labs"
ROUNDS = 3
REFERENCE = STUDENTS[0]


def measure() -> list[Figure]:
    """El cociente de las medianas (lo prometido: 1 como mucho) y los segundos de cada parte."""
    with tempfile.TemporaryDirectory() as folder:
        ours, stock = _courses(Path(folder))
        pairs = [(_ours(ours), _stock(stock)) for _ in range(ROUNDS)]
    mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    return [
        Figure("una entrega corregida", mine, "s", other=theirs, other_name="nbgrader autograde"),
        Figure("una entrega, frente a nbgrader", mine / theirs, "veces", limit=1.0),
    ]


def _courses(folder: Path) -> tuple[Path, Path]:
    """Dos cursos iguales con la misma entrega; al segundo se le quita nuestra configuración."""
    courses = folder / "nuestro", folder / "nbgrader"
    for course in courses:
        release(LABS / ASSIGNMENT, course)
        intake.collect(REFERENCE.notebook, course, ASSIGNMENT, REFERENCE.name)
    (courses[1] / "nbgrader_config.py").unlink()
    return courses


def _ours(course: Path) -> float:
    command = ["-m", "lab_tools", "grade", "autograde", ASSIGNMENT, REFERENCE.name, "--course", str(course)]
    command += ["--jobs", "1", "--again"]
    return _timed(command, ROOT, dict(os.environ))


def _stock(course: Path) -> float:
    with _served_cluster() as environment:
        command = [
            "-m",
            "nbgrader",
            "autograde",
            ASSIGNMENT,
            "--student",
            REFERENCE.name,
            "--force",
            "--Execute.timeout=120",
        ]
        return _timed(command, course, environment)


def _timed(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


@contextmanager
def _served_cluster() -> Iterator[dict[str, str]]:
    """Un clúster servido, con la velocidad del laboratorio y en una carpeta que se borra."""
    from lab_tools import labs

    lab = labs.load(LABS / ASSIGNMENT)
    home = Path(tempfile.mkdtemp())
    kubeconfig = home / "kubeconfig"
    before = os.environ.get("ORQUESTA_HOME")
    os.environ["ORQUESTA_HOME"] = str(home)
    driver = EmbeddedDriver()
    try:
        driver.create(Request("medida", nodes=lab.nodes, speed=lab.speed, kubeconfig=str(kubeconfig)))
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        yield {
            **os.environ,
            "PATH": path,
            "KUBECONFIG": str(kubeconfig),
            "ORQUESTA_CLUSTER": "medida",
            "ORQUESTA_LABS": str(LABS),
            "PYTHONPATH": str(ROOT),
        }
    finally:
        driver.delete("medida")
        if before is None:
            del os.environ["ORQUESTA_HOME"]
        else:
            os.environ["ORQUESTA_HOME"] = before
        shutil.rmtree(home, ignore_errors=True)
