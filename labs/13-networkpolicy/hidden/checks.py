"""Los hechos de las comprobaciones reservadas del laboratorio 13."""

from __future__ import annotations

from lab_tools.checks.expect import Fact, given
from lab_tools.checks.requests import Ask, denied, request
from lab_tools.labs.variant import Variant


def cart_not_to_api(v: Variant) -> Fact:
    """`carrito` tampoco llega a `api`: solo `frontend`."""
    return denied(Ask(f"http://api:{v.api_port}/", "deployment/carrito"), "api")


def api_not_to_frontend(v: Variant) -> Fact:
    """La puerta se abre en un sentido: `api` no llega a `frontend`."""
    opened = request(Ask(f"http://api:{v.api_port}/", "deployment/frontend"))
    return given(cart_not_to_api(v), given(opened, denied(Ask("http://frontend/", "deployment/api"), "frontend")))
