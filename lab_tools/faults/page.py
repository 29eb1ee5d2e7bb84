"""La página `docs/averias.md`, hecha del catálogo: lo que dice es lo que hay."""

from lab_tools.faults.catalogue import reasons, table

_HEAD = """# Averías

Lo que se puede romper a propósito, y en qué clústeres. Se provocan con `orquesta fault inject AVERÍA opción=valor…`, o
desde un cuaderno con `faults.inject(client, {"kind": "AVERÍA", …})`. Las que siguen en vigor se ven con `orquesta fault
list` y se reparan con `orquesta fault heal`; las demás se arreglan como se arreglarían de verdad: ese es el ejercicio.

Esta página se escribe con `python -m lab_tools.faults > docs/averias.md`.

"""
_REASONS = """
Los clústeres de kind tienen sus nodos en contenedores de esta máquina: las averías de nodo las hace el motor de Docker,
y lo que está en vigor se mira siempre en ellos.

## Por qué no en todos

"""


def page() -> str:
    """El texto de la página."""
    return _HEAD + table() + _REASONS + reasons()
