"""`orquesta grade regrade`: poner al día las notas, repitiendo solo lo que ha cambiado."""

from __future__ import annotations

from pathlib import Path

import click

from grading.cli import autograde, options
from lab_tools.cli import messages, spanish

HELP = """Vuelve a corregir lo que haya cambiado (la entrega, el laboratorio o sus comprobaciones) y nada más.

Sin LABORATORIO, mira todos los que estén publicados en el curso.
"""


@click.command("regrade", cls=spanish.Command, short_help="Vuelve a corregir lo que haya cambiado.", help=HELP)
@click.argument("assignments", metavar="[LABORATORIO]...", nargs=-1)
@options.course_option
@options.labs_option
@options.private_option
@options.jobs_option
@options.docker_option
@click.pass_context
def command(ctx: click.Context, assignments: tuple[str, ...], course: Path, labs: Path | None, private: Path | None,
            jobs: int, docker: bool) -> None:  # fmt: skip
    """Pone las notas al día."""
    from nbgrader.api import Gradebook

    from grading.batch import run

    shelf = options.shelf_folder(labs)
    opened = options.opened(course, shelf)
    with Gradebook(opened.db_url, opened.course_id) as gradebook:
        there = sorted(one.name for one in gradebook.assignments)
    names = [options.found(name, labs)[1] for name in assignments] or there
    failed = 0
    for name in names:
        if run.submitted(opened, name):
            messages.say(f"{name}:")
            try:
                ctx.invoke(autograde.command, assignment=name, students=(), course=course, labs=shelf, private=private,
                           jobs=jobs, scheduler="", again=False, docker=docker, no_sandbox=False)  # fmt: skip
            except click.exceptions.Exit:
                failed += 1
    if failed:
        raise click.exceptions.Exit(1)
