"""`orquesta grade export`: las notas, para el LMS."""

from __future__ import annotations

from pathlib import Path

import click

from grading.cli import options
from lab_tools import files
from lab_tools.cli import messages, spanish

HELP = """Escribe las notas de los laboratorios que se nombren o, si no, de todos, en el formato que pide tu LMS."""


@click.command("export", cls=spanish.Command, short_help="Escribe las notas para el LMS.", help=HELP)
@click.argument("assignments", metavar="[LABORATORIO]...", nargs=-1)
@click.option("--to", "form", type=click.Choice(("csv", "moodle", "canvas")), default="csv", show_default=True,
              help="Para quién.")  # fmt: skip
@click.option("-o", "--output", metavar="ARCHIVO", type=click.Path(path_type=Path), default=None,
              help="Dónde. Si no se dice, por la salida.")  # fmt: skip
@options.course_option
@options.labs_option
def command(assignments: tuple[str, ...], form: str, output: Path | None, course: Path, labs: Path | None) -> None:
    """Exporta notas."""
    from nbgrader.api import Gradebook

    from grading import export

    names = [options.found(name, labs)[1] for name in assignments]
    opened = options.opened(course, options.shelf_folder(labs))
    with Gradebook(opened.db_url, opened.course_id) as gradebook:
        text = export.FORMATS[form](export.table(gradebook, names))
    if output is None:
        messages.say(text.rstrip("\n"))
        return
    try:
        files.write_atomic(output, text)
    except OSError as error:
        raise files.explain(error, output, elsewhere="--output ARCHIVO") from error
    messages.say(f"Escrito «{output}».")
