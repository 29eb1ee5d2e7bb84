"""Los hechos de las comprobaciones reservadas del laboratorio 5."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.expect import Fact, Finding, given
from lab_tools.checks.requests import Ask, ready_addresses, request
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.labs.variant import Variant

NOTED = {"matchLabels": {"nota": "probando"}}


def only_its_own_answer_tomorrow(v: Variant) -> Fact:
    """Perdidos todos los Pods, detrás del Service están otra vez los suyos, y el experimento sigue fuera."""
    service = v.fault["victim"]

    def look(snapshot: Snapshot) -> Finding:
        behind = ready_addresses(snapshot.client.within(snapshot.namespace), service)
        noted = [pod for pod in snapshot.selected("pods", NOTED) if is_ready(pod)]
        foreign = [pod["metadata"]["name"] for pod in noted if pod["status"]["podIP"] in behind]
        expected = "que en cada Service recibieran solo los Pods que repone su Deployment"
        told = f"que recibe `{foreign[0]}`" if foreign else f"{len(behind)} direcciones, y {len(noted)} fuera"
        return Finding(bool(behind) and bool(noted) and not foreign, expected, told)

    lost = actions.then(actions.delete_pods("nota=probando", 1), actions.delete_pods(f"app={service}", 2))
    answers = request(Ask(f"http://{service}/", "deployment/frontend"), body=f"tienda-{service}")
    return given(look, after(lost, given(look, answers), 60))
