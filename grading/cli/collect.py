"""`orquesta grade collect`: recoger las entregas de donde estén."""

from __future__ import annotations

from pathlib import Path

import click

from grading.cli import options
from lab_tools.cli import messages, spanish
from lab_tools.errors import UsageError

HELP = """Recoge las entregas de LABORATORIO: de una carpeta, del zip que da el LMS o del intercambio de nbgrader.

De cada estudiante cuentan su cuaderno y su «registro.json». Volver a recoger sustituye lo anterior.
"""


@click.command("collect", cls=spanish.Command, short_help="Recoge las entregas.", help=HELP)
@options.lab_argument
@click.argument("source", metavar="[ORIGEN]", type=click.Path(path_type=Path), required=False)
@click.option("--exchange", is_flag=True, help="Recoge del intercambio de nbgrader.")
@options.course_option
@options.labs_option
def command(assignment: str, source: Path | None, exchange: bool, course: Path, labs: Path | None) -> None:
    """Recoge entregas."""
    from nbgrader.api import Gradebook

    from grading import collect
    from grading.roster import known

    if exchange == (source is not None):
        raise UsageError("Di de dónde se recogen.", "Una carpeta, un zip, o --exchange.")
    shelf, name = options.found(assignment, labs)
    opened = options.opened(course, shelf)
    if source is None:
        found = collect.exchanged(opened, name)
    else:
        with Gradebook(opened.db_url, opened.course_id) as gradebook:
            students = known(gradebook)
        found = collect.gather(opened, name, source, students)
    messages.say(f"Recogidas: {len(found.students)}.")
    for student, reason in found.refused.items():
        messages.say(f"{student}: no vale. {reason}")
    for path in found.unknown:
        messages.say(
            f"No sé de quién es «{path}»: apunta a su dueño en la lista con «orquesta grade init --roster» o, si dos "
            "personas se llaman igual, ponlo en una carpeta con su identificador."
        )
    for student in found.strangers:
        messages.say(f"{student}: recogido, pero su cuaderno no tiene ninguna celda de «{name}». ¿Será de otro?")
    if found.refused or found.unknown:
        raise click.exceptions.Exit(1)
