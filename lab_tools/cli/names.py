"""Los nombres que una persona puede escribir: el del clúster y el del laboratorio, con su autocompletado."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from lab_tools import drivers
from lab_tools.drivers.base import DEFAULT_NAME


def _clusters(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Mira solo las carpetas: al autocompletar, lo que cuenta es no hacer esperar."""
    from lab_tools.drivers import home

    folders = [folder for folder in (home.clusters(), home.kind_clusters(), home.attached()) if folder.is_dir()]
    names = (path.name for folder in folders for path in folder.iterdir() if path.is_dir())
    return sorted(name for name in names if name.startswith(incomplete) and not name.startswith("."))


def labs(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Los laboratorios, para el autocompletado."""
    from lab_tools.labs import catalogue

    return [found.slug for found in catalogue() if found.slug.startswith(incomplete)]


def tasks(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Los ejercicios del laboratorio ya escrito en la línea, para el autocompletado."""
    from lab_tools.errors import OrquestaError
    from lab_tools.labs import load, shelf

    try:
        found = load(shelf.folder(str(context.params.get("lab_id") or "")), hidden=False)
    except OrquestaError:
        return []
    return [task.id for task in found.tasks if task.id.startswith(incomplete)]


def new_cluster_argument(command: Any) -> Any:
    """El argumento [NOMBRE] de un clúster que aún no existe."""
    return click.argument("name", metavar="[NOMBRE]", default=DEFAULT_NAME)(command)


def cluster_argument(command: Any) -> Any:
    """El argumento [NOMBRE] de un clúster que existe; si no se dice, el que esté en uso."""
    return click.argument("name", metavar="[NOMBRE]", default="", callback=_in_use, shell_complete=_clusters)(command)


def _in_use(context: click.Context, _parameter: click.Parameter, name: str) -> str:
    # Un nombre vacío («""») es un error de quien lo escribe, no una pregunta por el que está en uso.
    said = context.get_parameter_source("name") != ParameterSource.DEFAULT
    return name if said or context.resilient_parsing else drivers.in_use()


def cluster_option(command: Any) -> Any:
    """La opción --cluster de las órdenes de laboratorio."""
    return click.option(
        "--cluster", "cluster", metavar="NOMBRE", default="", shell_complete=_clusters,
        help="Clúster en el que trabajas. Si no se dice, el del contexto actual de kubectl; si no es nuestro, «curso».",
    )(command)  # fmt: skip


def namespace_option(command: Any) -> Any:
    """La opción --namespace de las órdenes que hablan de un objeto; lo que no se dice lo completa `namespace`."""
    return click.option(
        "-n", "--namespace", "namespace", metavar="ESPACIO", default="",
        help="Namespace del objeto. Si no se dice, el del contexto de kubectl.",
    )(command)  # fmt: skip


def namespace(asked: str, cluster: str) -> str:
    """El Namespace que se pide o, si no se pide ninguno, el que usa kubectl con ese clúster."""
    return asked or drivers.namespace(cluster)


def lab_argument(command: Any) -> Any:
    """El argumento LABORATORIO."""
    return click.argument("lab_id", metavar="LABORATORIO", shell_complete=labs)(command)


def json_option(command: Any) -> Any:
    """La opción --json."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Escribe JSON, para programas: el resultado por stdout; un error, por stderr.",
    )(command)
