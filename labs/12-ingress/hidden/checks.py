"""Los hechos de las comprobaciones reservadas del laboratorio 12."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.entrance import Knock, does_not_lead_to, leads_to
from lab_tools.checks.expect import Fact, given
from lab_tools.labs.variant import Variant


def other_names_do_not_reach_the_api(v: Variant) -> Fact:
    """La `api` se abre para el nombre de la tienda, no para cualquiera."""
    other = Knock("otra.example.com", "/api/pedidos")
    return given(leads_to(Knock(v.host, "/api"), "api"), does_not_lead_to(other, "api"))


def reaches_the_pods_that_come_later(v: Variant) -> Fact:
    """Los Pods de `api` que nazcan después también reciben."""
    reached = leads_to(Knock(v.host, "/api"), "api")
    return given(reached, after(actions.delete_pods("app=api", 2), reached, 30))
