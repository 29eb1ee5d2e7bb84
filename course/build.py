"""`python -m course.build [CAPÍTULO …] [--check]`: genera `leccion.ipynb` desde `leccion.md`.

La fuente de un capítulo es MyST con la cabecera de jupytext. El cuaderno se genera sin salidas y sale siempre con los
mismos bytes: el id de cada celda se deduce de su texto. Tres cosas las pone el generador: los enlaces a otros `.md` del
curso, que en el cuaderno llevan a su `.ipynb`; la tinta de los avisos, que se lee en claro y en oscuro; y el pie con el
capítulo anterior, el siguiente y el laboratorio.

Con `--check` no escribe: dice qué cuadernos no son los que saldrían, y termina con código 1 si hay alguno.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jupytext
import yaml

from lab_tools.labs.notebook import Notebook, as_bytes

COURSE = Path(__file__).resolve().parent
SOURCE, TARGET = "leccion.md", "leccion.ipynb"
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# En el tema oscuro de JupyterLab el texto de un aviso apenas contrasta con su fondo, que es claro en los dos temas.
_ALERT = re.compile(r'(<div class="alert alert-\w+")>')
_INK = r'\1 style="color:#1f2933">'
# Un enlace relativo a un .md, con ancla o sin ella.
_LINK = re.compile(r"(\]\((?!https?:)[^)#\s]+)\.md(#[^)\s]*)?\)")


def main(argv: list[str] | None = None) -> int:
    """Devuelve 0 si todo está al día; 1 si `--check` encontró algo que no lo está o se pidió un capítulo que no hay."""
    parser = argparse.ArgumentParser(prog="python -m course.build", description="Genera los cuadernos del curso.")
    parser.add_argument(
        "chapters", nargs="*", metavar="CAPÍTULO", help="por ejemplo, 06-deployments; sin ninguno, todos"
    )
    parser.add_argument("--check", action="store_true", help="no escribe: comprueba que están al día")
    asked = parser.parse_args(argv)
    known = {folder.name: folder for folder in chapters()}
    if missing := [name for name in asked.chapters if name not in known]:
        print(f"No hay ningún capítulo «{missing[0]}». Los que hay: {', '.join(known)}.", file=sys.stderr)
        return 1
    stale = [folder for name, folder in known.items() if name in (asked.chapters or known) and is_stale(folder)]
    for folder in stale:
        if not asked.check:
            (folder / TARGET).write_bytes(generated(folder))
        print(f"{'No está al día' if asked.check else 'Escrito'}: {folder.name}/{TARGET}")
    return 1 if asked.check and stale else 0


def chapters() -> list[Path]:
    """Las carpetas que tienen un capítulo, en su orden."""
    return sorted(source.parent for source in COURSE.glob(f"*/{SOURCE}"))


def is_stale(folder: Path) -> bool:
    """Si el cuaderno de la carpeta falta o no es el que sale de su fuente."""
    target = folder / TARGET
    return not target.is_file() or target.read_bytes() != generated(folder)


def generated(folder: Path) -> bytes:
    """Los bytes del cuaderno de un capítulo."""
    parsed = jupytext.reads((folder / SOURCE).read_text(encoding="utf-8"), fmt="md:myst")
    sources = [(cell["cell_type"], cell["source"], dict(cell["metadata"])) for cell in parsed["cells"]]
    return as_bytes(notebook([*sources, ("markdown", footer(folder.name), {})]))


def notebook(sources: Iterable[tuple[str, str, dict[str, Any]]]) -> Notebook:
    """Un cuaderno (nbformat 4.5) con esas celdas: tipo, texto y metadatos."""
    seen: Counter[str] = Counter()
    cells = []
    for kind, text, metadata in sources:
        source = _ALERT.sub(_INK, _LINK.sub(r"\1.ipynb\2)", text)) if kind == "markdown" else text
        seen[source] += 1
        # Dos celdas iguales son dos celdas: la segunda lleva otro id.
        mark = hashlib.sha256(f"{kind}\n{seen[source]}\n{source}".encode()).hexdigest()[:8]
        cell = {"cell_type": kind, "id": mark, "metadata": metadata, "source": source.splitlines(keepends=True)}
        cells.append(cell | {"execution_count": None, "outputs": []} if kind == "code" else cell)
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def footer(slug: str) -> str:
    """El pie de un capítulo: de dónde se viene, a dónde se va y dónde se practica."""
    book = yaml.safe_load((COURSE / "indice.yaml").read_text(encoding="utf-8"))
    place = next(index for index, one in enumerate(book) if one["carpeta"] == slug)
    lines = []
    if place > 0:
        lines.append(f"**Anterior:** {_chapter(book[place - 1])}")
    if place + 1 < len(book):
        lines.append(f"**Siguiente:** {_chapter(book[place + 1])}")
    lab = COURSE.parent / "labs" / slug / "lab.ipynb"
    if lab.is_file():
        lines.append(f"**Practica:** [laboratorio {slug[:2]}](../../labs/{slug}/lab.ipynb)")
    return "---\n\n" + " · ".join(lines)


def _chapter(entry: dict[str, str]) -> str:
    folder = entry["carpeta"]
    title = f"{int(folder[:2])}. {entry['titulo']}"
    return f"[{title}](../{folder}/{TARGET})" if (COURSE / folder / SOURCE).is_file() else f"{title} (en preparación)"


if __name__ == "__main__":
    sys.exit(main())
