"""Dónde vive un clúster y cómo se llega a él.

Un *driver* sabe crear, listar, parar y borrar clústeres de una clase, y conectar con ellos; lo que no sabe
hacer lo dice en español. `embedded` vive de dos maneras: en el propio proceso (calificar, probar) y servido por un
proceso de fondo que sobrevive a la terminal. `kind` es un Kubernetes de verdad en contenedores de esta máquina,
`kubeconfig` es uno que ya existía y no es nuestro, y `anywhere` lleva cada orden al driver donde vive su clúster.
Aquí también vive el kubeconfig de la persona, que se toca con cuidado: lo que no es nuestro se queda como estaba.

Aquí nunca se decide qué hay dentro de un clúster: eso es de `embedded`.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from lab_tools.drivers.base import DEFAULT_NAME, LESSON, Driver, context_name
from lab_tools.errors import ClusterError, UsageError

NAMES = ("auto", "embedded", "kind", "kubeconfig")
ENVIRONMENT = "ORQUESTA_CLUSTER"


def named(name: str = "auto", say: Callable[[str], None] = lambda _text: None) -> Driver:
    """El driver que se pide. «auto» crea clústeres embebidos y encuentra los de todos. Lanza UsageError.

    `say` recibe los pasos de lo que tarda.
    """
    if name == "auto":
        from lab_tools.drivers.anywhere import AnywhereDriver

        return AnywhereDriver(say)
    if name == "embedded":
        from lab_tools.drivers.embedded import EmbeddedDriver

        return EmbeddedDriver()
    if name == "kind":
        from lab_tools.drivers.kind import KindDriver

        return KindDriver(say)
    if name == "kubeconfig":
        from lab_tools.drivers.kubeconfig import KubeconfigDriver

        return KubeconfigDriver()
    raise UsageError(f"No conozco el driver «{name}».", f"Elige uno de estos: {', '.join(NAMES)}.")


def namespace(name: str) -> str:
    """El Namespace en el que trabaja kubectl con un clúster; `default` si nadie ha elegido otro."""
    from lab_tools.drivers import home, kubeconfig_file

    context = context_name(name)
    if (home.attached() / name).is_dir():
        from lab_tools.drivers.kubeconfig import record as others

        context = others.load(name).context
    elif (home.kind_clusters() / name).is_dir():
        from lab_tools.drivers.kind import record

        context = record.context(name)
    try:
        return kubeconfig_file.namespace(context)
    except ClusterError:
        return "default"  # un kubeconfig que no se entiende no elige nada


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
    from lab_tools.drivers import home

    if current and home.attached().is_dir():
        from lab_tools.drivers.kubeconfig import record as others

        mine = next((name for name in others.names() if others.load(name).context == current), "")
        if mine:
            return mine
    if current.startswith("kind-"):
        from lab_tools.drivers.kind import record

        return next((name for name in record.names() if record.context(name) == current), DEFAULT_NAME)
    names = (status.name for status in named("embedded").list() if not status.name.startswith(LESSON))
    return next((name for name in names if context_name(name) == current), DEFAULT_NAME)
