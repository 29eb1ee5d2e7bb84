"""`orquesta registry`: un registro de imágenes en esta máquina, para los clústeres de kind."""

from __future__ import annotations

import click

from lab_tools import engine
from lab_tools.cli import messages, spanish
from lab_tools.errors import ClusterError

_HELP = """Un registro de imágenes en esta máquina, para los clústeres de kind.

Lo que se construye con «orquesta image build» y se sube con «orquesta image push» lo bajan los nodos de los clústeres
creados con «--driver kind --registry», con el nombre que da la subida: localhost:5001/tienda-api:1.0.
"""


@click.group("registry", cls=spanish.Group, help=_HELP)
def registry() -> None:
    """El grupo."""


@registry.command("start", help="Lo pone en marcha, si no lo está.")
@click.option("--port", type=spanish.Integer(1, 65535), default=5001, show_default=True, metavar="P",
              help="Puerto de esta máquina en que escucha. Solo cuenta la primera vez.")  # fmt: skip
@click.option("--image", default="registry:2", show_default=True, metavar="IMAGEN", help="Con qué imagen se hace.")
def start(port: int, image: str) -> None:
    """Arranca el registro."""
    from lab_tools.drivers.kind import registry as room

    with engine.open_(timeout=600) as client:
        found = room.start(client, port, image)
    messages.say(f"Registro en marcha en {found.host}. Úsalo así: orquesta cluster create --driver kind --registry")


@registry.command("status", help="Dice dónde está y si está en marcha.")
def status() -> None:
    """Mira el registro."""
    from lab_tools.drivers.kind import registry as room

    with engine.open_() as client:
        found = room.find(client)
    if found is None:
        raise ClusterError("No hay ningún registro en esta máquina.", "Ponlo en marcha con: orquesta registry start")
    told = "en marcha" if found.state == "running" else "parado"
    messages.say(f"{found.host}: {told} ({found.image}).")


@registry.command("stop", help="Lo para. Sus imágenes se quedan, salvo con --erase.")
@click.option("--erase", is_flag=True, help="Borra también el contenedor y todas sus imágenes.")
def stop(erase: bool) -> None:
    """Para el registro."""
    from lab_tools.drivers.kind import registry as room

    with engine.open_() as client:
        there = room.stop(client, erase=erase)
    done = "Registro borrado, con sus imágenes." if erase else "Registro parado."
    messages.say(done if there else "No había ningún registro.")
