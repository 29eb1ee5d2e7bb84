"""Cuántas peticiones ha contestado la puerta, de qué clase y con qué código. Apuntar una es sumar uno.

La API embebida contesta en el acto: una petición solo dura si una avería la frena, y entonces dura lo que esta diga.
Las piezas de dentro (controladores, planificador, kubelets) hablan con la API sin pasar por la puerta: no cuentan.
"""

from __future__ import annotations

from typing import NamedTuple

from lab_tools.embedded.observe.family import Histogram

# Los tramos de apiserver_request_duration_seconds, en segundos.
BOUNDS = (0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60)


class Asked(NamedTuple):
    """De qué clase es una petición: las etiquetas con que la cuenta un kube-apiserver.

    `verb` como en HTTP, con LIST, WATCH, APPLY, CONNECT y DELETECOLLECTION; `scope` es resource, namespace, cluster o
    nada; en una ruta sin recurso, `subresource` es la ruta.
    """

    verb: str
    group: str
    version: str
    resource: str
    subresource: str
    scope: str
    dry_run: bool


class Tally:
    """Las cuentas de la puerta."""

    def __init__(self) -> None:
        self.counts: dict[tuple[Asked, int], int] = {}
        self.slow: dict[Asked, Histogram] = {}
        """Los tiempos de las que tardaron algo; las demás, cero."""

    def count(self, asked: Asked, code: int, seconds: float = 0.0) -> None:
        """Apunta una petición contestada con un código, y los segundos que quien espera ha de esperarla."""
        key = (asked, code)
        self.counts[key] = self.counts.get(key, 0) + 1
        if seconds > 0:
            found = self.slow.get(asked)
            if found is None:
                found = self.slow[asked] = Histogram(BOUNDS)
            found.observe(seconds)

    def durations(self) -> dict[Asked, Histogram]:
        """El reparto de lo que duraron, por clase. Las que se quedan abiertas (WATCH, CONNECT) no entran."""
        found: dict[Asked, Histogram] = {}
        for (asked, _), times in self.counts.items():
            if asked.verb not in ("WATCH", "CONNECT"):
                found.setdefault(asked, Histogram(BOUNDS)).counts[0] += times
        for asked, slow in self.slow.items():
            if asked in found:
                whole = found[asked]
                whole.counts[0] -= sum(slow.counts)
                whole.counts = [one + other for one, other in zip(whole.counts, slow.counts, strict=True)]
                whole.total = slow.total
        return found
