"""`orquesta grade feedback`: las páginas de comentarios de una clase."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from grading.cli import options
from lab_tools.checks.wording import count
from lab_tools.cli import messages, spanish
from lab_tools.errors import GradingError


@click.command("feedback", cls=spanish.Command, short_help="Escribe los comentarios de cada entrega.",
               help="Escribe la página de comentarios de cada entrega corregida de LABORATORIO.")  # fmt: skip
@options.lab_argument
@click.argument("students", metavar="[ESTUDIANTE]...", nargs=-1)
@options.course_option
@options.labs_option
def command(assignment: str, students: tuple[str, ...], course: Path, labs: Path | None) -> None:
    """Escribe comentarios."""
    from grading import feedback, logs

    shelf, name = options.found(assignment, labs)
    opened = options.opened(course, shelf)
    logs.to_file(Path(opened.root) / "orquesta.log")
    marked = feedback.marked(opened, name)
    chosen = [student for student in marked if student in students] if students else marked
    if not chosen:
        raise GradingError(
            f"No hay ninguna entrega corregida de «{name}».", f"Corrige antes: orquesta grade autograde {name}"
        )
    with click.progressbar(chosen, label="Comentarios", file=sys.stderr) as shown:
        pages = list(feedback.write(opened, name, shown))
    messages.say(f"{count(len(pages), 'página', 'páginas')} en «{pages[0].parent.parent.parent}».")
