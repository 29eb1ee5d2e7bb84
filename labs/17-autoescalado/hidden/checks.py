"""Los hechos de las comprobaciones reservadas del laboratorio 17."""

from __future__ import annotations

from lab_tools.checks.expect import Fact, Finding
from lab_tools.checks.snapshot import Snapshot, condition_of
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object


def autoscaler_is_active(v: Variant) -> Fact:
    """El HPA de `api`, se llame como se llame, tiene de dónde sacar su cuenta."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "que el HPA de `api` tuviera la condición ScalingActive"
        found = [one for one in snapshot.all("horizontalpodautoscalers") if _for_api(one)]
        if not found:
            return Finding(False, expected, "que ningún HPA apunta al Deployment `api`")
        states = {one["metadata"]["name"]: condition_of(one, "ScalingActive").get("status") for one in found}
        waiting = [name for name, state in states.items() if state != "True"]
        return Finding(not waiting, expected, f"que `{waiting[0]}` no la tiene" if waiting else "que la tiene")

    return look


def _for_api(autoscaler: Object) -> bool:
    target = autoscaler["spec"]["scaleTargetRef"]
    return (target["kind"], target["name"]) == ("Deployment", "api")
