"""Dónde vive un clúster y cómo se llega a él.

Un *driver* sabe crear, listar, parar y borrar clústeres de una clase, y conectar con ellos; lo que no sabe
hacer lo dice en español. Hoy hay uno, `embedded`, con dos maneras: en el propio proceso (calificar, probar)
y servido por un proceso de fondo que sobrevive a la terminal. Aquí también vive el kubeconfig de la persona,
que se toca con cuidado: lo que no es nuestro se queda como estaba.

Aquí nunca se decide qué hay dentro de un clúster: eso es de `embedded`.
"""

from __future__ import annotations

import os

from lab_tools.drivers.base import DEFAULT_NAME, LESSON, Driver, context_name
from lab_tools.errors import ClusterError, UsageError

NAMES = ("auto", "embedded")
ENVIRONMENT = "ORQUESTA_CLUSTER"


def named(name: str = "auto") -> Driver:
    """El driver que se pide. «auto» es el embebido, que funciona en cualquier máquina. Lanza UsageError."""
    if name in NAMES:
        from lab_tools.drivers.embedded import EmbeddedDriver

        return EmbeddedDriver()
    raise UsageError(f"No conozco el driver «{name}».", f"Elige uno de estos: {', '.join(NAMES)}.")


def in_use(asked: str = "") -> str:
    """El clúster del que se habla: el que se nombra, el de ORQUESTA_CLUSTER, el del contexto actual o «curso».

    Es la única regla, para la orden y para los cuadernos. Dice un nombre; que ese clúster exista es otra pregunta.
    """
    chosen = asked or os.environ.get(ENVIRONMENT, "")
    if chosen:
        return chosen
    from lab_tools.drivers import kubeconfig_file

    try:
        current = kubeconfig_file.current_context()
    except ClusterError:
        # Un kubeconfig que no se entiende no nombra a nadie; lo cuenta quien tenga que escribir en él.
        return DEFAULT_NAME
    names = (status.name for status in named().list() if not status.name.startswith(LESSON))
    return next((name for name in names if context_name(name) == current), DEFAULT_NAME)
