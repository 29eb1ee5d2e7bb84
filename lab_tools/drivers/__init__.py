"""Dónde vive un clúster y cómo se llega a él.

Un *driver* sabe crear, listar, parar y borrar clústeres de una clase, y conectar con ellos; lo que no sabe
hacer lo dice en español. Hoy hay uno, `embedded`, con dos maneras: en el propio proceso (calificar, probar)
y servido por un proceso de fondo que sobrevive a la terminal. Aquí también vive el kubeconfig de la persona,
que se toca con cuidado: lo que no es nuestro se queda como estaba.

Aquí nunca se decide qué hay dentro de un clúster: eso es de `embedded`.
"""

from __future__ import annotations

from lab_tools.drivers.base import Driver
from lab_tools.errors import UsageError

NAMES = ("auto", "embedded")


def named(name: str = "auto") -> Driver:
    """El driver que se pide. «auto» es el embebido, que funciona en cualquier máquina. Lanza UsageError."""
    if name in NAMES:
        from lab_tools.drivers.embedded import EmbeddedDriver

        return EmbeddedDriver()
    raise UsageError(f"No conozco el driver «{name}».", f"Elige uno de estos: {', '.join(NAMES)}.")
