"""`orquesta cluster`: la vida de un clúster, como en kind."""

from __future__ import annotations

import dataclasses
import sys
import time
from typing import Any

import click
from click.core import ParameterSource

from lab_tools import drivers
from lab_tools.cli import messages, names, pace, real, spanish, traces
from lab_tools.drivers.base import ATTACHED, DAMAGED, FALLEN, NODES, RUNNING, SPEEDS, Request, Status
from lab_tools.errors import UsageError

_HELP = """Crea, mira y borra clústeres.

Sin NOMBRE, se habla del clúster del contexto actual de kubectl; si ese contexto no es nuestro, de «curso».
"""


@click.group("cluster", cls=spanish.Group, help=_HELP)
def cluster() -> None:
    """El grupo."""


@cluster.command("create", short_help="Crea un clúster y lo pone en marcha.",
                 help="Crea un clúster, lo pone en marcha y hace actual su contexto de kubectl.")  # fmt: skip
@names.new_cluster_argument
@click.option("--driver", type=click.Choice(drivers.NAMES), default="auto", show_default=True, metavar="DRIVER",
              help="Dónde vive: «embedded» (en un proceso de esta máquina), «kind» (Kubernetes de verdad, en "
                   "contenedores) o «auto».")  # fmt: skip
@click.option("--nodes", type=spanish.Integer(*NODES), default=3, show_default=True, metavar="N", help="Nodos.")
@click.option("--speed", type=spanish.Decimal(*SPEEDS), default=1, show_default=True, metavar="X",
              help="Segundos del clúster por cada segundo de reloj.")  # fmt: skip
@click.option("--seed", type=spanish.Integer(0), default=0, show_default=True, metavar="S",
              help="Semilla: con la misma, los mismos nombres y la misma suerte.")  # fmt: skip
@click.option("--port", type=spanish.Integer(1, 65535), default=None, metavar="P",
              help="Puerto en 127.0.0.1. Si no se dice, uno libre.")  # fmt: skip
@click.option("--images", default="", metavar="ARCHIVO",
              help="Más imágenes que las del curso, escritas como en workloads.yaml.")  # fmt: skip
@click.option("--kubeconfig", default="", metavar="ARCHIVO",
              help="Kubeconfig que recibe el contexto. Si no se dice, el de KUBECONFIG o ~/.kube/config.")  # fmt: skip
@real.options
@names.json_option
@click.pass_context
def create(
    context: click.Context, /, name: str, driver: str, nodes: int, speed: float, seed: int, port: int | None,
    images: str, kubeconfig: str, as_json: bool, **asked: Any,
) -> None:  # fmt: skip
    """Crea un clúster."""
    started = time.monotonic()
    real.check(context, driver)
    options = real.read(nodes, port or 0, driver, context, **asked)
    request = Request(name, nodes, speed, seed, port or 0, kubeconfig, images, options)
    found = drivers.named(driver, messages.progress).create(request)
    if as_json:
        messages.say_json(dataclasses.asdict(found))
        return
    seconds = messages.number(round(time.monotonic() - started, 1))
    pace_told = "" if found.driver == "kind" else f", velocidad ×{messages.number(speed)}"
    messages.say(f"Clúster «{name}» en marcha en {seconds} s: {_nodes(found)}{pace_told}.")
    messages.say(f"El contexto actual de kubectl es ahora «{found.context}». Prueba con: {_kubectl()} get nodes")


_ATTACH = """Apunta un clúster que ya existe (el de la escuela, el de una nube) por un contexto de tu kubeconfig.

Antes de tocarlo te dice qué servidor es y hasta dónde llega tu credencial, y pregunta. Desde entonces las demás órdenes
lo encuentran por su NOMBRE. Nunca se borra en él nada que no se haya creado desde aquí.
"""


@cluster.command("attach", short_help="Apunta un clúster que ya existe, por un contexto.", help=_ATTACH)
@click.argument("name", metavar="NOMBRE")
@click.option("--context", "context_", default="", metavar="CONTEXTO", help="Si no se dice, el actual.")
@click.option("--namespace", default="", metavar="NAMESPACE",
              help="Trabaja solo dentro de este. Sin poder crear otros, por omisión es el del contexto.")  # fmt: skip
@click.option("--kubeconfig", default="", metavar="ARCHIVO",
              help="De dónde se lee. Si no se dice, el de KUBECONFIG o ~/.kube/config.")  # fmt: skip
@click.option("--yes", is_flag=True, help="No pregunta: ya sabes qué clúster es.")
@names.json_option
def attach(name: str, context_: str, namespace: str, kubeconfig: str, yes: bool, as_json: bool) -> None:
    """Apunta un clúster ajeno."""
    from lab_tools.drivers.kubeconfig import KubeconfigDriver

    def ask(reach: object) -> bool:
        messages.progress(str(reach))
        return yes or (sys.stdin.isatty() and click.confirm("¿Sigo?", err=True))

    found = KubeconfigDriver().attach(name, context_, namespace, kubeconfig, ask)
    if as_json:
        messages.say_json(dataclasses.asdict(found))
        return
    messages.say(f"Clúster «{name}» apuntado. Prepara un laboratorio: orquesta lab start LABORATORIO --cluster {name}")


