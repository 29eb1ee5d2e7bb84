"""`orquesta class`: una clase entera en un clúster, de la lista a las llaves."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab_tools import drivers
from lab_tools.checks.wording import count
from lab_tools.cli import messages, names, spanish
from lab_tools.drivers.kubeconfig_file import Access
from lab_tools.errors import GradingError, UsageError

if TYPE_CHECKING:
    from grading.classroom.folder import Classroom
    from grading.classroom.roll import Step
    from lab_tools.client import Client

DEFAULT = "clase"


@click.group("class", cls=spanish.Group, help="Da a cada estudiante su sitio en un clúster, y lo recoge.")
def class_() -> None:
    """El grupo."""


folder_option = click.option(
    "--class", "folder", metavar="CARPETA", type=click.Path(path_type=Path), default=Path(DEFAULT),
    show_default=DEFAULT, help="La carpeta de la clase: sus datos y las llaves.",
)  # fmt: skip

_CREATE = """Crea, para cada estudiante de LISTA, un namespace con su cuenta, sus permisos, su cuota y su llave.

LISTA es la misma de «orquesta grade init». Se puede interrumpir y repetir: hace solo lo que falta, y si cambias la
lista o los límites pone al día lo que haga falta. No toca ningún namespace que ya estuviera.
"""


@class_.command("create", short_help="Crea un namespace y una llave por estudiante.", help=_CREATE)
@click.argument("roster", metavar="LISTA", type=click.Path(path_type=Path))
@folder_option
@click.option("--name", default="", metavar="NOMBRE", help="Cómo empiezan los namespaces. Si no se dice, «clase».")
@names.cluster_option
@click.option("--pods", type=spanish.Integer(1, 500), default=None, metavar="N", help="Pods de cada cual.  [40]")
@click.option("--memory", default=None, metavar="M", help="Memoria que puede pedir cada cual.  [8Gi]")
@click.option("--storage", default=None, metavar="M", help="Disco que puede pedir cada cual.  [20Gi]")
@click.option("--cpu", type=spanish.Integer(0, 1000), default=None, metavar="N",
              help="CPU que puede pedir cada cual; 0, sin tope.  [0]")  # fmt: skip
@click.option("--network", type=click.Choice(("closed", "open")), default=None,
              help="«closed»: nadie llega a lo de otro.  [closed]")  # fmt: skip
@click.option("--days", type=spanish.Integer(1, 366), default=None, metavar="N", help="Lo que duran las llaves.  [120]")
@click.option("--server", default=None, metavar="URL",
              help="Por dónde entrarán los estudiantes, si no es por donde entras tú.")  # fmt: skip
def create(roster: Path, folder: Path, name: str, cluster: str, **asked: int | str | None) -> None:
    """Crea la clase."""
    from grading import roster as lists
    from grading.classroom import roll

    classroom = _planned(folder, name, cluster, tuple(one.id for one in lists.read(roster)), asked)
    client = _client(classroom)
    classroom.save()
    door = _door(classroom)
    failed = _told(roll.create(classroom, client, door), len(classroom.students))
    messages.say(f"Las llaves están en «{folder / 'kubeconfigs'}»: da a cada cual la suya, y a nadie más.")
    if not classroom.server and any(f"//{host}" in door.server for host in ("127.0.0.1", "localhost")):
        messages.say(f"Llevan a {door.server}, que solo existe en esta máquina: si trabajan en otra, usa --server.")
    messages.say(f"Con la suya: orquesta cluster attach {classroom.name} --kubeconfig LLAVE")
    if failed:
        raise click.exceptions.Exit(1)


@class_.command("status", help="Cómo está cada estudiante: su laboratorio, sus Pods y su llave.")
@folder_option
@names.json_option
def status(folder: Path, as_json: bool) -> None:
    """Cuenta cómo está la clase. Sale con 1 si a alguien le falta algo."""
    from grading.classroom import folder as folders
    from grading.classroom import roll

    classroom = folders.load(folder)
    found = roll.status(classroom, _client(classroom))
    if as_json:
        messages.say_json([dataclasses.asdict(one) for one in found])
    else:
        rows = [(one.student, one.namespace, "sí" if one.whole else "no", one.lab or "-", f"{one.ready}/{one.pods}",
                 time.strftime("%Y-%m-%d", time.gmtime(one.expires)) if one.expires else "-")
                for one in found]  # fmt: skip
        messages.say_table(("ESTUDIANTE", "NAMESPACE", "ENTERO", "LABORATORIO", "PODS", "LLAVE HASTA"), rows)
    if not all(one.whole and one.expires for one in found):
        messages.progress("A alguien le falta algo: repite «orquesta class create LISTA».")
        raise click.exceptions.Exit(1)


@class_.command("reset", short_help="Vacía el namespace de quien se nombre.",
                help="Vacía el namespace de quien se nombre. Lo que puso la clase se queda, y su llave sigue valiendo. "
                     "No se puede deshacer.")  # fmt: skip
@click.argument("students", metavar="[ESTUDIANTE]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Toda la clase.")
@folder_option
def reset(students: tuple[str, ...], every: bool, folder: Path) -> None:
    """Vacía namespaces."""
    from grading.classroom import folder as folders
    from grading.classroom import roll

    classroom = folders.load(folder)
    if bool(students) == every:
        raise UsageError("No sé a quién vaciar.", "Nombra a quien sea, o di --all.")
    unknown = [student for student in students if student not in classroom.students]
    if unknown:
        raise GradingError(f"«{unknown[0]}» no está en la clase «{classroom.name}».", "Mírala: orquesta class status")
    chosen = classroom.students if every else students
    if _told(roll.reset(classroom, _client(classroom), chosen), len(chosen)):
        raise click.exceptions.Exit(1)


@class_.command("delete", short_help="Borra los namespaces de la clase.",
                help="Borra los namespaces que creó la clase, con todo lo que hay dentro, y sus llaves. "
                     "Pregunta antes.")  # fmt: skip
@folder_option
@click.option("--yes", is_flag=True, help="No pregunta.")
def delete(folder: Path, yes: bool) -> None:
    """Borra la clase."""
    from grading.classroom import folder as folders
    from grading.classroom import roll

    classroom = folders.load(folder)
    total = len(classroom.students)
    asked = f"Se borrará el trabajo de {count(total, 'estudiante', 'estudiantes')} en «{classroom.cluster}». ¿Sigo?"
    if not yes and not (sys.stdin.isatty() and click.confirm(asked, err=True)):
        raise UsageError("No se ha borrado nada.", "Para no preguntar, añade --yes.")
    if _told(roll.delete(classroom, _client(classroom)), total):
        raise click.exceptions.Exit(1)


_HUB = """Escribe lo que hace falta para dar a la clase un JupyterHub en un clúster de verdad.

