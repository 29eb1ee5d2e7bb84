"""`python -m lab_tools.labs.build [LABORATORIO … | --all] [--check]`: genera `lab.md` y `lab.ipynb` desde `lab.yaml`.

Con `--check` no escribe: dice qué archivos no son los que saldrían, y termina con código 1 si hay alguno.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from lab_tools.errors import OrquestaError
from lab_tools.labs import definition, shelf
from lab_tools.labs.notebook import Notebook, as_bytes, notebook

USAGE = """Uso: python -m lab_tools.labs.build [LABORATORIO … | --all] [--check]

Genera lab.md y lab.ipynb de cada laboratorio a partir de su lab.yaml.

  LABORATORIO   por ejemplo, 06-deployments
  --all         todos los que hay
  --check       no escribe: comprueba que están al día
  -h, --help    muestra esta ayuda"""


def main(argv: list[str] | None = None) -> int:
    """Devuelve 0 si todo está al día, 1 si `--check` encontró diferencias o hubo un error, 2 si se pide mal."""
    words = sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(words):
        print(USAGE)
        return 0
    unknown = [word for word in words if word.startswith("-") and word not in ("--all", "--check")]
    names = [word for word in words if not word.startswith("-")]
    if unknown or not (names or "--all" in words):
        problem = f"No existe la opción «{unknown[0]}»." if unknown else "Di qué laboratorio, o --all."
        print(f"{USAGE}\n\nError: {problem}", file=sys.stderr)
        return 2
    try:
        found = (
            [info.folder for info in shelf.catalogue()] if "--all" in words else [shelf.folder(lab) for lab in names]
        )
        stale = [path for folder in found for path in build(folder, write="--check" not in words)]
    except OrquestaError as error:
        print(error, file=sys.stderr)
        return 1
    for path in stale:
        print(f"{'No está al día' if '--check' in words else 'Escrito'}: {path.parent.name}/{path.name}")
    return 1 if "--check" in words and stale else 0


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
