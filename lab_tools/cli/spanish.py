"""click habla español: sus títulos, sus avisos y sus errores de uso.

click traduce con gettext, que pide archivos compilados y el idioma de la máquina; el curso está en español en
cualquier máquina. Aquí hay una tabla, y cada módulo de click la consulta en lugar de gettext. Lo que la tabla
no tenga sale en inglés, y una prueba recorre los errores de uso para que no falte ninguno.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import click

_SPANISH = {
    "Usage:": "Uso:",
    "Options": "Opciones",
    "Commands": "Órdenes",
    "Positional arguments": "Argumentos",
    "Show this message and exit.": "Muestra esta ayuda.",
    "Show the version and exit.": "Muestra la versión.",
    "Error: {message}": "Error: {message}",
    "Try '{command} {option}' for help.": "Mira la ayuda con: {command} {option}",
    "Aborted!": "Interrumpido.",
    "Missing command.": "Falta la orden.",
    "No such command {name!r}.": "No existe la orden «{name}».",
    "No such option {name!r}.": "No existe la opción «{name}».",
    "No such option: {name}": "No existe la opción «{name}».",
    "Did you mean {possibility}?": "¿Querías decir {possibility}?",
    "(Did you mean one of: {possibilities}?)": "(¿Querías decir alguna de estas: {possibilities}?)",
    "(Possible options: {possibilities})": "(Se parece a: {possibilities})",
    "Did you mean {possibilities}?": "¿Querías decir {possibilities}?",
    "Did you mean one of: {possibilities}?": "¿Querías decir alguna de estas: {possibilities}?",
    "Missing argument": "Falta el argumento",
    "Missing option": "Falta la opción",
    "Missing parameter": "Falta el parámetro",
    "Missing {param_type}": "Falta: {param_type}",
    "Missing parameter: {param_name}": "Falta el parámetro {param_name}",
    "Invalid value: {message}": "Valor no válido: {message}",
    "Invalid value for {param_hint}: {message}": "Valor no válido para {param_hint}: {message}",
    "Got unexpected extra argument ({args})": "Sobra un argumento: {args}",
    "Got unexpected extra arguments ({args})": "Sobran argumentos: {args}",
    "Option {name!r} requires an argument.": "A la opción «{name}» le falta su valor.",
    "Option {name!r} requires {nargs} arguments.": "A la opción «{name}» le faltan valores: quiere {nargs}.",
    "Option {name!r} does not take a value.": "La opción «{name}» no lleva valor.",
    "{value!r} is not a valid {number_type}.": "«{value}» no es {number_type}.",
    "{value} is not in the range {range}.": "{value} no vale; se esperaba {range}.",
    "{value!r} is not one of {choices}.": "«{value}» no vale; elige entre {choices}.",
    "{value!r} is not {choice}.": "«{value}» no vale; se esperaba {choice}.",
    "{value!r} is not {choices}.": "«{value}» no vale; se esperaba {choices}.",
    "Choose from:\n\t{choices}": "Elige entre:\n\t{choices}",
    "default: {default}": "por omisión: {default}",
    "required": "obligatorio",
    "(dynamic)": "(se calcula)",
    "unknown error": "error desconocido",
    "{name} {filename!r} does not exist.": "{name} «{filename}» no existe.",
    "{name} {filename!r} is a directory.": "{name} «{filename}» es una carpeta.",
    "file": "El archivo",
    "path": "La ruta",
}  # fmt: skip


def _(message: str) -> str:
    return _SPANISH.get(message, message)


def _plural(singular: str, plural: str, count: int) -> str:
    return _(singular if count == 1 else plural)


def speak() -> None:
    """Pone la tabla en los módulos de click. Llamarla dos veces no hace daño."""
    for module in vars(click).values():
        if isinstance(module, ModuleType):
            for name, translation in (("_", _), ("gettext", _), ("ngettext", _plural)):
                if hasattr(module, name):
                    setattr(module, name, translation)


class Command(click.Command):
    """Una orden con sus rótulos en español."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[OPCIONES]")
        super().__init__(*args, **kwargs)


class Group(click.Group):
    """Un grupo de órdenes, con sus rótulos en español y en el orden en que se escribieron."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("options_metavar", "[OPCIONES]")
        kwargs.setdefault("subcommand_metavar", "ORDEN [ARGUMENTOS]...")
        super().__init__(*args, **kwargs)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Una orden hecha fuera, con `click.command`, también pone sus rótulos en español."""
        if cmd.options_metavar == "[OPTIONS]":
            cmd.options_metavar = "[OPCIONES]"
        super().add_command(cmd, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Las órdenes, en el orden en que se escribieron."""
        return list(self.commands)


class Integer(click.IntRange):
    """Un entero entre dos límites."""

    name = "un número entero"

    def _describe_range(self) -> str:
        return _between(self.min, self.max)


class Decimal(click.FloatRange):
    """Un número entre dos límites, con coma o con punto."""

    name = "un número"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """El número. «nan» también se puede escribir, pero no está entre ningunos límites."""
        written: Any = value.replace(",", ".") if isinstance(value, str) else value
        number = super().convert(written, param, ctx)
        if number != number:
            self.fail(f"«{value}» no es {self.name}.", param, ctx)
        return number

    def _describe_range(self) -> str:
        return _between(self.min, self.max)


def _between(lowest: float | None, highest: float | None) -> str:
    low, high = (f"{limit:g}".replace(".", ",") if limit is not None else "" for limit in (lowest, highest))
    return f"algo entre {low} y {high}" if high else f"{low} o más"
