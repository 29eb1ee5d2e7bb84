"""StatefulSet: Pods con nombre, orden y disco propios. Aquí se vigila; cada paso lo decide y escribe `stateful_sync`.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.controllers import history, stateful_pods, stateful_sync
from lab_tools.embedded.controllers.ownership import claim, orphans, owners_told, suitors
from lab_tools.embedded.controllers.stateful_sync import StatefulSync
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, by_owner
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

NAME = "statefulset-controller"
DELAY = 0.02


class StatefulSetController:
    """El controlador de StatefulSets."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._recorder = Recorder(api, clock, NAME)
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._sets = Cache(self._api, kinds.STATEFULSET)
        self._pods = Cache(self._api, kinds.POD, {"owner": by_owner, "orphans": orphans})
        self._claims = Cache(self._api, kinds.PERSISTENTVOLUMECLAIM)
        self._revisions = Cache(self._api, kinds.CONTROLLERREVISION, {"owner": by_owner})
        self._sets.subscribe(lambda event: self._queue.add_object(event.object))
        self._pods.subscribe(self._on_pod)
        for one in self._sets.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Da los pasos siguientes de un StatefulSet. Devuelve cuándo volver, si alguno está a punto de contar."""
        owner = self._sets.get(*key)
        if owner is None:
            return None
        known = history.revisions_of(self._api, owner, kinds.STATEFULSET,
                                     self._revisions.by("owner", owner["metadata"]["uid"]))  # fmt: skip
        before = owner.get("status") or {}
        collisions = int(before.get("collisionCount", 0))
        update, collisions = history.current(self._api, owner, kinds.STATEFULSET, known, collisions, _hash_label)
        current = next((one for one in known if one["metadata"]["name"] == before.get("currentRevision")), update)
        pods = self._mine(owner)
        sync = StatefulSync(self._api, self._clock, self._recorder, owner, pods,
                            lambda name: self._claims.get(key[0], name), current, update)  # fmt: skip
        failure = None
        try:
            sync.advance()
        except StatusError as error:
            failure = error
        pods = self._mine(owner)
        self._report(owner, pods, current, update, collisions)
        names = {stateful_pods.revision_of(pod) for pod in pods}
        history.forget_old(self._api, owner, known, {*names, current["metadata"]["name"], update["metadata"]["name"]})
        if failure is not None:
            raise failure
        return stateful_sync.next_look(owner, pods, self._clock.now)

    def _report(self, owner: Object, pods: list[Object], current: Object, update: Object, collisions: int) -> None:
        fresh = stateful_sync.status(owner, pods, current["metadata"]["name"], update["metadata"]["name"], collisions,
                                     self._clock.now)  # fmt: skip
        if fresh != owner.get("status"):
            meta = {key: owner["metadata"][key] for key in ("name", "namespace", "uid")}
            self._api.update(kinds.STATEFULSET, {"metadata": meta, "status": fresh}, subresource="status")

    def _mine(self, owner: Object) -> list[Object]:
        meta = owner["metadata"]
        strays = [pod for pod in self._pods.by("orphans", meta["namespace"])
                  if stateful_pods.ordinal(owner, pod) is not None]  # fmt: skip
        return claim(self._api, owner, kinds.STATEFULSET, kinds.POD, [*self._pods.by("owner", meta["uid"]), *strays])

    def _on_pod(self, event: Event) -> None:
        for key in owners_told(event, "StatefulSet"):
            self._queue.add(key)
        for one in suitors(event, self._sets.all(event.object["metadata"]["namespace"])):
            self._queue.add_object(one)


def _hash_label(digest: str) -> dict[str, str]:
    return {"controller.kubernetes.io/hash": digest}
