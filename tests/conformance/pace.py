"""A qué velocidad corre el clúster mientras se repite un guion.

Se grabaron en tiempo real, y entre dos órdenes pasaba una décima. Aquí el clúster va más despacio que la pared, para
que en una máquina apurada no pase más; donde un guion espera, se adelanta su reloj por su puerta. Solo mientras espera
kubectl hay que correr: casi todo da lo mismo veinte veces más deprisa. Lo que aquí se nombra enseña progreso a quien
mira, y más deprisa no quedaría progreso que ver.
"""

from __future__ import annotations

import re

OWN = 0.25
FAST = 20.0
_IT_WAITS = re.compile(r"(rollout status|wait|delete|drain|replace --force|logs .*-f\b|run .*--rm)\b")
# Quien da un segundo de plazo quiere verlo vencer.
_IT_GIVES_UP = "--timeout=1s"
_WITH_CALM = {"pod-lifecycle": OWN, "pod-sidecar": 2.0, "work-rollout-history-undo": 0.5}


# Al grabar, entre una orden y esta pasaba una décima: tiempo de sobra para que el controlador viera lo pedido.
BEFORE_A_GLANCE = 0.05
_IT_GLANCES = re.compile(r"rollout status\b")

# Lo que en el clúster grabado dio tiempo a pasar entre una orden y la siguiente, aquí también.
_WITH_HASTE = {"sched-node-name": 2.0, "work-recreate": 2.0}


def while_running(line: str, scenario: str) -> float:
    """Segundos virtuales por segundo de pared mientras corre esa orden de kubectl."""
    waits = _IT_WAITS.match(line) and _IT_GIVES_UP not in line
    return _WITH_CALM.get(scenario, FAST) if waits else _WITH_HASTE.get(scenario, OWN)


def before(line: str) -> float:
    """Segundos virtuales que pasan antes de esa orden de kubectl, aunque la máquina no haya dado turno a nadie."""
    return BEFORE_A_GLANCE if _IT_GLANCES.match(line) else 0.0
