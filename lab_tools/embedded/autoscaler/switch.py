"""El interruptor: mientras nadie cree el ConfigMap, el escalador ni se carga."""

from __future__ import annotations

import random
from functools import cached_property
from typing import TYPE_CHECKING

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.errors import StatusError
from lab_tools.objects import kinds

if TYPE_CHECKING:
    from lab_tools.embedded.autoscaler.loop import Autoscaler
    from lab_tools.embedded.autoscaler.removal import Cloud

NAMESPACE, NAME = "kube-system", "cluster-autoscaler"


class NodeAutoscaler:
    """El escalador de nodos, encendido o no. `cloud` enciende y apaga máquinas."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random, cloud: Cloud) -> None:
        self._api, self._clock, self._rng, self._cloud = api, clock, rng, cloud

    def start(self) -> None:
        """Espera a que lo configuren."""
        self._api.watch(kinds.CONFIGMAP, self._on_event, namespace=NAMESPACE)
        try:
            found = self._api.get(kinds.CONFIGMAP, NAMESPACE, NAME)
        except StatusError:
            return  # nadie lo ha encendido
        self._autoscaler.adopt(found)

    def _on_event(self, event: Event) -> None:
        if event.object["metadata"]["name"] == NAME:
            found = None if event.type == "DELETED" else event.object
            self._clock.call_soon(lambda: self._autoscaler.adopt(found))

    @cached_property
    def _autoscaler(self) -> Autoscaler:
        from lab_tools.embedded.autoscaler.loop import Autoscaler

        return Autoscaler(self._api, self._clock, self._rng, self._cloud)
