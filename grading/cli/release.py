"""`orquesta grade release`: publicar un laboratorio, con la variante de cada cual."""

from __future__ import annotations

from pathlib import Path

import click

from grading.cli import options
from lab_tools.cli import messages, spanish

HELP = """Publica LABORATORIO: deja en «release» lo que reciben los estudiantes y, en «variantes», la de cada uno.

Con carpeta privada, cada estudiante de la lista tiene su «variant.json», que va junto al cuaderno.
"""


@click.command("release", cls=spanish.Command, short_help="Publica un laboratorio.", help=HELP)
@options.lab_argument
@options.course_option
@options.labs_option
@options.private_option
def command(assignment: str, course: Path, labs: Path | None, private: Path | None) -> None:
    """Publica un laboratorio."""
    from grading import config, terms
    from grading.release import release

    shelf, name = options.found(assignment, labs)
    secret = options.secret(course, private)
    made = release(shelf / name, course)
    messages.say(f"Publicado: {made.folder}")
    if secret is not None:
        opened = config.course(course, shelf, private=secret)
        given = terms.give_variants(opened, shelf / name, secret)
        due = terms.set_due(opened, name, secret)
        messages.say(f"Variantes: {len(given)} en «{opened.root}/{terms.VARIANTS}/{name}».")
        if due:
            messages.say(f"Plazo: {due:%d/%m/%Y %H:%M %Z}.")
