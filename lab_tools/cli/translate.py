"""`orquesta translate`: una aplicación de Kubernetes, dicha para otro orquestador."""

from __future__ import annotations

from pathlib import Path

import click

from lab_tools import files
from lab_tools.cli import messages, names, spanish
from lab_tools.errors import UsageError
from lab_tools.translate import TARGETS, Translation
from lab_tools.translate import translate as room

_HELP = """Traduce un manifiesto de Kubernetes a otro orquestador, y dice lo que se pierde.

Escribe el resultado por la salida y lo perdido, aparte, por la de errores. Con --deploy, además lo entrega: «swarm», al
motor de esta máquina; los demás, a la dirección de --endpoint.
"""


@click.command("translate", cls=spanish.Command, help=_HELP)
@click.argument("file", metavar="ARCHIVO")
@click.option("--to", "target", type=click.Choice(TARGETS), required=True, metavar="DESTINO",
              help="Adónde: «swarm», «nomad», «marathon» o «ecs».")  # fmt: skip
@click.option("--name", default="tienda", show_default=True, metavar="NOMBRE", help="Cómo se llama la aplicación allí.")
@click.option("--output", default="", metavar="ARCHIVO", help="Lo guarda aquí, con los archivos que nombre al lado.")
@click.option("--deploy", is_flag=True, help="Además, lo despliega.")
@click.option("--endpoint", default="", metavar="URL", help="Dirección de quien lo va a ejecutar.")
@names.json_option
def translate(file: str, target: str, name: str, output: str, deploy: bool, endpoint: str, as_json: bool) -> None:
    """Traduce un manifiesto."""
    from lab_tools.objects import manifest

    path = Path(file).expanduser()
    if not path.exists():
        raise UsageError(f"No existe «{path}».", "Di un archivo, o una carpeta, con manifiestos de Kubernetes.")
    found = room(manifest.load(path), target, name)
    if output:
        _save(found, Path(output).expanduser())
    if as_json:
        messages.say_json({"document": found.document, "files": dict(found.files), "lost": list(found.lost)})
    elif not output:
        click.echo(found.text, nl=False)
    if not as_json:
        _tell(found, output)
    if deploy:
        for line in _deploy(found, endpoint, output):
            messages.progress(f"Puesto: {line}.")


def _save(found: Translation, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(found.text, encoding="utf-8")
        for name, text in found.files.items():
            (target.parent / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise files.explain(error, target) from error


def _tell(found: Translation, output: str) -> None:
    if found.lost:
        messages.progress("Lo que se pierde en la traducción:")
        for line in found.lost:
            messages.progress(f"- {line}")
    else:
        messages.progress("No se pierde nada en la traducción.")
    if found.files and not output:
        messages.progress(f"Nombra archivos que no están: guárdalo con --output ({', '.join(found.files)}).")


def _deploy(found: Translation, endpoint: str, output: str) -> list[str]:
    if found.target != "swarm":
        from lab_tools.translate.send import send

        return send(found.target, found.document, endpoint)
    if endpoint:
        raise UsageError("A Swarm se despliega en el motor, sin dirección.", "Elige el motor con DOCKER_HOST.")
    if found.files and not output:
        raise UsageError("El Compose nombra archivos que no están guardados.", "Añade --output compose.yaml.")
    from lab_tools import engine
    from lab_tools.swarm import compose, stack

    read = compose.parse(found.text, folder=Path(output).expanduser().parent if output else Path())
    with engine.open_() as client:
        return [f"servicio {one}" for one in stack.deploy(client, found.name, read, messages.progress)]