@cluster.command("list", help="Los clústeres que hay.")
@names.json_option
def list_(as_json: bool) -> None:
    """Lista los clústeres."""
    found = drivers.named().list()
    if as_json:
        messages.say_json([dataclasses.asdict(status) for status in found])
    elif not found:
        messages.progress("No hay ningún clúster. Crea uno con: orquesta cluster create")
    else:
        header = ("NOMBRE", "ESTADO", "NODOS", "VELOCIDAD", "SERVIDOR", "CONTEXTO")
        messages.say_table(header, [_row(status) for status in found])


@cluster.command(
    "status",
    short_help="Cómo está un clúster.",
    help="Cómo está un clúster. Si su proceso ha muerto, lo levanta con todo lo que tenía.",
)
@names.cluster_argument
@names.json_option
def status(name: str, as_json: bool) -> None:
    """Cuenta cómo está un clúster. Sale con 1 si está dañado."""
    found = drivers.named().status(name)
    if as_json:
        messages.say_json(dataclasses.asdict(found))
    else:
        messages.say_table(("CLÚSTER", found.name), _details(found))
    if found.state == DAMAGED:
        raise click.exceptions.Exit(1)


@cluster.command(
    "start",
    short_help="Pone en marcha un clúster, con el estado que tenía.",
    help="Pone en marcha un clúster, con el estado que tenía, y repone su contexto de kubectl si falta.",
)
@names.cluster_argument
def start(name: str) -> None:
    """Arranca un clúster."""
    found = drivers.named(say=messages.progress).start(name)
    messages.say(f"Clúster «{name}» en marcha en {found.server}.")


@cluster.command("stop", help="Para un clúster. Su estado queda guardado.")
@names.cluster_argument
def stop(name: str) -> None:
    """Para un clúster."""
    drivers.named().stop(name)
    messages.say(f"Clúster «{name}» parado. Vuelve con: orquesta cluster start {name}")


@cluster.command("kubeconfig", help="Escribe un kubeconfig que solo habla de ese clúster.")
@names.cluster_argument
@click.option("--owner", is_flag=True, help="Con la credencial del dueño, que también adelanta el reloj.")
def kubeconfig(name: str, owner: bool) -> None:
    """Escribe el kubeconfig de un clúster."""
    click.echo(drivers.named().kubeconfig(name, "owner" if owner else "student"), nl=False)


@cluster.command("delete", short_help="Borra un clúster y su contexto de kubectl.",
                 help="Borra un clúster y su contexto de kubectl. Uno que no creamos solo se olvida: se quita lo "
                      "creado en él desde aquí, y sigue donde estaba.")  # fmt: skip
@names.cluster_argument
@click.pass_context
def delete(context: click.Context, name: str) -> None:
    """Borra un clúster. Lo que no se puede deshacer no se adivina: con varios, hay que decir cuál."""
    known = [found.name for found in drivers.named().list()]
    if len(known) > 1 and context.get_parameter_source("name") == ParameterSource.DEFAULT:
        raise UsageError("Hay varios clústeres y no has dicho cuál borrar.", f"Nombra uno: {', '.join(known)}.")
    from lab_tools.drivers import ownership

    theirs = ownership.is_attached(name)
    drivers.named().delete(name)
    if theirs:
        messages.say(f"Clúster «{name}» olvidado, con lo que se creó en él desde aquí. El clúster sigue donde estaba.")
    else:
        messages.say(f"Clúster «{name}» borrado.")


for _command in (*pace.COMMANDS, *real.COMMANDS, *traces.COMMANDS):
    cluster.add_command(_command)


def _nodes(found: Status) -> str:
    return "1 nodo" if found.nodes == 1 else f"{found.nodes} nodos"


def _row(found: Status) -> tuple[str, ...]:
    server = found.server if found.state in (RUNNING, ATTACHED) else "-"
    return found.name, found.state, str(found.nodes or "-"), f"×{messages.number(found.speed)}", server, found.context


def _details(found: Status) -> list[tuple[str, str]]:
    rows = [
        ("estado", found.state), ("driver", found.driver), ("nodos", str(found.nodes or "-")),
        ("velocidad", f"×{messages.number(found.speed)}"), ("servidor", found.server), ("contexto", found.context),
        ("proceso", str(found.pid) if found.pid else "-"), ("carpeta", found.directory),
    ]  # fmt: skip
    if found.problem:
        rows.append(("problema", found.problem))
    if found.state in (DAMAGED, FALLEN):
        rows.append(("cura", f"orquesta cluster {'delete' if found.state == DAMAGED else 'start'} {found.name}"))
    return rows


def _kubectl() -> str:
    """Cómo llamar a kubectl desde esta terminal."""
    from lab_tools import process
    from lab_tools.drivers import kubectl

    found = kubectl.find()
    return "kubectl" if process.which("kubectl") or found is None else str(found[0])
