"""Orquesta: un curso de orquestación de contenedores con un clúster que arranca en cualquier sitio.

La cara del paquete: los pocos nombres que usa un cuaderno, y nada más. Se cargan al pedirlos, porque importar
`lab_tools` está en el camino de la orden, del servidor y de la corrección, y ahí cada centésima se nota.
Lo demás se pide por su cuarto: `lab_tools.checks`, `lab_tools.drivers`, `lab_tools.labs`…
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab_tools.client import Client
    from lab_tools.labs.lesson import Lesson
    from lab_tools.labs.student import Lab
    from lab_tools.labs.where import Cluster

__all__ = ["Client", "Cluster", "Lab", "Lesson"]

_PLACES = {
    "Client": "lab_tools.client",
    "Cluster": "lab_tools.labs.where",
    "Lab": "lab_tools.labs.student",
    "Lesson": "lab_tools.labs.lesson",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return __all__
