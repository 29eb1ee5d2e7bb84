"""El censo: cuántos Pods de cada clase tiene cada dueño, al día noticia a noticia.

Un ReplicaSet de cinco mil Pods recibe una noticia por cada cosa que le pasa a cada uno. Volver a contarlos todos cada
vez cuesta el cuadrado; los que son iguales a los ojos de su dueño se cuentan juntos, y las clases son siempre pocas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from lab_tools.embedded.api.protocol import Event
from lab_tools.embedded.controllers.availability import ENDED, is_active, is_ready
from lab_tools.embedded.reconciler import Cache
from lab_tools.objects import Object


class Sort(NamedTuple):
    """Una clase de Pods: sus etiquetas y lo que su dueño mira de ellos."""

    labels: tuple[tuple[str, str], ...]
    active: bool
    ready: bool
    leaving: bool
    """Borrado y todavía aquí."""


def sort_of(pod: Object) -> Sort:
    """La clase de un Pod."""
    meta = pod["metadata"]
    active = is_active(pod)
    leaving = "deletionTimestamp" in meta and (pod.get("status") or {}).get("phase") not in ENDED
    return Sort(tuple((meta.get("labels") or {}).items()), active, active and is_ready(pod), leaving)


class Census:
    """Los Pods de una copia local, contados por dueño (su uid) y clase. `owner` dice de quién es un Pod."""

    fork_held: Mapping[str, int] = MappingProxyType({"_counts": 2})

    def __init__(self, pods: Cache, owner: Callable[[Object], str]) -> None:
        self._owner = owner
        self._counts: dict[str, Counter[Sort]] = {}
        for pod in pods.all():
            self._add(pod, 1)
        pods.subscribe(self._on_event)

    def of(self, owner: str) -> Mapping[Sort, int]:
        """Cuántos Pods de cada clase son de `owner`."""
        return self._counts.get(owner, {})

    def _on_event(self, event: Event) -> None:
        if event.previous is not None:
            self._add(event.previous, -1)
        if event.type != "DELETED":
            self._add(event.object, 1)

    def _add(self, pod: Object, by: int) -> None:
        owner = self._owner(pod)
        if not owner:
            return
        counts, sort = self._counts.setdefault(owner, Counter()), sort_of(pod)
        counts[sort] += by
        if not counts[sort]:
            del counts[sort]
            if not counts:
                del self._counts[owner]
