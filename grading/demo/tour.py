"""El recorrido de `make demo`, paso a paso y a la vista."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from grading.demo.cast import ASSIGNMENT, STUDENTS, Student
from lab_tools.errors import GradingError, OrquestaError

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "labs" / ASSIGNMENT
OUTPUT = ROOT / "build" / "demo"
COURSE = OUTPUT / "curso"
LOG = OUTPUT / "demo.log"
CLOSE_ENOUGH = 0.01  # puntos: nbgrader suma en coma flotante


def main() -> int:
    """Recorre la vuelta entera. Código 0 solo si las tres notas son las que el laboratorio dice."""
    started = time.monotonic()
    try:
        with _alone():
            right = _tour()
    except KeyboardInterrupt:
        print("\nInterrumpido. Lo que haya quedado en build/demo/ se rehace la próxima vez.")
        return 130
    except OrquestaError as error:
        print(f"\n{error}\nEl registro está en {_relative(LOG)}.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nNo se puede leer o escribir «{error.filename}»: {error.strerror}.", file=sys.stderr)
        return 1
    print(f"\nEn total, {_seconds(time.monotonic() - started)}. El detalle está en {_relative(LOG)}.")
    if not right:
        print("Alguna nota no es la esperada.", file=sys.stderr)
    return 0 if right else 1


def _tour() -> bool:
    with _step("Preparo la carpeta y cargo nbgrader"):
        _clean()
        from grading import logs

        logs.to_file(LOG)
        from grading import config, feedback, intake
        from grading.batch import run
        from grading.batch.marking import How
        from grading.release import release
        from grading.sandbox import wall
        from lab_tools import labs

        lab = labs.load(LAB)
    with _step("Arranco un clúster embebido de tres nodos"):
        nodes = _nodes(lab.nodes)
    print(nodes)
    without = wall.lacking()
    if without:
        print(f"Sin aislamiento. {without}. Aquí no importa, porque las tres entregas son del repositorio.")
    with _step(f"Publico el laboratorio {ASSIGNMENT} con nbgrader"):
        published = release(LAB, COURSE)
        course = config.course(COURSE, LAB.parent, walled=not without)
    with _step("Recojo las tres entregas"):
        for student in STUDENTS:
            intake.collect(student.notebook, COURSE, ASSIGNMENT, student.name)
    how = How(LAB.parent, walled=not without)
    marks: list[run.Mark] = []
    for student in STUDENTS:
        with _step(f"Ejecuto la entrega de {student.name} ({student.says}) en su propio clúster y la corrijo"):
            marks += run.autograde(course, ASSIGNMENT, [student.name], how)
    with _step("Escribo las páginas de comentarios"):
        pages = list(feedback.write(course, ASSIGNMENT, [student.name for student in STUDENTS]))
    pictures = [page.parent / "final-cluster.svg" for page in pages]
    _table([(student, mark, student.deserves(lab)) for student, mark in zip(STUDENTS, marks, strict=True)])
    print("\nLo que ha quedado hecho:")
    _made("lo que reciben los estudiantes", published.folder)
    _made("el gradebook de nbgrader", COURSE / "gradebook.db")
    for student, page, picture in zip(STUDENTS, pages, pictures, strict=True):
        _made(f"los comentarios de {student.name}", page)
        _made(f"el clúster final de {student.name}", picture)
    return all(
        mark.score is not None and abs(mark.score - student.deserves(lab)) < CLOSE_ENOUGH
        and abs(mark.max_score - lab.max_points) < CLOSE_ENOUGH
        for student, mark in zip(STUDENTS, marks, strict=True)
    )  # fmt: skip


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Una demostración a la vez: la segunda borraría lo que la primera está haciendo. Lanza GradingError."""
    from lab_tools import files

    busy = GradingError("Otra demostración está en marcha en esta carpeta.", "Espera a que termine y repite.")
    try:
        OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(error) from error
    with files.locked(OUTPUT.with_name(f".{OUTPUT.name}.lock"), 0, busy):
        yield


def _clean() -> None:
    """Borra lo de la vez anterior. Lanza GradingError si no se puede escribir ahí."""
    try:
        if OUTPUT.exists():
            shutil.rmtree(OUTPUT)
        COURSE.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> GradingError:
    from lab_tools import files

    return GradingError(
        f"No se puede escribir en «{_relative(OUTPUT)}»: {files.reason(error)}.",
        "Haz sitio en el disco, o comprueba de quién es esa carpeta.",
    )


def _nodes(count: int) -> str:
    """Una tabla de los nodos de un clúster recién arrancado."""
    from lab_tools.checks.snapshot import condition_of
    from lab_tools.client import Client
    from lab_tools.drivers.in_process import in_process

    nodes = Client(in_process(count, role="checker")).list("nodes")
    rows = [("NODO", "ESTADO", "VERSIÓN", "CPU", "MEMORIA")]
    for node in nodes:
        ready = "listo" if condition_of(node, "Ready").get("status") == "True" else "no listo"
        room = node["status"]["allocatable"]
        rows.append(
            (node["metadata"]["name"], ready, node["status"]["nodeInfo"]["kubeletVersion"], room["cpu"], room["memory"])
        )
    return _columns(rows)


def _table(rows: list[tuple[Student, object, float]]) -> None:
    from grading.batch.run import Mark
    from lab_tools.checks.report import number

    lines = [("ENTREGA", "QUÉ ES", "NOTA", "DE", "%", "SE ESPERABA")]
    for student, mark, deserved in rows:
        assert isinstance(mark, Mark)
        score, percent = number(mark.score or 0), f"{number(mark.percent or 0)} %"
        lines.append((student.name, student.says, score, number(mark.max_score), percent, number(deserved)))
    print("\n" + _columns(lines))


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "   " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _made(what: str, path: Path) -> None:
    if path.is_dir() or (path.is_file() and path.stat().st_size):
        print(f"   {what}: {_relative(path)}")


@contextlib.contextmanager
def _step(title: str) -> Iterator[None]:
    """Un renglón que se ve mientras se trabaja y acaba con lo que tardó."""
    print(f"» {title}…", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException as error:
        print(" interrumpido." if isinstance(error, KeyboardInterrupt) else " no se pudo.", flush=True)
        raise
    print(f" {_seconds(time.monotonic() - started)}", flush=True)


def _seconds(value: float) -> str:
    return f"{value:.1f} s".replace(".", ",")


def _relative(path: Path) -> str:
    """La ruta desde donde se está, o entera si queda fuera."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
