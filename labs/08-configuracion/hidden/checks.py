"""Los hechos de las comprobaciones reservadas del laboratorio 08."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.expect import Fact, given, log
from lab_tools.checks.requests import Ask, request
from lab_tools.labs.variant import Variant


def charges_when_its_pods_are_others(v: Variant) -> Fact:
    """Con los Pods de `pagos` y de `trabajador` cambiados por otros, se cobra, y solo con la llave nueva."""
    lost = actions.then(actions.delete_pods("app=pagos", 2), actions.delete_pods("app=trabajador"))
    opens = request(Ask(f"http://pagos/cobrar/{v.new_key}", "deployment/api"), body="cobrado")
    closed = request(Ask(f"http://pagos/cobrar/{v.old_key}", "deployment/api"), 404)
    return given(opens, after(lost, given(closed, given(opens, log("app=trabajador", "cobrado"))), 120))
