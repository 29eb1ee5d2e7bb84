"""Deployment: de una versión a otra sin dejar de atender. Aquí se vigila; cada paso lo decide y escribe `rollout`.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.controllers.ownership import claim, controller_of, orphans, owners_told, suitors
from lab_tools.embedded.controllers.rollout import Rollout
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, by_owner
from lab_tools.objects import kinds

NAME = "deployment-controller"
# De la noticia a la reacción (segundos virtuales).
DELAY = 0.01


class DeploymentController:
    """El controlador de Deployments."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._recorder = Recorder(api, clock, NAME)
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._deployments = Cache(self._api, kinds.DEPLOYMENT)
        self._sets = Cache(self._api, kinds.REPLICASET, {"owner": by_owner, "orphans": orphans})
        self._pods = Cache(self._api, kinds.POD, {"owner": by_owner})
        self._deployments.subscribe(lambda event: self._queue.add_object(event.object))
        self._sets.subscribe(self._on_set)
        self._pods.subscribe(self._on_pod)
        for one in self._deployments.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Da el paso siguiente de un Deployment. Devuelve cuándo mirar si se ha atascado."""
        deployment = self._deployments.get(*key)
        if deployment is None:
            return None
        candidates = [*self._sets.by("owner", deployment["metadata"]["uid"]), *self._sets.by("orphans", key[0])]
        sets = claim(self._api, deployment, kinds.DEPLOYMENT, kinds.REPLICASET, candidates)
        return Rollout(self._api, self._clock, self._recorder, self._pods, deployment, sets).advance()

    def _on_set(self, event: Event) -> None:
        for key in owners_told(event, kinds.DEPLOYMENT.kind):
            self._queue.add(key)
        for one in suitors(event, self._deployments.all(event.object["metadata"]["namespace"])):
            self._queue.add_object(one)

    def _on_pod(self, event: Event) -> None:
        """Recreate espera a que el último Pod viejo se haya ido del todo."""
        owner = controller_of(event.object) if event.type == "DELETED" else None
        replica_set = self._sets.get(event.object["metadata"]["namespace"], owner["name"]) if owner else None
        above = controller_of(replica_set) if replica_set else None
        if above is not None:
            self._queue.add((event.object["metadata"]["namespace"], above["name"]))
