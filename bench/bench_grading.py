"""Corregir una clase, con nosotros y con `nbgrader autograde` tal como viene, sobre las mismas entregas y a turnos.

Las dos partes son órdenes enteras, desde que arranca el proceso. La otra corre las celdas puntuadas dentro del kernel
(`lab.check(…)`) contra un clúster servido que se crea y se borra fuera del cronómetro; en la nuestra, los clústeres y
el encierro cuentan. Las entregas son la solución de L06 con el cliente de Python, con su registro. La de nbgrader corre
las mismas, una orden por entrega, las que diga ORQUESTA_BENCH_STOCK (8; con 40 tarda cinco minutos más).
"""

from __future__ import annotations

import json
import os
import resource
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
from grading.release import release
from lab_tools import labs
from lab_tools.drivers.base import Request
from lab_tools.drivers.embedded import EmbeddedDriver
from lab_tools.labs import submission
from lab_tools.labs.student import Lab

ROOT = Path(__file__).resolve().parents[1]
LABS = ROOT / "labs"
SLUG = "06-deployments"
CLASS = 40
LARGE = 200
STOCK = int(os.environ.get("ORQUESTA_BENCH_STOCK", "8"))


def measure() -> list[Figure]:
    """Segundos por entrega, el cociente con nbgrader, lo que ganan dos procesos y lo que cuesta ejecutar."""
    with tempfile.TemporaryDirectory() as folder:
        course, stock = _courses(Path(folder))
        theirs = [_stock(stock, f"e{number:03}") for number in range(STOCK // 2)]
        one = _ours(course, "1") / CLASS
        theirs += [_stock(stock, f"e{number:03}") for number in range(STOCK // 2, STOCK)]
        two = _ours(course, "2") / CLASS
        times = _each(course)
        executed = _executed(course)
        kubectl, its_kubectl = _with_kubectl(course, stock)
        large = _large(course)
        pages = _timed(["-m", "lab_tools", "grade", "feedback", "6", "--course", str(course)], ROOT, _environment())
    median = statistics.median(theirs)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        Figure("una entrega, con su registro y un proceso", one, "s", limit=0.25, other=median,
               other_name="nbgrader autograde"),
        Figure("nbgrader, frente a nosotros", median / one, "veces"),
        Figure("dos procesos, frente a uno", one / two, "veces"),
        Figure("el percentil 90 de una entrega, frente a la mediana",
               statistics.quantiles(times, n=10)[-1] / statistics.median(times), "veces", limit=2.0),
        Figure("200 entregas con dos procesos", large, "s", limit=120.0),
        Figure("una entrega sin registro, ejecutada y aislada", executed, "s", other=median,
               other_name="nbgrader autograde"),
        Figure("una entrega con kubectl, sin registro, ejecutada y aislada", kubectl, "s", other=its_kubectl,
               other_name="nbgrader autograde"),
        Figure("una página de comentarios", pages / LARGE, "s", limit=0.2),
        Figure("el proceso que más memoria pidió", memory, "MB", limit=250.0),
    ]  # fmt: skip


def _courses(folder: Path) -> tuple[Path, Path]:
    """Dos cursos iguales con las mismas entregas; al segundo se le quita nuestra configuración."""
    notebook, record = _work()
    courses = folder / "nuestro", folder / "nbgrader"
    for course in courses:
        release(LABS / SLUG, course)
        for number in range(CLASS):
            _hand_in(course, f"e{number:03}", notebook, record)
    (courses[1] / "nbgrader_config.py").unlink()
    return courses


def _work() -> tuple[bytes, bytes]:
    """El cuaderno y el registro de quien hace todo el laboratorio con el cliente de Python."""
    lab = Lab(SLUG, in_process=True)
    lab.start()
    answers, names = submission.answers(labs.load(LABS / SLUG), "alternative"), {"lab": lab}
    for task in lab.definition.tasks:
        exec(answers[task.answer_id], names)
        lab.check(task.id)
    with tempfile.TemporaryDirectory() as folder:
        record = lab.submit(folder).read_bytes()
    return json.dumps(submission.assemble(LABS / SLUG, "alternative")).encode(), record


def _hand_in(course: Path, student: str, notebook: bytes, record: bytes | None) -> None:
    """La entrega de `student`: cada respuesta lleva su nombre, para que no haya dos cuadernos iguales."""
    folder = course / "submitted" / student / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    book = json.loads(notebook)
    for cell in book["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = f"# {student}\n{''.join(cell['source'])}"
    (folder / "lab.ipynb").write_text(json.dumps(book), encoding="utf-8")
    if record is not None:
        (folder / "registro.json").write_bytes(record)


def _ours(course: Path, jobs: str, *students: str) -> float:
    command = [
        "-m",
        "lab_tools",
        "grade",
        "autograde",
        SLUG,
        *students,
        "--course",
        str(course),
        "--jobs",
        jobs,
        "--again",
    ]
    return _timed(command, ROOT, _environment())


def _each(course: Path) -> list[float]:
    """Los segundos de cada entrega, en un proceso."""
    from grading import config
    from grading.batch import run
    from grading.batch.marking import How

    opened = config.course(course, LABS)
    marks = run.autograde(opened, SLUG, run.submitted(opened, SLUG), How(LABS), everything=True)
    return [mark.seconds for mark in marks][1:]  # la primera prepara el clúster de todas


def _executed(course: Path) -> float:
    """Los segundos de una entrega que no trae registro: su cuaderno se ejecuta, encerrado."""
    (course / "submitted" / "e000" / SLUG / "registro.json").unlink()
    return _ours(course, "1", "e000")


def _with_kubectl(course: Path, stock: Path) -> tuple[float, float]:
    """Los segundos de la solución que usa kubectl, sin registro: los nuestros y los de nbgrader."""
    notebook = json.dumps(submission.assemble(LABS / SLUG, "reference")).encode()
    for place in (course, stock):
        shutil.rmtree(place / "submitted" / "e002")
        _hand_in(place, "e002", notebook, None)
    return _ours(course, "1", "e002"), _stock(stock, "e002")


def _large(course: Path) -> float:
    notebook, record = (course / "submitted" / "e001" / SLUG / name for name in ("lab.ipynb", "registro.json"))
    for number in range(LARGE):
        _hand_in(course, f"e{number:03}", notebook.read_bytes(), record.read_bytes())
    return _ours(course, "2")


def _stock(course: Path, student: str) -> float:
    command = ["-m", "nbgrader", "autograde", SLUG, "--student", student, "--force", "--Execute.timeout=120"]
    with _served_cluster() as environment:
        return _timed(command, course, environment)


def _environment() -> dict[str, str]:
    return {**os.environ, "ORQUESTA_LABS": str(LABS)}


def _timed(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


@contextmanager
def _served_cluster() -> Iterator[dict[str, str]]:
    """Un clúster servido, con la velocidad del laboratorio y en una carpeta que se borra."""
    lab = labs.load(LABS / SLUG)
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
