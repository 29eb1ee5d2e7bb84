"""`orquesta image`: los programas de la tienda, como imágenes de un motor de contenedores."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from lab_tools import engine
from lab_tools.cli import messages, names, spanish
from lab_tools.errors import UsageError

_HELP = """Construye la tienda para clústeres de verdad: los mismos programas que el clúster embebido simula.

Hace falta Docker. Sin registro también se puede, con «--base local».
"""


@click.group("image", cls=spanish.Group, help=_HELP)
def image() -> None:
    """El grupo."""


def _services(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from lab_tools.images.context import available

    found = [f"{service}:{version}" for service, version in available()]
    return [name for name in found if name.startswith(incomplete)]


_prefix = click.option("--prefix", default="", metavar="REGISTRO",
                       help="Registro que se pone delante del nombre: localhost:5001, ghcr.io/mi-escuela.")  # fmt: skip
_wanted = click.argument("wanted", nargs=-1, metavar="[SERVICIO[:VERSIÓN]...]", shell_complete=_services)


@image.command("list", help="Las imágenes de la tienda que se pueden construir.")
@names.json_option
def list_(as_json: bool) -> None:
    """Lista las imágenes."""
    from lab_tools.images.context import available

    versions: dict[str, list[str]] = {}
    for service, version in available():
        versions.setdefault(service, []).append(version)
    if as_json:
        messages.say_json(versions)
    else:
        messages.say_table(("SERVICIO", "VERSIONES"), [(name, ", ".join(found)) for name, found in versions.items()])


_BUILD_HELP = """Construye imágenes de la tienda con el motor de esta máquina. Sin SERVICIO, todas.

La base es la de Python, de su registro. «--base local» la hace con el Python de esta máquina, sin red; también vale el
nombre de otra que tengas.
"""


@image.command("build", short_help="Construye imágenes de la tienda.", help=_BUILD_HELP)
@_wanted
@click.option("--base", default="", metavar="IMAGEN", help="La imagen de Python de la que se parte, o «local».")
@_prefix
@names.json_option
def build(wanted: tuple[str, ...], base: str, prefix: str, as_json: bool) -> None:
    """Construye imágenes."""
    from lab_tools.images import build as room

    asked = _asked(wanted)
    with engine.open_(timeout=600) as client:
        found = room.build(client, asked, base or room.BASE, prefix, messages.progress)
    if as_json:
        messages.say_json([dataclasses.asdict(one) for one in found])
        return
    rows = [(one.name, _megabytes(one.size), _megabytes(one.own)) for one in found]
    messages.say_table(("IMAGEN", "MB", "MB SIN LA BASE"), rows)


@image.command("save", short_help="Guarda imágenes en un archivo.",
               help="Guarda en un .tar imágenes ya construidas, para otra máquina. Sin SERVICIO, todas.")  # fmt: skip
@_wanted
@click.option("--to", "target", default="tienda.tar", show_default=True, metavar="ARCHIVO", help="Dónde.")
@_prefix
def save(wanted: tuple[str, ...], target: str, prefix: str) -> None:
    """Guarda imágenes."""
    from lab_tools.images import archive
    from lab_tools.images.build import image_name
    from lab_tools.images.context import available

    found = [image_name(service, version, prefix) for service, version in _asked(wanted) or available()]
    with engine.open_(timeout=600) as client:
        size = archive.save(client, found, Path(target).expanduser())
    messages.say(f"{'1 imagen' if len(found) == 1 else f'{len(found)} imágenes'} en {target} ({_megabytes(size)} MB).")


_PUSH_HELP = """Sube a un registro imágenes ya construidas. Sin SERVICIO, todas las que haya.

Sin «--prefix», al registro de esta máquina, si está en marcha («orquesta registry start»). En los demás hay que entrar
antes: docker login REGISTRO.
"""


@image.command("push", short_help="Sube imágenes a un registro.", help=_PUSH_HELP)
@_wanted
@_prefix
@names.json_option
def push(wanted: tuple[str, ...], prefix: str, as_json: bool) -> None:
    """Sube imágenes."""
    from lab_tools.images import push as room

    asked = _asked(wanted)
    with engine.open_(timeout=600) as client:
        where = prefix or _local_registry(client)
        found = room.push(client, asked or room.built(client, where), where, messages.progress)
    if as_json:
        messages.say_json([dataclasses.asdict(one) for one in found])
        return
    rows = [(one.name, _megabytes(one.sent), one.digest) for one in found]
    messages.say_table(("IMAGEN", "MB SUBIDOS", "RESUMEN"), rows)


def _local_registry(client: Any) -> str:
    """El registro de esta máquina. Lanza UsageError si no está en marcha: nadie ha dicho adónde subir."""
    from lab_tools.drivers.kind import registry

    found = registry.find(client)
    if found is None or found.state != "running":
        raise UsageError("¿A qué registro? El de esta máquina no está en marcha.",
                         "Ponlo con «orquesta registry start», o di otro: --prefix ghcr.io/mi-escuela")  # fmt: skip
    return found.host


@image.command("load", help="Pone en el motor las imágenes de un .tar.")
@click.argument("source", metavar="ARCHIVO")
def load(source: str) -> None:
    """Carga imágenes."""
    from lab_tools.images import archive

    with engine.open_(timeout=600) as client:
        found = archive.load(client, Path(source).expanduser())
    messages.say(f"En el motor: {', '.join(found)}.")


def _asked(wanted: tuple[str, ...]) -> list[tuple[str, str]]:
    """Los pares pedidos; un servicio sin versión son todas las suyas. Lanza UsageError si alguno no existe."""
    from lab_tools.images.context import available

    known = list(available())
    found = []
    for text in wanted:
        service, _, version = text.partition(":")
        matching = [pair for pair in known if pair[0] == service and version in ("", pair[1])]
        if not matching:
            listed = ", ".join(dict.fromkeys(name for name, _ in known))
            raise UsageError(f"La tienda no tiene «{text}».", f"Sus servicios son {listed}: orquesta image list")
        found += matching
    return list(dict.fromkeys(found))


def _megabytes(size: int) -> str:
    return messages.number(round(size / 1_000_000, 2))
