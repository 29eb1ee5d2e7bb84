"""Mide lo que el proyecto promete y lo imprime en tablas: `python -m bench [NOMBRE ...]`.

Cada módulo `bench_*.py` de esta carpeta ofrece `measure() -> list[Figure]`. Una cifra lleva la otra parte al
lado cuando la hay; en máquinas ruidosas se comparan cocientes medidos en la misma pasada.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

from bench.figure import Figure, show


def main(names: list[str]) -> int:
    """Mide todos los módulos (o los nombrados) y devuelve 0 si cada cifra cumple su promesa."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    chosen = [module for module in modules if not names or module.removeprefix("bench_") in names]
    if not chosen:
        options = ", ".join(module.removeprefix("bench_") for module in modules)
        print(f"No hay nada que medir con «{' '.join(names)}». Prueba con: {options}", file=sys.stderr)
        return 1
    figures: list[Figure] = []
    for name in chosen:
        started = time.perf_counter()
        print(f"» {name.removeprefix('bench_')}…", flush=True)
        found = importlib.import_module(f"bench.{name}").measure()
        print(show(found))
        print(f"  ({time.perf_counter() - started:.1f} s)\n", flush=True)
        figures += found
    late = [figure.name for figure in figures if not figure.kept]
    print(f"{len(figures) - len(late)} de {len(figures)} cifras dentro de lo prometido.")
    for name in late:
        print(f"  fuera: {name}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
