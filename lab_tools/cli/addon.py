"""`orquesta addon`: lo que un clúster no trae de fábrica."""

from __future__ import annotations

import click

from lab_tools import addons, drivers
from lab_tools.cli import messages, names, spanish


@click.group("addon", cls=spanish.Group, help="Añade a un clúster lo que no trae de fábrica.")
def addon() -> None:
    """El grupo."""


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in addons.NAMES if name.startswith(incomplete)]


_argument = click.argument("name", metavar="COMPLEMENTO", shell_complete=_complete)


@addon.command("list", help="Los complementos que hay.")
@names.json_option
def list_(as_json: bool) -> None:
    """Lista los complementos."""
    if as_json:
        messages.say_json([{"name": name, "description": text} for name, text in addons.NAMES.items()])
    else:
        messages.say_table(("COMPLEMENTO", "PARA QUÉ"), list(addons.NAMES.items()))


@addon.command("install", help="Pone un complemento en un clúster. Repetirlo no cambia nada.")
@_argument
@names.cluster_option
def install(name: str, cluster: str) -> None:
    """Instala un complemento."""
    from lab_tools.client import Client

    addons.path(name)  # antes de ir a buscar un clúster, que el nombre valga
    client = Client(drivers.named().connect(drivers.in_use(cluster)))
    found = addons.install(client, name)
    kinds = ", ".join(one["spec"]["names"]["kind"] for one in found)
    messages.say(f"«{name}» puesto en «{client.connection.name}»: {kinds}.")


@addon.command("path", help="Dónde está el manifiesto de un complemento, para «kubectl apply -f».")
@_argument
def path(name: str) -> None:
    """Dice la ruta de un complemento."""
    messages.say(str(addons.path(name)))
