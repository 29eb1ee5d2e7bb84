"""Cuántas peticiones ha contestado la puerta, de qué clase y con qué código. Apuntar una es sumar uno.

La API embebida contesta en el acto: una petición solo dura si una avería la frena, y entonces dura lo que esta diga.
Las piezas de dentro (controladores, planificador, kubelets) hablan con la API sin pasar por la puerta: no cuentan.
"""

from __future__ import annotations

from typing import NamedTuple

from lab_tools.embedded.observe.family import Histogram
from lab_tools.objects.kind import Kind

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


# La clase de una petición tal como llega: tipo (`None` en una ruta sin recurso), verbo de la API, método de HTTP,
# subrecurso, si nombra un objeto, si está en un espacio de nombres, si es un «apply» y si es un ensayo.
Class = tuple[Kind | None, str, str, str, bool, bool, bool, bool]
# Los verbos que se cuentan con su nombre; los demás, con el método de HTTP.
_NAMES = {"list": "LIST", "watch": "WATCH", "deletecollection": "DELETECOLLECTION"}
_CONNECT = ("attach", "exec", "portforward", "proxy")
APPLY = "application/apply-patch+yaml"


class Tally:
    """Las cuentas de la puerta."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Class, int], int] = {}
        # Los tiempos de las que tardaron algo; las demás, cero.
        self._slow: dict[Class, Histogram] = {}

    def count(self, asked: Class, code: int, seconds: float = 0.0) -> None:
        """Apunta una petición contestada con un código, y los segundos que quien espera ha de esperarla."""
        key = (asked, code)
        self._counts[key] = self._counts.get(key, 0) + 1
        if seconds > 0:
            found = self._slow.get(asked)
            if found is None:
                found = self._slow[asked] = Histogram(BOUNDS)
            found.observe(seconds)

    def counts(self) -> dict[tuple[Asked, int], int]:
        """Cuántas ha habido de cada clase y código."""
        found: dict[tuple[Asked, int], int] = {}
        for (asked, code), times in self._counts.items():
            key = (_asked(asked), code)
            found[key] = found.get(key, 0) + times
        return found

    def durations(self) -> dict[Asked, Histogram]:
        """El reparto de lo que duraron, por clase. Las que se quedan abiertas (WATCH, CONNECT) no entran."""
        found: dict[Asked, Histogram] = {}
        for (asked, _), times in self.counts().items():
            if asked.verb not in ("WATCH", "CONNECT"):
                found.setdefault(asked, Histogram(BOUNDS)).counts[0] += times
        for raw, slow in self._slow.items():
            if (asked := _asked(raw)) in found:
                whole = found[asked]
                whole.counts[0] -= sum(slow.counts)
                whole.counts = [one + other for one, other in zip(whole.counts, slow.counts, strict=True)]
                whole.total += slow.total
        return found


def _asked(raw: Class) -> Asked:
    kind, verb, method, subresource, named, spaced, applies, dry_run = raw
    if kind is None:
        return Asked(method, "", "", "", subresource, "", False)
    shown = "CONNECT" if subresource in _CONNECT else "APPLY" if applies else _NAMES.get(verb, method)
    scope = "resource" if named or verb == "create" else "namespace" if spaced else "cluster"
    return Asked(shown, kind.group, kind.version, kind.plural, subresource, scope, dry_run)
