"""Cuánto tarda cada paso de un nodo, en segundos virtuales. Son medidas típicas de un nodo pequeño de verdad.

`Spread` reparte las demoras con la razón áurea: dos Pods seguidos nunca tardan lo mismo, así que dos réplicas
no llegan a estar listas en el mismo instante, y la suerte de la semilla solo decide por dónde empieza.
"""

from __future__ import annotations

import random

# Del encargo a la primera anotación del estado.
ADMIT = 0.03
# Poner la red y los volúmenes del Pod.
SANDBOX = 0.35
# Crear y arrancar un contenedor con la imagen ya en el nodo.
CREATE = 0.12
START = 0.08
# Lo que vive, como poco, un contenedor que se acaba nada más empezar.
EXIT_NOTICE = 0.2
# El kubelet repasa los contenedores una vez por segundo: un cambio se ve entre estos dos plazos.
NOTICE_SOONEST, NOTICE_LATEST = 0.15, 1.15
# Un registro que contesta que no, y hasta que el kubelet lo llama back-off.
REFUSED_PULL = 0.7
PULL_BACKOFF_NOTICE = 1.5
# Repaso de un Pod que no pudo avanzar.
RESYNC = 10.0
# El repaso de rutina de un Pod, que pone al día sus volúmenes: cada uno tiene su compás entre estos dos.
SYNC_SOONEST, SYNC_LATEST = 60.0, 90.0
# Cuánto se adelanta un programa cuyos archivos puede cambiar otro.
GLIMPSE = 5.0
# Lo que se da a un Pod al que el nodo echa por escasez.
EVICTION_GRACE = 1.0
# Pausas de reintento: se doblan desde la primera hasta la última, y se olvidan tras un rato sano.
FIRST_BACKOFF, LAST_BACKOFF, HEALTHY_AFTER = 10.0, 300.0, 600.0

HEARTBEAT = 10.0
LEASE_SECONDS = 40

_GOLDEN = 0.6180339887498949


class Spread:
    """Números entre 0 y 1 que se reparten solos: cada uno cae lejos de los anteriores."""

    def __init__(self, rng: random.Random) -> None:
        self._at = rng.random()

    def next(self) -> float:
        """El siguiente, en [0, 1)."""
        self._at = (self._at + _GOLDEN) % 1.0
        return self._at


def backoff(failures: int) -> float:
    """La pausa tras `failures` fallos seguidos (desde 1): 10, 20, 40… hasta 300 segundos."""
    return float(min(FIRST_BACKOFF * 2 ** (failures - 1), LAST_BACKOFF))
