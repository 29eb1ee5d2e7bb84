"""Lo que se pide a un Kubernetes de verdad: opciones de `cluster create`, `logs` y `load`. Y `usage`, a cualquiera."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from lab_tools import drivers
from lab_tools.cli import messages, names, spanish
from lab_tools.drivers.base import RealOptions
from lab_tools.errors import ClusterError, UsageError

if TYPE_CHECKING:
    from lab_tools.client import Client
    from lab_tools.widgets.spending import Readings

_ONLY = "(solo con --driver kind)"
_PORT = spanish.Integer(0, 65535)

# Las opciones de cada mundo, para decir cuál sobra.
_REAL = ("workers", "kubernetes_version", "http_port", "https_port", "mirror", "mount", "without_cni", "registry")
_EMBEDDED = ("speed", "seed", "images")

_OPTIONS = (
    click.option("--workers", type=spanish.Integer(0, 20), default=0, metavar="N",
                 help=f"Nodos de trabajo, además del de control {_ONLY}."),
    click.option("--kubernetes-version", default="", metavar="V",
                 help=f"Versión de Kubernetes: 1.36 o 1.36.4 {_ONLY}."),
    click.option("--http-port", type=_PORT, default=0, metavar="P",
                 help=f"Puerto de esta máquina que lleva al 80 del clúster, para un Ingress {_ONLY}."),
    click.option("--https-port", type=_PORT, default=0, metavar="P", help=f"Lo mismo, para el 443 {_ONLY}."),
    click.option("--mirror", multiple=True, metavar="REGISTRO=URL",
                 help=f"Espejo del que bajar las imágenes de un registro; se repite {_ONLY}."),
    click.option("--mount", multiple=True, metavar="AQUÍ:ALLÍ",
                 help=f"Carpeta de esta máquina que ven los nodos; se repite {_ONLY}."),
    click.option("--registry", is_flag=True,
                 help=f"Baja imágenes del registro de esta máquina; si no está en marcha, lo arranca {_ONLY}."),
    click.option("--without-cni", is_flag=True, help=f"Sin red de Pods: la pondrás tú (Calico, Cilium) {_ONLY}."),
)  # fmt: skip


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Las opciones de un clúster real."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check(context: click.Context, driver: str) -> None:
    """Que no se pida a un driver lo que no entiende. Lanza UsageError."""
    strange = _EMBEDDED if driver == "kind" else _REAL
    for name in strange:
        if _said(context, name):
            flag = f"--{name.replace('_', '-')}"
            cure = "Quítala." if driver == "kind" else "Añade --driver kind, o quítala."
            raise UsageError(f"El driver «{driver}» no entiende {flag}.", cure)


def read(nodes: int, port: int, driver: str, context: click.Context, **asked: Any) -> RealOptions:
    """Lo pedido, como datos. `--nodes N` es uno de control y N - 1 de trabajo, si no se dice `--workers`."""
    if driver != "kind":
        return RealOptions()
    workers = int(asked["workers"])
    if _said(context, "nodes") and not _said(context, "workers"):
        workers = nodes - 1
    return RealOptions(
        workers, asked["kubernetes_version"], asked["http_port"], asked["https_port"], port,
        (*(_pair(found, "=", "--mirror docker.io=http://192.168.1.10:5000") for found in asked["mirror"]),
         *_registry(asked["registry"])),
        tuple(_pair(found, ":", "--mount ./datos:/datos", last=True) for found in asked["mount"]),
        not asked["without_cni"],
    )  # fmt: skip


def _registry(wanted: bool) -> tuple[tuple[str, str], ...]:
    """El registro de esta máquina, en marcha, como un espejo más."""
    if not wanted:
        return ()
    from lab_tools import engine
    from lab_tools.drivers.kind import registry

    with engine.open_(timeout=600) as client:
        return (registry.start(client).mirror,)


def _said(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) != ParameterSource.DEFAULT


def _pair(text: str, mark: str, example: str, *, last: bool = False) -> tuple[str, str]:
    """Dos partes separadas por `mark`; con `last`, por la última (una ruta de Windows tiene otra)."""
    left, found, right = text.rpartition(mark) if last else text.partition(mark)
    if not (left and found and right):
        raise UsageError(f"«{text}» no son dos partes separadas por «{mark}».", f"Escríbelo así: {example}")
    return left, right


def _kind(name: str, what: str) -> Any:
    """El driver de un clúster de kind. Lanza UsageError si vive en otro sitio."""
    driver = drivers.named("kind", messages.progress)
    if drivers.named().status(name).driver != "kind":
        raise UsageError(f"El clúster «{name}» es embebido, y {what}.", "Esto es de los creados con --driver kind.")
    return driver


@click.command("logs", cls=spanish.Command, short_help="Guarda los registros de los nodos de un clúster de kind.",
               help="Guarda en una carpeta los registros de los nodos, y de todo lo que corre en ellos.")  # fmt: skip
@names.cluster_argument
@click.option("--to", "directory", default="registros", show_default=True, metavar="CARPETA", help="Dónde.")
def logs(name: str, directory: str) -> None:
    """Exporta los registros."""
    found = _kind(name, "sus nodos no tienen registros que exportar").export_logs(name, directory)
    messages.say(f"Registros de «{name}» en {found}.")


@click.command("load", cls=spanish.Command, short_help="Copia imágenes a los nodos de un clúster de kind.",
               help="Copia a los nodos imágenes que ya tiene el motor, o las de un archivo .tar.")  # fmt: skip
@click.argument("images", nargs=-1, required=True, metavar="IMAGEN...")
@names.cluster_option
def load(images: tuple[str, ...], cluster: str) -> None:
    """Carga imágenes."""
    name = drivers.in_use(cluster)
    _kind(name, "sus imágenes son modelos (véase --images)").load(name, images)
    messages.say(f"En los nodos de «{name}»: {', '.join(images)}.")


_USAGE = """Lo que gasta ahora cada nodo, de lo que puede repartir entre sus Pods.

