"""El grupo `orquesta grade`: sus órdenes se importan al usarlas, porque nbgrader tarda."""

from __future__ import annotations

import importlib

import click

from lab_tools.cli import spanish

_COMMANDS = {
    "init": "Prepara la carpeta de un curso.",
    "release": "Publica un laboratorio.",
    "collect": "Recoge las entregas.",
    "autograde": "Corrige las entregas de un laboratorio.",
    "regrade": "Vuelve a corregir lo que haya cambiado, en todos los laboratorios.",
    "feedback": "Escribe los comentarios de cada entrega.",
    "export": "Escribe las notas para el LMS.",
    "report": "Escribe el informe de una clase.",
}


class _Grade(spanish.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        found = importlib.import_module(f"grading.cli.{cmd_name}").command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Órdenes"):
            formatter.write_dl(list(_COMMANDS.items()))


grade = _Grade("grade", help="Publica laboratorios, recoge entregas y las corrige con nbgrader.")
