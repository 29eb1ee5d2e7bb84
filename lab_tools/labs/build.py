"""`python -m lab_tools.labs.build [LABORATORIO … | --all] [--check]`: genera `lab.md` y `lab.ipynb` desde `lab.yaml`.

Con `--check` no escribe: dice qué archivos no son los que saldrían, y termina con código 1 si hay alguno.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from lab_tools.errors import OrquestaError
from lab_tools.labs import definition, shelf
from lab_tools.labs.notebook import Notebook, as_bytes, notebook


def main(argv: list[str] | None = None) -> int:
    """Devuelve 0 si todo está al día, 1 si `--check` encontró diferencias o hubo un error."""
    parser = argparse.ArgumentParser(prog="python -m lab_tools.labs.build", description="Genera los cuadernos.")
    parser.add_argument("labs", nargs="*", metavar="LABORATORIO", help="por ejemplo, 06-deployments")
    parser.add_argument("--all", action="store_true", help="todos los que hay")
    parser.add_argument("--check", action="store_true", help="no escribe: comprueba que están al día")
    asked = parser.parse_args(argv)
    if not asked.labs and not asked.all:
        parser.error("di qué laboratorio, o --all")
    try:
        folders = (
            [info.folder for info in shelf.catalogue()] if asked.all else [shelf.folder(lab) for lab in asked.labs]
        )
        stale = [path for folder in folders for path in build(folder, write=not asked.check)]
    except OrquestaError as error:
        print(error, file=sys.stderr)
        return 1
    for path in stale:
        print(f"{'No está al día' if asked.check else 'Escrito'}: {path.parent.name}/{path.name}")
    return 1 if asked.check and stale else 0


def build(folder: Path, write: bool = True) -> list[Path]:
    """Los archivos generados que no estaban al día; con `write`, ya lo están."""
    stale = []
    for name, content in generated(folder).items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            stale.append(path)
            if write:
                path.write_bytes(content)
    return stale


def generated(folder: Path) -> dict[str, bytes]:
    """Los dos archivos de un laboratorio, por su nombre, con la variante pública."""
    book = notebook(definition.load(folder))
    return {"lab.ipynb": as_bytes(book), "lab.md": as_myst(book)}


def as_myst(book: Notebook) -> bytes:
    """El cuaderno en MyST, con la cabecera que escribe jupytext: se lee y se revisa como texto."""
    import jupytext
    import nbformat

    text = as_bytes(book | {"metadata": {"kernelspec": book["metadata"]["kernelspec"]}}).decode()
    node = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    written = str(jupytext.writes(node, fmt="md:myst"))
    # La versión de jupytext cambiaría el archivo en cada actualización, y al leerlo no hace falta.
    return re.sub(r"^ +jupytext_version: .*\n", "", written, count=1, flags=re.MULTILINE).encode()


if __name__ == "__main__":
    sys.exit(main())
