"""HorizontalPodAutoscaler: cada quince segundos mira qué gastan los Pods y cambia las réplicas de su dueño.

Aquí se lleva la cuenta de a quién toca mirar; la mirada está en `hpa_look`, que solo se carga cuando hay un HPA.
Fuente: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
"""

from __future__ import annotations

import random
from functools import cached_property
from typing import TYPE_CHECKING

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, key_of
from lab_tools.errors import StatusError
from lab_tools.objects import clone, kinds

if TYPE_CHECKING:
    from lab_tools.embedded.controllers.hpa_look import Look

NAME = "horizontal-pod-autoscaler"
# Segundos entre dos miradas a un mismo HPA. La primera también espera: así no se decide antes de poder medir.
PERIOD = 15.0


class HorizontalPodAutoscalerController:
    """El controlador de HPA."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._autoscalers = Cache(self._api, kinds.HORIZONTALPODAUTOSCALER)
        self._autoscalers.subscribe(self._on_event)
        for one in self._autoscalers.all():
            self._queue.add(key_of(one), PERIOD)

    def reconcile(self, key: Key) -> float | None:
        """Una mirada a un HPA. Devuelve cuándo volver."""
        stored = self._autoscalers.get(*key)
        if stored is None:
            return None
        autoscaler = clone(stored)
        self._look.attend(key, autoscaler)
        if autoscaler["status"] != stored["status"]:
            autoscaler["metadata"].pop("resourceVersion", None)
            try:
                self._api.update(kinds.HORIZONTALPODAUTOSCALER, autoscaler, subresource="status")
            except StatusError:
                # Lo borraron mientras se decidía, o no cabe: la próxima mirada lo vuelve a contar.
                return PERIOD
        return PERIOD

    def _on_event(self, event: Event) -> None:
        key = key_of(event.object)
        if event.type == "DELETED":
            self._look.forget(key)
        else:
            self._queue.add(key, PERIOD)

    @cached_property
    def _look(self) -> Look:
        from lab_tools.embedded.controllers.hpa_look import Look

        return Look(self._api, self._clock, Recorder(self._api, self._clock, NAME))