Los valores del chart «Zero to JupyterHub», los manifiestos que van antes y el Dockerfile de la imagen del curso.
"""


@class_.command("hub", short_help="Escribe los archivos de un JupyterHub para la clase.", help=_HUB)
@click.argument("roster", metavar="LISTA", type=click.Path(path_type=Path))
@click.option(
    "--image", required=True, metavar="IMAGEN", help="La del curso, como la verá el clúster: registro/orquesta:1."
)
@click.option("--host", required=True, metavar="NOMBRE", help="El nombre por el que se entra: hub.escuela.example.")
@click.option("--teacher", "teachers", multiple=True, required=True, metavar="ID", help="Quien enseña; se repite.")
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path("hub"), show_default="hub",
              metavar="CARPETA", help="Dónde.")  # fmt: skip
def hub(roster: Path, image: str, host: str, teachers: tuple[str, ...], folder: Path) -> None:
    """Escribe los archivos del Hub."""
    from grading import roster as lists
    from grading.classroom import hub as room

    if ":" not in image.rpartition("/")[2]:
        raise UsageError(
            f"«{image}» no dice su versión.", "Escríbela, para que mañana sea la misma: registro/orquesta:1."
        )
    for path in room.write(folder, [one.id for one in lists.read(roster)], teachers, image, host):
        messages.say(f"Escrito: {path}")
    messages.say(f"Después: kubectl apply -f {folder / room.MANIFESTS}")
    messages.say(f"helm upgrade --install hub jupyterhub --repo {room.REPOSITORY} --version {room.CHART} "
                 f"--namespace {room.NAMESPACE} --values {folder / room.VALUES}")  # fmt: skip


def _planned(folder: Path, name: str, cluster: str, students: tuple[str, ...],
             asked: dict[str, int | str | None]) -> Classroom:  # fmt: skip
    """La clase que se pide: la de la carpeta, si ya la hay, con lo que se diga ahora."""
    from grading.classroom import folder as folders
    from lab_tools.drivers.base import check_name

    if folders.exists(folder):
        before = folders.load(folder)
        if name not in ("", before.name) or cluster not in ("", before.cluster):
            raise UsageError(
                f"En «{folder}» ya está la clase «{before.name}», en el clúster «{before.cluster}».",
                "Para otra clase, di otra carpeta con --class.",
            )
    else:
        before = folders.Classroom(folder, check_name(name or DEFAULT), drivers.in_use(cluster))
    said = {key: value for key, value in asked.items() if value is not None}
    terms: dict[str, Any] = {key: said[key] for key in ("pods", "memory", "storage", "cpu") if key in said}
    if "network" in said:
        terms["closed"] = said["network"] == "closed"
    rest: dict[str, Any] = {key: said[key] for key in ("days", "server") if key in said}
    changed = dataclasses.replace(before.terms, **terms)
    return dataclasses.replace(before, students=students, terms=changed, **rest)


def _client(classroom: Classroom) -> Client:
    from lab_tools.client import Client
    from lab_tools.drivers.base import confined

    connection = drivers.named().connect(classroom.cluster)
    if place := confined(connection):
        raise GradingError(
            f"En «{classroom.cluster}» solo mandas en el namespace «{place}».",
            "Para llevar una clase hace falta poder crear namespaces: pídelo a quien lleva el clúster.",
        )
    return Client(connection)


def _door(classroom: Classroom) -> Access:
    """Por dónde entrarán: el servidor y su autoridad. Lanza ClusterError."""
    from lab_tools.drivers import kubeconfig_text
    from lab_tools.drivers.kubeconfig import credentials

    config = kubeconfig_text.parse(drivers.named().kubeconfig(classroom.cluster))
    cluster = config["clusters"][0]["cluster"]
    return Access(classroom.name, classroom.server or str(cluster["server"]), credentials.authority(cluster))


def _told(steps: Iterable[Step], total: int) -> int:
    """Cuenta cada paso según llega; devuelve cuántos no se pudieron dar. En una terminal, una sola línea que avanza."""
    live, failed, number = sys.stderr.isatty(), 0, 0
    counts: dict[str, int] = {}
    for number, step in enumerate(steps, 1):
        counts[step.what] = counts.get(step.what, 0) + 1
        if live:
            sys.stderr.write(f"\r\x1b[K{number} de {total} · {step.student}")
            sys.stderr.flush()
        if step.reason:
            failed += 1
            messages.progress(("\r\x1b[K" if live else "") + f"{step.student}: {step.what}. {step.reason}")
        elif not live and number % 50 == 0:
            messages.progress(f"{number} de {total}")
    if live:
        sys.stderr.write("\r\x1b[K")
    told = [count(number, what, _MANY[what]) for what, number in counts.items()]
    messages.say(", ".join(told) or "No había nada que hacer.")
    return failed


_MANY = {"creado": "creados", "ya estaba": "ya estaban", "no se pudo": "no se pudieron", "vaciado": "vaciados",
         "borrado": "borrados"}  # fmt: skip
