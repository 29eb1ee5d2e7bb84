"""`orquesta site`: el libro como páginas. Las escribe `course/site`, que viene en el repositorio, no en el paquete."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import click

from lab_tools import process
from lab_tools.cli import messages, spanish
from lab_tools.errors import OrquestaError

_BUILDER = Path("course") / "site" / "__main__.py"
_PATIENCE = 3600.0  # segundos: ejecutar todos los capítulos, en una máquina lenta

_out = click.option(
    "--out", type=click.Path(path_type=Path), metavar="CARPETA", help="Dónde están, o irán, las páginas: build/sitio."
)


@click.group("site", cls=spanish.Group, help="Convierte el libro en páginas, y las enseña.")
def site() -> None:
    """El grupo."""


@site.command("build", help="Ejecuta los capítulos y escribe las páginas; sin CAPÍTULO, todos.")
@click.argument("chapters", nargs=-1, metavar="[CAPÍTULO]...")
@_out
@click.option("--pdf", is_flag=True, help="También el libro entero en un PDF (con Chromium).")
def build(chapters: Sequence[str], out: Path | None, pdf: bool) -> None:
    """Escribe las páginas."""
    root = _root()
    if find_spec("sphinx") is None:
        raise OrquestaError("Falta Sphinx, que compone las páginas.", 'Instálalo con: pip install -e ".[site]"')
    where = ["--out", str(out.resolve())] if out else []
    command = [sys.executable, "-m", "course.site", *chapters, *where, *(["--pdf"] if pdf else [])]
    done = process.follow(command, messages.progress, cwd=root, timeout=_PATIENCE)
    if not done.ok:
        raise OrquestaError("Las páginas no se han escrito.", "El motivo está en las líneas de arriba.")


@site.command("serve", help="Enseña las páginas en esta máquina, hasta Ctrl-C.")
@_out
@click.option(
    "--port", type=spanish.Integer(0, 65535), metavar="P", default=8000, show_default=True,
    help="En qué puerto de esta máquina; con 0, uno libre.",
)  # fmt: skip
def serve(out: Path | None, port: int) -> None:
    """Sirve las páginas."""
    pages = (out or _root() / "build" / "sitio") / "html"
    if not (pages / "index.html").is_file():
        raise OrquestaError(f"No hay páginas en {pages}.", "Escríbelas con: orquesta site build")
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Quiet, directory=str(pages)))
    except OSError as error:
        raise OrquestaError(f"El puerto {port} no está libre.", "Elige otro con --port, o --port 0.") from error
    with server, contextlib.suppress(KeyboardInterrupt):
        messages.say(f"El libro está en http://127.0.0.1:{server.server_port}/ (Ctrl-C para terminar).")
        sys.stdout.flush()
        server.serve_forever()


class _Quiet(SimpleHTTPRequestHandler):
    """Sirve archivos sin contar cada petición."""

    def log_message(self, format: str, *args: object) -> None:
        """Nada: quien lee no necesita la lista."""


def _root() -> Path:
    """La copia del repositorio desde la que se trabaja, o de la que vino este paquete. OrquestaError si no la hay."""
    here = Path.cwd()
    for place in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (place / _BUILDER).is_file():
            return place
    raise OrquestaError("Aquí no está el libro.", "Ve a una copia del repositorio de Orquesta y repítelo.")
