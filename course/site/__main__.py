"""`python -m course.site [CAPÍTULO …] [--out CARPETA] [--pdf] [--links] [--audit ARCHIVO] [--jobs N]`.

Ejecuta los capítulos y escribe las páginas del libro.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from course.site import book, printed
from lab_tools.errors import LabError, OrquestaError

ROOT = Path(__file__).resolve().parents[2]


def main(argv: list[str] | None = None) -> int:
    """Devuelve 0 si las páginas están escritas; 1 si un capítulo falla o una página sale con avisos."""
    parser = argparse.ArgumentParser(prog="python -m course.site", description="Escribe el libro como páginas.")
    parser.add_argument(
        "chapters", nargs="*", metavar="CAPÍTULO", help="por ejemplo, 06-deployments; sin ninguno, todos"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "sitio", metavar="CARPETA")
    parser.add_argument("--pdf", action="store_true", help="escribe también el libro entero en un PDF")
    parser.add_argument("--links", action="store_true", help="pide también cada enlace de fuera (con red)")
    parser.add_argument(
        "--audit", type=Path, metavar="ARCHIVO", help="añade la tabla de «orquesta lab audit --all --save ARCHIVO»"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="capítulos a la vez")
    asked = parser.parse_args(argv)
    try:
        audits = _audits(asked.audit)
        place = book.build(asked.out.resolve(), max(1, asked.jobs), asked.chapters, asked.pdf, audits)
        if asked.links:
            book.check_links(place)
        if asked.pdf:
            printed.write(place)
    except OrquestaError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(f"El libro está en {place.pages / 'index.html'}: ábrelo con tu navegador.")
    return 0


def _audits(path: Path | None) -> dict[str, Any]:
    """Las auditorías de ese archivo, por la carpeta de su laboratorio."""
    if path is None:
        return {}
    try:
        return {one["lab"]: one for one in json.loads(path.read_text(encoding="utf-8"))}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise LabError(f"No entiendo la auditoría de {path}: {error}.", "Escríbela con: make audit") from error


if __name__ == "__main__":
    sys.exit(main())