Según las métricas del clúster; sin ellas, en los de kind, según los contenedores de los nodos.
"""


@click.command("usage", cls=spanish.Command, short_help="Lo que gasta cada nodo.", help=_USAGE)
@names.cluster_argument
@names.json_option
def usage(name: str, as_json: bool) -> None:
    """Enseña lo que gasta cada nodo."""
    from lab_tools.client import Client
    from lab_tools.widgets import spending

    client = Client(drivers.named().connect(name))
    measured = _measured(client, name)
    found = [(node["metadata"]["name"], spending.of(node, measured)) for node in client.list("nodes")]
    if as_json:
        messages.say_json([
            {"node": node, "cpu": one.cpu.used, "cores": one.cpu.size, "memory": int(one.memory.used),
             "limit": int(one.memory.size)} for node, one in found if one is not None
        ])  # fmt: skip
        return
    rows = [
        (node, "-", "-", "-", "-") if one is None else
        (node, spending.cores(one.cpu.used), spending.percent(one.cpu),
         spending.size(one.memory.used), spending.percent(one.memory))
        for node, one in found
    ]  # fmt: skip
    messages.say_table(("NODO", "CPU", "DE SU CPU", "MEMORIA", "DE SU MEMORIA"), rows)


def _measured(client: Client, name: str) -> Readings:
    """Lo medido. Lanza ClusterError si nadie mide, o si el motor que lo hace no contesta."""
    from lab_tools.widgets import spending

    found = spending.by_metrics(client) or spending.by_machines(client)
    if not found:
        raise ClusterError(f"Nadie mide lo que gastan los nodos de «{name}», o tu credencial no deja leerlo.",
                           f"Pon quien mida: orquesta addon install metrics-server --cluster {name}")  # fmt: skip
    return found


COMMANDS = (logs, load, usage)
