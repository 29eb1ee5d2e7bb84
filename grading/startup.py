"""Arrancar deprisa.

Al importarse, `jsonschema` compila una gramática de direcciones internacionales (1,7 s con dos núcleos) para
un formato, «iri», que ni los cuadernos ni nbgrader usan. Su propio código la da por opcional: si no se puede importar,
sigue sin ella. Aquí se importa así, y después todo queda como estaba.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

OPTIONAL = "rfc3987_syntax"


@contextmanager
def importing() -> Iterator[None]:
    """Importa dentro sin que el recolector recorra, una y otra vez, lo que acaba de nacer y vivirá siempre."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # y quien se bifurque después no copiará esas páginas por mirarlas
        if running:
            gc.enable()


def import_jsonschema() -> None:
    """Importa `jsonschema` sin esa gramática, salvo que alguna de las dos ya lo esté."""
    if "jsonschema" in sys.modules or OPTIONAL in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules[OPTIONAL] = None  # lo que dice la documentación de `import`: así importarla falla
    try:
        importlib.import_module("jsonschema")
    finally:
        del modules[OPTIONAL]
