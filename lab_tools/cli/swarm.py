"""`orquesta swarm`: la tienda en Docker Swarm, sobre el motor de esta máquina."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from lab_tools import engine
from lab_tools.cli import messages, names, spanish

_HELP = """Docker Swarm, sobre el motor de esta máquina: lo mismo que con Kubernetes, con otras palabras.

Empieza con «orquesta swarm init» y «orquesta swarm deploy STACK compose.yaml». Al acabar, «orquesta swarm leave».
"""


@click.group("swarm", cls=spanish.Group, help=_HELP)
def swarm() -> None:
    """El grupo."""


_service = click.argument("service", metavar="SERVICIO")
_no_wait = click.option("--no-wait", is_flag=True, help="No espera a que acabe.")


@swarm.command("init", help="Empieza un Swarm de un solo nodo: este motor.")
@click.option("--advertise", default="127.0.0.1", show_default=True, metavar="DIRECCIÓN",
              help="Dirección con que lo verían otros nodos.")  # fmt: skip
def init(advertise: str) -> None:
    """Empieza un Swarm."""
    from lab_tools.swarm import node

    with engine.open_() as client:
        begun = node.init(client, advertise)
    messages.say("Swarm en marcha, con este nodo." if begun else "Este motor ya dirigía un Swarm.")


@swarm.command("leave", short_help="Deja el Swarm, con todo lo que haya en él.",
               help="Deja el Swarm. Si este nodo es el único, se pierde todo lo que haya en él.")  # fmt: skip
@click.option("--yes", is_flag=True, help="No pregunta.")
def leave(yes: bool) -> None:
    """Deja el Swarm."""
    from lab_tools.swarm import node

    if not yes:
        click.confirm("Se pierde todo lo que haya en el Swarm. ¿Sigo?", abort=True, err=True)
    with engine.open_() as client:
        node.leave(client)
    messages.say("Este motor ya no está en un Swarm.")


@swarm.command("deploy", help="Despliega un archivo de Compose. Repetirlo aplica los cambios.")
@click.argument("stack_name", metavar="STACK")
@click.argument("file", metavar="ARCHIVO")
@_no_wait
def deploy(stack_name: str, file: str, no_wait: bool) -> None:
    """Despliega un stack."""
    from lab_tools.swarm import compose, stack

    found = compose.read(Path(file).expanduser())
    with engine.open_() as client:
        made = stack.deploy(client, stack_name, found, messages.progress)
        for name in [] if no_wait else made:
            messages.progress(f"Esperar a {name}…")
            stack.wait(client, name)
    messages.say(f"Stack «{stack_name}»: {', '.join(made)}.")


@swarm.command("status", help="Los servicios de un stack, o todos, y por dónde van.")
@click.argument("stack_name", metavar="[STACK]", default="")
@names.json_option
def status(stack_name: str, as_json: bool) -> None:
    """Enseña los servicios."""
    from lab_tools.swarm import stack

    with engine.open_() as client:
        found = stack.services(client, stack_name)
    if as_json:
        messages.say_json([dataclasses.asdict(one) for one in found])
        return
    if not found:
        messages.progress("No hay ningún servicio.")
        return
    rows = [(one.name, f"{len(one.running)}/{'nodos' if one.replicas is None else one.replicas}", one.image,
             one.update or "-") for one in found]  # fmt: skip
    messages.say_table(("SERVICIO", "CORREN", "IMAGEN", "ÚLTIMO CAMBIO"), rows)


@swarm.command("check", short_help="Comprueba que un stack corre como pide su archivo.",
               help="Compara lo que corre con lo que pide el archivo. Sale con 1 si algo no se cumple.")  # fmt: skip
@click.argument("stack_name", metavar="STACK")
@click.argument("file", metavar="ARCHIVO")
@names.json_option
def check(stack_name: str, file: str, as_json: bool) -> None:
    """Comprueba un stack."""
    from lab_tools.swarm import asked, compose, stack

    wanted = compose.read(Path(file).expanduser())
    with engine.open_() as client:
        found = asked.asked(stack_name, wanted, stack.services(client, stack_name))
    if as_json:
        messages.say_json([dataclasses.asdict(one) for one in found])
    else:
        for one in found:
            messages.say(f"{'✔' if one.met else '✘'} Esperaba {one.expected}. Encontré: {one.found}.")
    if not all(one.met for one in found):
        raise click.exceptions.Exit(1)


@swarm.command("scale", help="Cambia cuántas réplicas se quieren.")
@_service
@click.argument("replicas", type=spanish.Integer(0), metavar="RÉPLICAS")
@_no_wait
def scale(service: str, replicas: int, no_wait: bool) -> None:
    """Escala un servicio."""
    from lab_tools.swarm import stack

    with engine.open_() as client:
        stack.scale(client, service, replicas)
        if not no_wait:
            stack.wait(client, service)
    messages.say(f"«{service}»: {replicas} réplica{'' if replicas == 1 else 's'}.")


@swarm.command("update", help="Cambia la imagen de un servicio, de tarea en tarea.")
@_service
@click.argument("image", metavar="IMAGEN")
@_no_wait
def update(service: str, image: str, no_wait: bool) -> None:
    """Actualiza un servicio."""
    from lab_tools.swarm import stack

    with engine.open_() as client:
        stack.update(client, service, image)
        found = stack.service(client, service) if no_wait else stack.wait(client, service)
    undone = found.update.startswith("rollback")
    messages.say(f"«{service}»: {'deshecho, sigue con ' if undone else ''}{found.image}.")


@swarm.command("rollback", help="Vuelve a lo que un servicio era antes de su último cambio.")
@_service
@_no_wait
def rollback(service: str, no_wait: bool) -> None:
    """Deshace el último cambio."""
    from lab_tools.swarm import stack

    with engine.open_() as client:
        stack.rollback(client, service)
        found = stack.service(client, service) if no_wait else stack.wait(client, service)
    messages.say(f"«{service}» ha vuelto a {found.image}.")


@swarm.command("node", short_help="Vacía o repone un nodo.",
               help="Los nodos; o cambia uno: drain lo vacía, pause deja de darle, active lo repone.")  # fmt: skip
@click.argument("name", metavar="[NODO]", default="")
@click.argument("availability", metavar="[drain|pause|active]", default="")
def node_(name: str, availability: str) -> None:
    """Mira los nodos, o cambia uno."""
    from lab_tools.swarm import node

    with engine.open_() as client:
        if name:
            node.make(client, name, availability)
        found = node.nodes(client)
    messages.say_table(("NODO", "PAPEL", "ESTADO", "DISPONIBILIDAD"),
                       [(one.name, one.role, one.state, one.availability) for one in found])  # fmt: skip


@swarm.command("remove", help="Quita un stack, con sus redes, configs y secretos.")
@click.argument("stack_name", metavar="STACK")
def remove(stack_name: str) -> None:
    """Quita un stack."""
    from lab_tools.swarm import stack

    with engine.open_() as client:
        stack.remove(client, stack_name)
    messages.say(f"Stack «{stack_name}» quitado.")
