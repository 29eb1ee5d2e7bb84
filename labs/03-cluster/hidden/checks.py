"""Los hechos de las comprobaciones reservadas del laboratorio 03."""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import recovers
from lab_tools.checks.expect import Fact, given
from lab_tools.checks.rollout import replicas_ready
from lab_tools.labs.variant import Variant


def frontend_walks_the_way_again(v: Variant) -> Fact:
    """Todos los Pods se van a la vez, y el camino se recorre entero otra vez."""
    lost = actions.delete_pods("app=frontend", v.replicas)
    return given(replicas_ready("frontend", v.replicas), recovers("app=frontend", v.replicas, lost, 60))
