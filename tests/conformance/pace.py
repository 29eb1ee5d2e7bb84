"""A qué velocidad corre el clúster mientras se repite un guion.

Se grabaron en tiempo real. Entre paso y paso el clúster va a su paso, y donde un guion espera se adelanta el reloj
por su puerta. Solo mientras espera kubectl hay que correr: casi todo da lo mismo veinte veces más deprisa. Lo que
aquí se nombra enseña progreso a quien mira, y más deprisa no quedaría progreso que ver, sobre todo si la máquina va
apurada.
"""

from __future__ import annotations

import re

OWN = 1.0
FAST = 20.0
_IT_WAITS = re.compile(r"(rollout status|wait|delete|drain|replace --force|logs .*-f\b|run .*--rm)\b")
# Quien da un segundo de plazo quiere verlo vencer.
_IT_GIVES_UP = "--timeout=1s"
_WITH_CALM = {"work-rollout-history-undo": 2.0, "pod-lifecycle": 0.5, "pod-sidecar": 2.0}


def while_running(line: str, scenario: str) -> float:
    """Segundos virtuales por segundo de pared mientras corre esa orden de kubectl."""
    waits = _IT_WAITS.match(line) and _IT_GIVES_UP not in line
    return _WITH_CALM.get(scenario, FAST) if waits else OWN
