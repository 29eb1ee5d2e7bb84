"""`orquesta lab`: un laboratorio desde la terminal, con la credencial del estudiante y las comprobaciones públicas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab_tools import labs
from lab_tools.cli import calling, messages, names, opening, spanish
from lab_tools.errors import UsageError

if TYPE_CHECKING:
    from lab_tools.checks.report import Report
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
    found = opening.open_lab(lab_id, cluster, create=True)
    variant = found.start()
    messages.say(f"Laboratorio {found.definition.slug} preparado en el clúster «{found.cluster.name}».")
    messages.say(f"Trabajas en el namespace «{found.namespace}».")
    for name, value in variant.shown():
        messages.say(f"  {name}: {value}")
    _guide(found)


def _guide(found: Lab) -> None:
    """Por dónde seguir quien está en una terminal: qué se pide, cómo se contesta y cómo se comprueba."""
    from lab_tools.labs.variant import FILE

    slug = found.definition.slug
    # El cuaderno que da una clase está junto al encargo de cada cual, y sus nombres son los suyos.
    mine = Path.cwd() if (Path.cwd() / FILE).is_file() else found.definition.folder
    if (mine / "lab.ipynb").exists():
        messages.say(f"Qué hay que hacer: {mine / 'lab.ipynb'}")
    messages.say(f"Lo que pida con lab.report(clave=…) se anota con: orquesta lab report {slug} clave=…")
    tasks, checks = found.definition.tasks, found.definition.checks
    asked = " ".join([task.text for task in tasks] + [hint for check in checks for hint in check.hints])
    if any(order in asked for order in ("lab.request(", "lab.load(", "lab.during(")):
        messages.say(f"Y a la tienda se llama con: orquesta lab request {slug} URL, u orquesta lab load {slug} URL")
    messages.say(f"Comprueba lo que lleves con: orquesta lab check {slug}")


@lab.command("check", short_help="Comprueba tu trabajo y explica qué falta.",
             help="Comprueba tu trabajo y explica qué falta. Sale con 1 si algo no está.")  # fmt: skip
@names.lab_argument
@click.option("--task", metavar="EJERCICIO", default=None, shell_complete=names.tasks,
              help="Comprueba solo un ejercicio, por su id o su número. Si no se dice, todos.")  # fmt: skip
@click.option("--watch", is_flag=True, help="Se queda mirando y lo cuenta otra vez cuando cambia. Se sale con Ctrl-C.")
@names.cluster_option
@names.json_option
def check(lab_id: str, task: str | None, watch: bool, cluster: str, as_json: bool) -> None:
    """Comprueba un laboratorio."""
    found = opening.open_lab(lab_id, cluster)
    if watch:
        from lab_tools.cli.watching import watch as keep_watching

        keep_watching(found, lambda: found.check(task), lambda report: _show(report, as_json, again=True))
        return
    report = found.check(task)
    _show(report, as_json)
    if not report.complete:
        raise click.exceptions.Exit(1)


def _show(report: Report, as_json: bool, again: bool = False) -> None:
    """El informe. Mirando sin parar, una terminal se limpia antes y un programa lee un JSON por línea."""
    if as_json:
        messages.say(json.dumps(report.as_json(), ensure_ascii=False) if again else report.json())
        return
    if again and messages.in_colour():
        click.clear()
    messages.say(report.text(colour=messages.in_colour(), width=messages.width()))


@lab.command(
    "report",
    short_help="Anota una respuesta en tu informe.",
    help="Anota respuestas en tu informe, que es el ConfigMap «informe», y lo enseña entero. Es lo que en un cuaderno "
    "hace lab.report(clave=valor).",
)
@names.lab_argument
@click.argument("answers", metavar="CLAVE=VALOR...", nargs=-1, required=True)
@names.cluster_option
def report(lab_id: str, answers: tuple[str, ...], cluster: str) -> None:
    """Anota en el informe."""
    given = dict(_answer(text) for text in answers)
    for key, value in sorted(opening.open_lab(lab_id, cluster).report(**given).items()):
        messages.say(f"{key}: {value}")


def _answer(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise UsageError(f"No sé qué respuesta es «{text}».", "Di su nombre y su valor: causa=memoria.")
    return key, value


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
    messages.say(repr(opening.open_lab(lab_id, cluster).hint(check_id, number)))


@lab.command(
    "reset",
    short_help="Vuelve a empezar. No se puede deshacer.",
    help="Vuelve a empezar: borra tu namespace y lo prepara de nuevo. No se puede deshacer.",
)
@names.lab_argument
@names.cluster_option
def reset(lab_id: str, cluster: str) -> None:
    """Reinicia un laboratorio."""
    found = opening.open_lab(lab_id, cluster)
    found.reset()
    if found.left:
        messages.say(f"Queda lo que no se creó desde Orquesta: {', '.join(found.left)}. Bórralo tú si es tuyo.")
    messages.say(f"Laboratorio {found.definition.slug} como al principio, en el clúster «{found.cluster.name}».")


@lab.command(
    "audit",
    short_help="Pone a prueba las comprobaciones de un laboratorio.",
    help="Pone a prueba las comprobaciones: intacto vale 0, las soluciones todo, cada error típico su nota, y los "
    "mutantes de la solución pierden puntos solo donde el enunciado lo pide. Sale con 1 si algo no cuadra.",
)
@click.argument("lab_id", metavar="[LABORATORIO]", default="", shell_complete=names.labs)
@click.option("--all", "every", is_flag=True, help="Todos los laboratorios que hay.")
@click.option("--jobs", type=spanish.Integer(1, 64), default=2, show_default=True, metavar="N",
              help="Cuántos procesos a la vez.")  # fmt: skip
@click.option("--verbose", is_flag=True, help="Cuenta cada caso, también los que salieron bien.")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), metavar="ARCHIVO",
              help="La guarda además en JSON, para el sitio o para otro programa.")  # fmt: skip
@names.json_option
def audit(lab_id: str, every: bool, jobs: int, verbose: bool, save: Path | None, as_json: bool) -> None:
    """Audita un laboratorio, o todos."""
    from lab_tools.cli import auditing
    from lab_tools.labs import shelf

    if bool(lab_id) == every:
        raise UsageError("No sé qué auditar.", "Di un laboratorio (orquesta lab audit 06-deployments) o --all.")
    folders = [info.folder for info in labs.catalogue()] if every else [shelf.folder(lab_id)]
    if not auditing.run(folders, jobs, as_json, verbose, save):
        raise click.exceptions.Exit(1)


@lab.command(
    "submit",
    short_help="Guarda lo que has hecho, para entregarlo.",
    help="Guarda en «registro.json», junto a tu cuaderno, lo que has hecho en el clúster. Entrega los dos archivos.",
)
@names.lab_argument
@names.cluster_option
@click.option("--to", "folder", metavar="CARPETA", type=click.Path(path_type=Path), default=Path(),
              show_default="esta carpeta", help="Dónde está el cuaderno.")  # fmt: skip
def submit(lab_id: str, cluster: str, folder: Path) -> None:
    """Guarda el registro de un laboratorio."""
    path = opening.open_lab(lab_id, cluster).submit(folder)
    messages.say(f"Guardado «{path}». Entrégalo junto a tu cuaderno, tal como está.")


lab.add_command(calling.request)
lab.add_command(calling.load)
