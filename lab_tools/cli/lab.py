"""`orquesta lab`: un laboratorio desde la terminal, con la credencial del estudiante y las comprobaciones públicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lab_tools import drivers, labs
from lab_tools.cli import messages, names, spanish
from lab_tools.errors import ClusterError

if TYPE_CHECKING:
    from lab_tools.labs.student import Lab


@click.group("lab", cls=spanish.Group, help="Prepara y comprueba los laboratorios.")
def lab() -> None:
    """El grupo."""


@lab.command("list", help="Los laboratorios que hay.")
@names.json_option
def list_(as_json: bool) -> None:
    """Lista los laboratorios."""
    found = labs.catalogue()
    if as_json:
        messages.say_json([
            {"id": one.id, "slug": one.slug, "title": one.title, "minutes": one.minutes, "points": one.points,
             "drivers": list(one.drivers), "folder": str(one.folder)}
            for one in found
        ])  # fmt: skip
    elif not found:
        messages.progress("No hay ningún laboratorio aquí. Entra en la carpeta del curso y repite.")
    else:
        rows = [(one.slug, one.title, f"{one.minutes} min", messages.number(one.points)) for one in found]
        messages.say_table(("LABORATORIO", "TÍTULO", "TIEMPO", "PUNTOS"), rows)


@lab.command(
    "start",
    short_help="Prepara el laboratorio.",
    help="Prepara el laboratorio; lo que ya hayas hecho no se toca. Si no hay clúster, crea uno.",
)
@names.lab_argument
@names.cluster_option
def start(lab_id: str, cluster: str) -> None:
    """Prepara un laboratorio."""
    found = _open(lab_id, cluster, create=True)
    variant = found.start()
    messages.say(f"Laboratorio {found.definition.slug} preparado en el clúster «{found.cluster.name}».")
    messages.say(f"Trabajas en el namespace «{found.namespace}».")
    for name, value in variant.shown():
        messages.say(f"  {name}: {value}")


@lab.command("check", short_help="Comprueba tu trabajo y explica qué falta.",
             help="Comprueba tu trabajo y explica qué falta. Sale con 1 si algo no está.")  # fmt: skip
@names.lab_argument
@click.option("--task", metavar="EJERCICIO", default=None, shell_complete=names.tasks,
              help="Comprueba solo un ejercicio, por su id o su número. Si no se dice, todos.")  # fmt: skip
@names.cluster_option
@names.json_option
def check(lab_id: str, task: str | None, cluster: str, as_json: bool) -> None:
    """Comprueba un laboratorio."""
    report = _open(lab_id, cluster).check(task)
    messages.say(report.json() if as_json else report.text(colour=messages.in_colour()))
    if not report.complete:
        raise click.exceptions.Exit(1)


@lab.command(
    "hint",
    short_help="Una pista para una comprobación.",
    help="Una pista para una comprobación: la 1 dice dónde mirar; la 3 casi lo cuenta.",
)
@names.lab_argument
@click.argument("check_id", metavar="COMPROBACIÓN")
@click.option("-n", "--number", type=spanish.Integer(1, 3), default=1, show_default=True, metavar="N", help="Cuál.")
@names.cluster_option
def hint(lab_id: str, check_id: str, number: int, cluster: str) -> None:
    """Da una pista."""
    messages.say(repr(_open(lab_id, cluster).hint(check_id, number)))


@lab.command(
    "reset",
    short_help="Vuelve a empezar. No se puede deshacer.",
    help="Vuelve a empezar: borra tu namespace y lo prepara de nuevo. No se puede deshacer.",
)
@names.lab_argument
@names.cluster_option
def reset(lab_id: str, cluster: str) -> None:
    """Reinicia un laboratorio."""
    found = _open(lab_id, cluster)
    found.reset()
    messages.say(f"Laboratorio {found.definition.slug} como al principio, en el clúster «{found.cluster.name}».")


def _open(lab_id: str, cluster: str, *, create: bool = False) -> Lab:
    """El laboratorio en el clúster que se pide o en el que está en uso. Solo `start` crea uno si no hay."""
    if cluster:
        from lab_tools.client import Client

        return labs.open(lab_id, Client(drivers.named().connect(cluster)))
    if not create:
        _expect_cluster(lab_id)
    return labs.open(lab_id)


def _expect_cluster(lab_id: str) -> None:
    """Mirar no crea nada: sin el clúster en uso, se dice cuáles hay."""
    known = [found.name for found in drivers.named().list()]
    if not known:
        raise ClusterError("No hay ningún clúster.", f"Prepáralo todo con: orquesta lab start {lab_id}")
    if (name := drivers.in_use()) not in known:
        raise ClusterError(
            f"El clúster en uso sería «{name}», y no existe.",
            f"Di en cuál trabajas con --cluster ({', '.join(known)}), o prepáralo: orquesta lab start {lab_id}",
        )
