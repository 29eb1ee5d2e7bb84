"""`orquesta tools`: los programas de un clúster real, en la carpeta de la persona."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import click

from lab_tools import tools as room
from lab_tools.cli import messages, names, spanish


@click.group("tools", cls=spanish.Group, help="Instala los programas que un clúster real necesita.")
def tools() -> None:
    """El grupo."""


_HELP = """Instala kind, kubectl y helm en tu carpeta, sin permisos de administrador.

Cada uno se comprueba con la suma que publica quien lo hace, y desde entonces queda fijado: otro contenido con la
misma versión no se instala. Sin PROGRAMA, los tres.
"""


@tools.command("install", short_help="Instala kind, kubectl y helm, comprobados.", help=_HELP)
@click.argument("names", nargs=-1, metavar="[PROGRAMA...]", type=click.Choice(room.NAMES))
@click.option("--from", "folder", default="", metavar="CARPETA",
              help="Sin red: una carpeta con los archivos publicados y sus sumas.")  # fmt: skip
@click.option("--mirror", default="", metavar="URL", help="Dirección de un espejo con esos mismos archivos.")
@names.json_option
def install(names: tuple[str, ...], folder: str, mirror: str, as_json: bool) -> None:
    """Instala programas."""
    from lab_tools.tools import fetching, pinned

    sources = [pinned.source(name) for name in names or room.NAMES]
    if folder:
        place = Path(folder).expanduser()
        fetching.demand(place, sources)
        fetch = fetching.from_folder(place)
    else:
        fetch = fetching.from_network(mirror)
    found = []
    for source in sources:
        messages.progress(f"{source.tool} {source.version} para {source.system}/{source.machine}…")
        found.append(room.install(source, fetch))
        if not as_json:
            done = "instalado" if found[-1].changed else "ya estaba, y es el mismo"
            messages.say(f"{source.tool} {source.version}: {done} ({found[-1].path}).")
    if as_json:
        messages.say_json([dataclasses.asdict(one) for one in found])
    elif found:
        _tell_path(Path(found[0].path).parent)


@tools.command("list", help="Los programas que se instalan, su versión y de dónde se bajan.")
@names.json_option
def list_(as_json: bool) -> None:
    """Lista los programas."""
    from lab_tools.tools import pinned

    found = [pinned.source(name) for name in room.NAMES]
    if as_json:
        messages.say_json([dataclasses.asdict(source) for source in found])
    else:
        messages.say_table(("PROGRAMA", "VERSIÓN", "DIRECCIÓN"), [(one.tool, one.version, one.url) for one in found])


def _tell_path(folder: Path) -> None:
    """Orquesta los encuentra sola; para escribirlos en la terminal, su carpeta ha de estar en el PATH."""
    if str(folder) not in os.environ.get("PATH", "").split(os.pathsep):
        messages.say(f'Para usarlos tú también: export PATH="{folder}:$PATH"')
