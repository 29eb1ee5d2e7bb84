"""Los hechos de las comprobaciones reservadas del laboratorio 11."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.expect import Fact, given
from lab_tools.checks.requests import Ask, request
from lab_tools.labs.variant import Variant


def api_answers_when_its_pods_are_others(v: Variant) -> Fact:
    """Con los tres Pods de `api` cambiados por otros, el nombre sigue llevando a ellos."""
    reached = request(Ask(f"http://api:{v.api_port}/", "deployment/frontend"), body="tienda-api")
    return given(reached, after(actions.delete_pods("app=api", 3), reached, 60))
