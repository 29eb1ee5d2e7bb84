"""La suerte de lo que se crea: a un espacio de nombres no le cambia nada lo que pase en otro."""

from __future__ import annotations

import random
from collections import Counter

from lab_tools.objects.kinds import Kind


class Luck:
    """El azar de los nombres, las identidades y las direcciones, decidido por `seed`.

    Cada tipo tiene el suyo en cada espacio de nombres. Así, quien repite en otro clúster lo que alguien hizo en un
    espacio encuentra los mismos nombres, hubiera lo que hubiera en los demás.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawn: Counter[tuple[str, str]] = Counter()

    def draw(self, kind: Kind, namespace: str | None) -> random.Random:
        """El azar de lo siguiente de ese tipo que nazca ahí; con `None` o vacío, fuera de todo espacio."""
        place = kind.resource, namespace or ""
        self._drawn[place] += 1
        return random.Random(f"{self._seed}:{place}:{self._drawn[place]}")
