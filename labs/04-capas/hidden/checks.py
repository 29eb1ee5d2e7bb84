"""Los hechos de las comprobaciones reservadas del laboratorio 04."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.expect import Fact, all_of, given
from lab_tools.checks.requests import Ask, request
from lab_tools.labs.variant import Variant


def newborn_reaches_everyone(v: Variant) -> Fact:
    """Con los Pods de `frontend` cambiados por otros, se llega a los cuatro programas."""
    apps = [v.fault[layer] for layer in ("red", "plano", "programa", "nada")]
    reached = all_of(*(request(Ask(f"http://{app}/", "deployment/frontend"), body=f"tienda-{app}") for app in apps))
    return given(reached, after(actions.delete_pods("app=frontend", 2), reached, 60))
