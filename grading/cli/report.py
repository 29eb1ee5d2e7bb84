"""`orquesta grade report`: cómo le ha ido a la clase."""

from __future__ import annotations

from pathlib import Path

import click

from grading.cli import options
from lab_tools.cli import messages, spanish
from lab_tools.errors import GradingError

HELP = """Escribe el informe de LABORATORIO: cómo se reparten las notas, dónde se atasca la clase y cuánto le costó."""


@click.command("report", cls=spanish.Command, short_help="Escribe el informe de una clase.", help=HELP)
@options.lab_argument
@options.course_option
@options.labs_option
def command(assignment: str, course: Path, labs: Path | None) -> None:
    """Escribe el informe."""
    from nbgrader.api import MissingEntry

    from grading.report import page

    shelf, name = options.found(assignment, labs)
    try:
        path = page.write(options.opened(course, shelf), name)
    except MissingEntry as error:
        raise GradingError(
            f"«{name}» no está publicado en este curso.", f"Publícalo con: orquesta grade release {name}"
        ) from error
    messages.say(f"Informe: {path}")
