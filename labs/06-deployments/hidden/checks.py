"""Los hechos de las comprobaciones reservadas del laboratorio 06."""

from __future__ import annotations

from lab_tools.checks.compare import differences
from lab_tools.checks.expect import Fact, Finding
from lab_tools.checks.rollout import revisions
from lab_tools.checks.snapshot import Snapshot, controller, is_ready
from lab_tools.labs.variant import Variant

TEMPLATE = {
    "metadata": {"labels": {"app": "catalogo", "equipo": "catalogo"}},
    "spec": {
        "containers": [
            {
                "name": "catalogo",
                "image": "tienda-catalogo:1.0",
                "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
            }
        ]
    },
}


def selector_is_own(v: Variant) -> Fact:
    """Todos los Pods que el selector elige son del Deployment, y hay alguno."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "que el selector de `frontend` eligiera solo Pods de `frontend`"
        deployment = snapshot.get("deployments", "frontend")
        if deployment is None:
            return Finding(False, expected, "que no hay ningún Deployment `frontend`")
        mine = {one.replicaset["metadata"]["uid"] for one in revisions(snapshot, "frontend")}
        chosen = snapshot.selected("pods", deployment["spec"]["selector"])
        strangers = [pod["metadata"]["name"] for pod in chosen if controller(pod).get("uid") not in mine]
        found = f"que también elige `{strangers[0]}`" if strangers else f"{len(chosen)} Pods, todos suyos"
        return Finding(bool(chosen) and not strangers, expected, found)

    return look


def catalogue_is_itself(v: Variant) -> Fact:
    """La plantilla vigente es la de la revisión 1, y se llegó a ella después de la avería."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "la plantilla de antes de la avería, con tres Pods listos"
        found = revisions(snapshot, "catalogo")
        if not found:
            return Finding(False, expected, "que no hay ningún Deployment `catalogo`")
        lines = differences(TEMPLATE, found[-1].replicaset["spec"]["template"])
        ready = sum(is_ready(pod) for pod in found[-1].pods)
        met = not lines and ready == 3 and found[-1].number > 2
        return Finding(met, expected, "; ".join(lines) or f"la revisión {found[-1].number}, con {ready} Pods listos")

    return look
