"""Los hechos de las comprobaciones reservadas del laboratorio 01."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.expect import Fact, given
from lab_tools.checks.requests import Ask, request
from lab_tools.checks.rollout import replicas_ready
from lab_tools.labs.variant import Variant


def grows_when_asked(v: Variant) -> Fact:
    """En una copia se piden más réplicas: llegan, y la tienda contesta."""
    shop = request(Ask("http://frontend/", "deployment/visitante"), body="tienda-frontend")
    more = v.replicas + 2
    grown = after(actions.scale("deploy", "frontend", more), replicas_ready("frontend", more), 60)
    return given(shop, grown)
