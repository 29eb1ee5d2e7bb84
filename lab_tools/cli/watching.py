"""`orquesta lab check --watch`: el informe, otra vez cada vez que algo cambia, y solo entonces."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from lab_tools.checks.snapshot import Snapshot
from lab_tools.labs import life

if TYPE_CHECKING:
    from lab_tools.checks.report import Report
    from lab_tools.labs.student import Lab

PAUSE = 1.0  # segundos de pared entre dos miradas
# Lo que una comprobación puede mirar y alguien puede cambiar; lo que un clúster no conozca se salta.
WATCHED = (
    "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "pods", "services",
    "endpointslices", "configmaps", "secrets", "serviceaccounts", "roles", "rolebindings", "networkpolicies",
    "ingresses", "persistentvolumeclaims", "horizontalpodautoscalers", "poddisruptionbudgets", "resourcequotas",
    "limitranges",
)  # fmt: skip


def watch(
    lab: Lab, check: Callable[[], Report], show: Callable[[Report], None], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Comprueba y enseña; después mira, y vuelve a comprobar cuando algo cambia. Acaba con Ctrl-C, sin ruido."""
    shown = ""
    try:
        while True:
            seen = _seen(lab)
            report = check()
            if report.json() != shown:
                shown = report.json()
                show(report)
            while _seen(lab) == seen:
                sleep(PAUSE)
    except KeyboardInterrupt:
        # Es la manera de salir, no un error: solo se devuelve la línea a la terminal.
        click.echo()


def _seen(lab: Lab) -> tuple[str, ...]:
    """Una huella de lo que hay en los namespaces del laboratorio: el suyo y los que trae."""
    spaces = [Snapshot(lab.client, namespace) for namespace in life.namespaces(lab.definition)]
    return tuple(mark for space in spaces for mark in space.fingerprint(*WATCHED))
