"""A qué velocidad se repite cada guion.

Se grabaron en tiempo real. Casi todos dan lo mismo veinte veces más deprisa; los que aquí se nombran
enseñan progreso a quien mira, y a esa velocidad no queda progreso que ver; o comparan dos lecturas, y un clúster
que corre más que el reloj de pared fecha lo mismo de otra manera en cada una.
"""

from __future__ import annotations

from tests.conformance.scenario import Scenario

FAST = 20.0
_AT_THEIR_PACE = {"cli-diff": 1.0, "cli-patch-replace": 1.0, "work-rollout-history-undo": 2.0, "pod-lifecycle": 2.0}


def speed_of(scenario: Scenario) -> float:
    """Segundos virtuales por segundo de pared."""
    return _AT_THEIR_PACE.get(scenario.name, FAST)
