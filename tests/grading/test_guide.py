"""La guía docente no dice órdenes que no existen."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from lab_tools.cli import spanish
from lab_tools.cli.root import root

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guia-docente.md"
BLOCKS = re.findall(r"```console\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
COMMANDS = sorted({line for block in BLOCKS for line in block.splitlines() if line.startswith("orquesta ")})


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_of_the_guide_is_understood(line: str) -> None:
    spanish.speak()  # click recuerda la ayuda de cada orden tal como la dijo la primera vez
    command: click.Command = root
    context, words = click.Context(root, **root.context_settings), shlex.split(line)[1:]
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(context, words)
        assert found is not None, name
        command, context = found, click.Context(found, parent=context, info_name=name)
    command.make_context(context.info_name, words, parent=context.parent)


def test_the_guide_names_every_command_that_grades() -> None:
    named = {line.split()[2] for line in COMMANDS if line.startswith("orquesta grade ")}
    grade = root.get_command(click.Context(root), "grade")
    assert isinstance(grade, click.Group)
    assert named == set(grade.list_commands(click.Context(grade)))
