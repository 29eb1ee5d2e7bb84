"""Los hechos de las comprobaciones reservadas del laboratorio 19."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.expect import Fact, given
from lab_tools.checks.requests import Ask, request
from lab_tools.labs.variant import Variant


def catalogue_outlives_its_pods(v: Variant) -> Fact:
    """Si `catalogo` pierde un Pod verde, sigue contestando la verde."""
    green = request(Ask("http://catalogo/", "deployment/frontend"), version="2.0")
    return given(green, after(actions.delete_pods("app=catalogo,color=verde"), green, 60))
