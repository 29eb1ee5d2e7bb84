"""`orquesta addon`: lo que un clúster no trae de fábrica."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab_tools import addons, drivers
from lab_tools.cli import messages, names, spanish

if TYPE_CHECKING:
    from lab_tools.client import Client


@click.group("addon", cls=spanish.Group, help="Añade a un clúster lo que no trae de fábrica.")
def addon() -> None:
    """El grupo."""


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in addons.NAMES if name.startswith(incomplete)]


_argument = click.argument("name", metavar="COMPLEMENTO", shell_complete=_complete)
_from = click.option("--from", "folder", default="", metavar="CARPETA",
                     help="Sin red: una carpeta con el manifiesto publicado.")  # fmt: skip
_mirror = click.option("--mirror", default="", metavar="URL", help="Dirección de un espejo con esos mismos archivos.")


@addon.command("list", help="Los complementos que hay, y de dónde salen.")
@names.json_option
def list_(as_json: bool) -> None:
    """Lista los complementos."""
    found = list(addons.CATALOGUE.values())
    if as_json:
        messages.say_json([{"name": one.name, "description": one.text, "version": addons.version(one),
                            "urls": list(one.urls), "file": one.file} for one in found])  # fmt: skip
    else:
        rows = [(one.name, addons.version(one), one.text) for one in found]
        messages.say_table(("COMPLEMENTO", "VERSIÓN", "PARA QUÉ"), rows)


@addon.command("install", help="Pone un complemento en un clúster. Repetirlo no cambia nada.")
@_argument
@_from
@_mirror
@names.cluster_option
def install(name: str, folder: str, mirror: str, cluster: str) -> None:
    """Instala un complemento."""
    addons.named(name)  # antes de ir a buscar un clúster, que el nombre valga
    client = _client(cluster)
    found = addons.install(client, name, _fetch(folder, mirror))
    kinds = ", ".join(dict.fromkeys(_kind(one) for one in found))
    messages.say(f"«{name}» puesto en «{client.connection.name}»: {kinds}.")


@addon.command("remove", short_help="Quita un complemento de un clúster.",
               help="Quita de un clúster lo que puso «install», y nada más.")  # fmt: skip
@_argument
@_from
@_mirror
@names.cluster_option
def remove(name: str, folder: str, mirror: str, cluster: str) -> None:
    """Quita un complemento. Sale con 1 si algo se queda."""
    addons.named(name)
    client = _client(cluster)
    left = addons.remove(client, name, _fetch(folder, mirror))
    messages.say(f"«{name}» quitado de «{client.connection.name}».")
    if left:
        messages.progress(f"Se queda lo que no puso Orquesta, o no se dejó borrar: {', '.join(left)}.")
        raise click.exceptions.Exit(1)


@addon.command("path", help="Dice dónde está el manifiesto de un complemento. Sirve para «kubectl apply -f».")
@_argument
def path(name: str) -> None:
    """Dice la ruta de un complemento."""
    messages.say(str(addons.path(name)))


def _client(cluster: str) -> Client:
    from lab_tools.client import Client

    return Client(drivers.named().connect(drivers.in_use(cluster)))


def _fetch(folder: str, mirror: str) -> addons.Fetch:
    from lab_tools.addons import release
    from lab_tools.tools import fetching

    return release.in_folder(Path(folder).expanduser()) if folder else fetching.from_network(mirror)


def _kind(obj: dict[str, object]) -> str:
    """Cómo se llama lo que se ha puesto: de una definición, el tipo que define."""
    spec = obj.get("spec")
    if obj["kind"] == "CustomResourceDefinition" and isinstance(spec, dict):
        return str(spec["names"]["kind"])
    return str(obj["kind"])
