"""El interruptor: mientras nadie cree el ConfigMap, el escalador ni se carga."""

from __future__ import annotations

import random
from functools import cached_property
from typing import TYPE_CHECKING

from lab_tools.embedded import configured
from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock

if TYPE_CHECKING:
    from lab_tools.embedded.autoscaler.loop import Autoscaler
    from lab_tools.embedded.autoscaler.removal import Cloud
    from lab_tools.objects import Object

NAME = "cluster-autoscaler"


class NodeAutoscaler:
    """El escalador de nodos, encendido o no. `cloud` enciende y apaga máquinas."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random, cloud: Cloud) -> None:
        self._api, self._clock, self._rng, self._cloud = api, clock, rng, cloud

    def start(self) -> None:
        """Espera a que lo configuren."""
        configured.follow(self._api, self._clock, NAME, self._adopt)

    def _adopt(self, source: Object | None) -> None:
        self._autoscaler.adopt(source)

    @cached_property
    def _autoscaler(self) -> Autoscaler:
        from lab_tools.embedded.autoscaler.loop import Autoscaler

        return Autoscaler(self._api, self._clock, self._rng, self._cloud)
