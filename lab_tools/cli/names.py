"""Los nombres que una persona puede escribir: el del clúster y el del laboratorio, con su autocompletado."""

from __future__ import annotations

from typing import Any

import click

from lab_tools.drivers.base import DEFAULT_NAME


def _clusters(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Mira solo las carpetas: al autocompletar, lo que cuenta es no hacer esperar."""
    from lab_tools.drivers import home

    if not home.clusters().is_dir():
        return []
    names = (path.name for path in home.clusters().iterdir() if path.is_dir())
    return sorted(name for name in names if name.startswith(incomplete) and not name.startswith("."))


def _labs(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from lab_tools import labs

    return [found.slug for found in labs.catalogue() if found.slug.startswith(incomplete)]


def cluster_argument(command: Any) -> Any:
    """El argumento [NOMBRE] de las órdenes de clúster."""
    return click.argument("name", metavar="[NOMBRE]", default=DEFAULT_NAME, shell_complete=_clusters)(command)


def cluster_option(command: Any) -> Any:
    """La opción --cluster de las órdenes de laboratorio."""
    return click.option(
        "--cluster", "cluster", metavar="NOMBRE", default="", shell_complete=_clusters,
        help="Clúster en el que trabajas. Si no se dice, el del contexto actual de kubectl.",
    )(command)  # fmt: skip


def lab_argument(command: Any) -> Any:
    """El argumento LABORATORIO."""
    return click.argument("lab_id", metavar="LABORATORIO", shell_complete=_labs)(command)


def json_option(command: Any) -> Any:
    """La opción --json."""
    return click.option("--json", "as_json", is_flag=True, help="Escribe JSON, para programas.")(command)
