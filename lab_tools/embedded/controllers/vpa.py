"""VerticalPodAutoscaler: cada minuto mira qué gastan los Pods de un controlador y recomienda cuánto pedir.

Sus tipos no son de Kubernetes: hasta que alguien instala sus definiciones aquí no se hace nada, y hasta que hay un
VerticalPodAutoscaler tampoco se mide. Poner lo recomendado en los Pods que ya corren es de `vpa_updater`, y en los
nuevos, de la admisión.
Fuente: https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/components.md
"""

from __future__ import annotations

import contextlib
import random
from functools import cached_property
from typing import TYPE_CHECKING

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, key_of
from lab_tools.errors import StatusError
from lab_tools.objects import Object, vertical
from lab_tools.objects.kinds import Kind

if TYPE_CHECKING:
    from lab_tools.embedded.controllers.vpa_look import Recommender
    from lab_tools.embedded.controllers.vpa_updater import Updater

# Segundos entre dos miradas.
PERIOD = 60.0


class VerticalPodAutoscalerController:
    """Lleva la cuenta de a quién toca mirar; lo pesado solo se carga cuando hay a quién."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self)
        self._kind: Kind | None = None
        self._autoscalers: Cache | None = None

    def start(self) -> None:
        """Mira si los tipos están definidos, y espera a que lo estén."""
        self._api.kinds.subscribe(self._find_kinds)
        self._find_kinds()

    def reconcile(self, key: Key) -> float | None:
        """Una mirada a un VerticalPodAutoscaler. Devuelve cuándo volver."""
        found = self._autoscalers.get(*key) if self._autoscalers is not None else None
        if found is None or self._kind is None:
            return None
        try:
            recommended = self._recommender.attend(self._kind, found)
            self._updater.attend(recommended)
        except StatusError:
            # Lo borraron mientras se decidía, o alguien se adelantó: la próxima mirada lo vuelve a contar.
            return PERIOD
        return PERIOD

    def _forget(self, vpa: Object) -> None:
        with contextlib.suppress(StatusError):  # sus puntos de control ya se fueron, o su tipo
            self._recommender.forget(vpa)

    def _find_kinds(self) -> None:
        kind = self._api.kinds.by_plural(vertical.GROUP, vertical.VERSION, vertical.PLURAL)
        if kind is self._kind:
            return
        self._kind = kind
        self._autoscalers = Cache(self._api, kind) if kind is not None else None
        if self._autoscalers is not None:
            self._autoscalers.subscribe(self._on_event)
            for one in self._autoscalers.all():
                self._queue.add(key_of(one), PERIOD)

    def _on_event(self, event: Event) -> None:
        if event.type == "DELETED":
            self._clock.call_soon(lambda: self._forget(event.object))
        elif event.type == "ADDED":
            self._queue.add(key_of(event.object), PERIOD)

    @cached_property
    def _recommender(self) -> Recommender:
        from lab_tools.embedded.controllers.vpa_look import Recommender

        return Recommender(self._api, self._clock)

    @cached_property
    def _updater(self) -> Updater:
        from lab_tools.embedded.controllers.vpa_updater import Updater

        return Updater(self._api, self._clock, Recorder(self._api, self._clock, "vpa-updater"))
