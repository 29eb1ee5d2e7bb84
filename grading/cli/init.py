"""`orquesta grade init`: la carpeta de un curso, su secreto y su lista de clase."""

from __future__ import annotations

from pathlib import Path

import click

from grading.cli import options
from lab_tools.checks.wording import count
from lab_tools.cli import messages, spanish

HELP = """Prepara la carpeta de un curso: su configuración, su gradebook y su carpeta privada.

La carpeta «privado» guarda el secreto de las variantes, los plazos y las comprobaciones de verdad: no la publiques.
Se puede repetir: lo que ya está no se toca, y la lista se pone al día.
"""


@click.command("init", cls=spanish.Command, short_help="Prepara la carpeta de un curso.", help=HELP)
@options.course_option
@options.labs_option
@click.option("--roster", metavar="ARCHIVO", type=click.Path(path_type=Path), default=None,
              help="La lista de clase, en CSV: id, nombre, apellidos y correo.")  # fmt: skip
def command(course: Path, labs: Path | None, roster: Path | None) -> None:
    """Prepara un curso."""
    from nbgrader.api import Gradebook

    from grading import config, gradebook
    from grading import roster as lists
    from lab_tools.labs.private import Private

    students = lists.read(roster) if roster else []
    course.mkdir(parents=True, exist_ok=True)
    shelf = options.shelf_folder(labs)
    config.write_config(course, shelf)
    Private.create(course / options.PRIVATE)
    opened = config.course(course, shelf)
    gradebook.prepare(opened)
    with Gradebook(opened.db_url, opened.course_id) as book:
        lists.write(book, students)
        total = len(lists.known(book))
    messages.say(f"Curso preparado en «{course.resolve()}», con {count(total, 'estudiante', 'estudiantes')}.")
    messages.say("Publica el primero con: orquesta grade release LABORATORIO")
