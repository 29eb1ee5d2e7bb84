"""`python -m course.site [CAPÍTULO …] [--out CARPETA] [--pdf] [--jobs N]`: ejecuta los capítulos y escribe páginas."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from course.site import book, printed
from lab_tools.errors import OrquestaError

ROOT = Path(__file__).resolve().parents[2]


def main(argv: list[str] | None = None) -> int:
    """Devuelve 0 si las páginas están escritas; 1 si un capítulo falla o una página sale con avisos."""
    parser = argparse.ArgumentParser(prog="python -m course.site", description="Escribe el libro como páginas.")
    parser.add_argument(
        "chapters", nargs="*", metavar="CAPÍTULO", help="por ejemplo, 06-deployments; sin ninguno, todos"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "sitio", metavar="CARPETA")
    parser.add_argument("--pdf", action="store_true", help="escribe también el libro entero en un PDF")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="capítulos a la vez")
    asked = parser.parse_args(argv)
    try:
        place = book.build(asked.out.resolve(), max(1, asked.jobs), asked.chapters, paper=asked.pdf)
        if asked.pdf:
            printed.write(place)
    except OrquestaError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(f"El libro está en {place.pages / 'index.html'}: ábrelo con tu navegador.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
