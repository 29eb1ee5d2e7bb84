"""Texto convertido en diccionarios sencillos, y juicio sobre ellos.

Aquí viven los datos puros de Kubernetes: la tabla de tipos (`kinds`), los esquemas, los valores por
omisión, la validación, los selectores, las cantidades y los parches. Aquí nunca hay reloj, red,
archivos abiertos a escondidas ni azar: a las mismas entradas, las mismas salidas.

Un objeto es un `dict` que solo contiene tipos de JSON. Lo que se guarda se considera congelado; quien
quiera cambiarlo pide antes su copia con `clone`.
"""

from __future__ import annotations

from typing import Any, TypeVar

Object = dict[str, Any]
T = TypeVar("T")


def clone(value: T) -> T:
    """Copia profunda de un valor de JSON: aquí no hay ciclos ni clases, así que basta con recorrerlo."""
    kind = type(value)
    if kind is dict:
        return {key: clone(item) for key, item in value.items()}  # type: ignore[attr-defined, return-value]
    if kind is list:
        return [clone(item) for item in value]  # type: ignore[attr-defined, return-value]
    return value
