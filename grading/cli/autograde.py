"""`orquesta grade autograde`: corregir una clase, y poder parar y seguir."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grading.cli import options
from grading.startup import importing
from lab_tools.checks.report import number
from lab_tools.checks.wording import count
from lab_tools.cli import messages, spanish
from lab_tools.errors import GradingError, UsageError

if TYPE_CHECKING:
    from grading.classroom.stage import Desk

HELP = """Corrige las entregas de LABORATORIO: las de quien se nombre o, si no, todas.

Se puede interrumpir y repetir: lo que ya está corregido y no ha cambiado no se vuelve a ejecutar.
"""


@click.command("autograde", cls=spanish.Command, short_help="Corrige las entregas de un laboratorio.", help=HELP)
@options.lab_argument
@click.argument("students", metavar="[ESTUDIANTE]...", nargs=-1)
@options.course_option
@options.labs_option
@options.private_option
@options.jobs_option
@click.option("--scheduler", metavar="DIRECCIÓN", default="", help="Corrige en el Dask que atiende en esa dirección.")
@click.option("--again", is_flag=True, help="Corrige también lo que no ha cambiado.")
@options.docker_option
@click.option("--no-sandbox", is_flag=True, help="Ejecuta las entregas sin aislarlas: responde quien corrige.")
@click.option("--driver", type=click.Choice(("embedded", "kubeconfig")), default="embedded", show_default=True,
              help="«kubeconfig»: no ejecuta nada; mira el namespace de cada estudiante, tal como está.")  # fmt: skip
@click.option("--class", "classroom", metavar="CARPETA", type=click.Path(path_type=Path), default=Path("clase"),
              show_default="clase", help="Con --driver kubeconfig, la carpeta de «orquesta class».")  # fmt: skip
def command(
    assignment: str, students: tuple[str, ...], course: Path, labs: Path | None, private: Path | None, jobs: int,
    scheduler: str, again: bool, docker: bool, no_sandbox: bool, driver: str = "embedded",
    classroom: Path = Path("clase"),
) -> None:  # fmt: skip
    """Corrige y escribe una línea por entrega."""
    with importing():
        from grading import logs
        from grading.batch import run
        from grading.batch.marking import How
        from grading.sandbox import wall
        from grading.stage import NO_SANDBOX

    if docker and no_sandbox:
        raise UsageError("--docker y --no-sandbox piden lo contrario.", "Quita una de las dos.")
    shelf, name = options.found(assignment, labs)
    secret = options.secret(course, private)
    opened = options.opened(course, shelf, secret, walled=not no_sandbox)
    logs.to_file(Path(opened.root) / "orquesta.log")
    desk = _desk(classroom, shelf, secret) if driver == "kubeconfig" else None
    chosen = students or (desk.students() if desk else run.submitted(opened, name))
    if not chosen:
        raise GradingError(
            f"No hay ninguna entrega de «{name}» en «{course}».",
            f"Deberían estar en «{opened.submitted_directory}/ESTUDIANTE/{name}/».",
        )
    if no_sandbox:
        messages.say(NO_SANDBOX)
    elif not docker and desk is None and (why := wall.uncounted()):
        messages.progress(f"{why} {wall.CURE}")
    started = time.monotonic()
    told = _Told()
    marks = run.autograde(opened, name, chosen, How(shelf, secret, not no_sandbox, docker=docker, desk=desk),
                          jobs=min(jobs, len(chosen)), scheduler=scheduler, everything=again,
                          on_progress=told.progress)  # fmt: skip
    failed = told.marks(marks)
    messages.progress(f"{count(len(chosen), 'entrega', 'entregas')} en {_time(time.monotonic() - started)}.")
    if failed:
        messages.progress(f"{failed} sin nota: el motivo está en su línea.")
        raise click.exceptions.Exit(1)


def _desk(classroom: Path, shelf: Path, secret: Path | None) -> Desk:
    from grading.classroom.stage import Desk

    return Desk(classroom.resolve(), shelf, secret)


class _Told:
    """Lo que se ve mientras se corrige: una línea por entrega y, en una terminal, cuánto queda."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def progress(self, now: object) -> None:
        """Reescribe la última línea con lo que falta."""
        from grading.batch.run import Progress

        assert isinstance(now, Progress)
        if self._live:
            left = "" if now.left is None else f" · quedan {_time(now.left)}"
            sys.stderr.write(f"\r\x1b[K{now.done} de {now.total}{left}")
            sys.stderr.flush()

    def marks(self, marks: Iterable[object]) -> int:
        """Escribe cada nota según llega; devuelve cuántas entregas quedaron sin ella."""
        from grading.batch.run import Mark

        failed = 0
        for mark in marks:
            assert isinstance(mark, Mark)
            if self._live:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
            if mark.score is None:
                failed += 1
                messages.say(f"{mark.student}: sin nota. {mark.reason}")
                continue
            percent = number(round(mark.percent or 0, 1))
            same = " (sin cambios)" if mark.again else ""
            messages.say(f"{mark.student}: {number(mark.score)} de {number(mark.max_score)} ({percent} %){same}")
        return failed


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
