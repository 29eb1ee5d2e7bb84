"""Los hechos de las comprobaciones reservadas del laboratorio 18."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.compare import differences
from lab_tools.checks.expect import Fact, Finding, given
from lab_tools.checks.requests import Ask
from lab_tools.checks.rollout import replicas_ready
from lab_tools.checks.snapshot import Snapshot
from lab_tools.checks.under_load import no_failed_request
from lab_tools.labs.variant import Variant

RESOURCES = {"requests": {"cpu": "100m", "memory": "64Mi"}}


def losing_two_pods_loses_nothing(v: Variant) -> Fact:
    """Si se van dos Pods de `api` a la vez, por lo que sea, tampoco falla ninguna petición."""
    asked = Ask("http://api/pedidos", "deployment/frontend")
    return no_failed_request(asked, 150.0, actions.delete_pods("app=api", 2), replicas_ready("api", v.replicas))


def catalogue_is_repaired(v: Variant) -> Fact:
    """`catalogo` se corrigió: tiene las tres cosas, y su imagen y sus reservas de antes."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "el mismo `catalogo`, con estrategia por partes, sonda y despedida, y sus reservas de antes"
        spec = (snapshot.get("deployments", "catalogo") or {"spec": {}})["spec"]
        container = spec["template"]["spec"]["containers"][0] if spec else {}
        wrong = [] if spec.get("strategy", {}).get("type") == "RollingUpdate" else ["la estrategia"]
        wrong += [name for name in ("readinessProbe", "lifecycle") if not container.get(name)]
        wrong += differences({"image": "tienda-catalogo:1.3", "resources": RESOURCES}, container)
        return Finding(not wrong, expected, "; ".join(wrong) or "justo eso")

    return given(replicas_ready("catalogo", 3), look)
