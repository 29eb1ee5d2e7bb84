"""Los hechos de las comprobaciones reservadas del laboratorio 7."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import trying
from lab_tools.checks.actions import perform
from lab_tools.checks.expect import Fact, Finding, given
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.labs.variant import Variant


def nobody_interrupts_its_start(v: Variant) -> Fact:
    """Un Pod de `catalogo` recién nacido no está listo antes de abrir, llega a estarlo y no se reinicia."""
    born = actions.delete_pods("app=catalogo", 2)

    def look(snapshot: Snapshot) -> Finding:
        expected = "2 Pods nuevos de `catalogo` sin reinicios, y no listos antes de abrir su puerto"
        with trying(snapshot, born) as there:
            if problem := perform(born, there):
                return Finding(False, expected, problem)
            early = _ready(there.later(2.5))
            late = _ready(there.later(27.5))
        met = early == (0, 0) and late == (2, 0)
        return Finding(met, expected, f"{early[0]} listos antes de abrir; después, {late[0]}, con {late[1]} reinicios")

    return given(_has_readiness, look)


def _has_readiness(snapshot: Snapshot) -> Finding:
    found = snapshot.get("deployments", "catalogo")
    met = bool(found) and "readinessProbe" in str(found)
    return Finding(met, "una sonda de readiness en `catalogo`", "que la tiene" if met else "que no la tiene")


def _ready(snapshot: Snapshot) -> tuple[int, int]:
    found = snapshot.selected("pods", {"matchLabels": {"app": "catalogo"}})
    times = sum(one.get("restartCount", 0) for pod in found for one in pod["status"].get("containerStatuses") or [])
    return sum(map(is_ready, found)), times
