"""Job: trabajo que acaba. Aquí se vigila; qué se cuenta y qué se crea lo decide `job_sync`.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.controllers import job_pods
from lab_tools.embedded.controllers import job_status as status
from lab_tools.embedded.controllers.job_sync import JobSync
from lab_tools.embedded.controllers.job_tally import release
from lab_tools.embedded.controllers.ownership import claim, controller_of, orphans, owners_told
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, by_owner
from lab_tools.objects import Object, kinds

NAME = "job-controller"
# Un Job que nombra a otro en `managedBy` es cosa de ese otro.
OURS = "kubernetes.io/job-controller"
# Las noticias de sus Pods se juntan un momento, como en el controlador real (segundos virtuales).
DELAY, BATCH = 0.03, 0.2


class JobController:
    """El controlador de Jobs."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._recorder = Recorder(api, clock, NAME)
        self._queue = WorkQueue(clock, self, DELAY)
        self._streaks: dict[str, status.Streak] = {}

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._jobs = Cache(self._api, kinds.JOB)
        self._pods = Cache(self._api, kinds.POD, {"owner": by_owner, "orphans": orphans})
        self._jobs.subscribe(self._on_job)
        self._pods.subscribe(self._on_pod)
        for one in self._jobs.all():
            self._queue.add_object(one)
        for pod in self._pods.all():
            self._on_lost(pod)

    def reconcile(self, key: Key) -> float | None:
        """Da el paso siguiente de un Job. Devuelve cuándo volver, si algo depende de que pase el tiempo."""
        job = self._jobs.get(*key)
        if job is None or job["spec"].get("managedBy", OURS) != OURS:
            return None
        uid = job["metadata"]["uid"]
        candidates = [*self._pods.by("owner", uid), *self._pods.by("orphans", key[0])]
        claim(self._api, job, kinds.JOB, kinds.POD, candidates)
        if status.finished(job) is not None:
            self._streaks.pop(uid, None)
            for pod in self._pods.by("owner", uid):
                release(self._api, pod)
            return None
        sync = JobSync(self._api, self._clock, self._recorder, job, lambda: self._pods.by("owner", uid),
                       self._streaks.get(uid, status.Streak()))  # fmt: skip
        wait = sync.advance()
        self._streaks[uid] = sync.streak
        return wait

    def _on_job(self, event: Event) -> None:
        self._queue.add_object(event.object)
        if event.type == "DELETED":
            self._streaks.pop(event.object["metadata"]["uid"], None)
            for pod in self._pods.by("owner", event.object["metadata"]["uid"]):
                release(self._api, pod)

    def _on_pod(self, event: Event) -> None:
        for key in owners_told(event, "Job"):
            self._queue.add(key, BATCH)
        if event.type != "DELETED":
            self._on_lost(event.object)

    def _on_lost(self, pod: Object) -> None:
        """Un Pod que nadie va a contar no debe quedarse esperando a que lo cuenten."""
        owner = controller_of(pod)
        job = self._jobs.get(pod["metadata"]["namespace"], owner["name"]) if owner is not None else None
        if job_pods.is_tracked(pod) and (owner is None or job is None or job["metadata"]["uid"] != owner["uid"]):
            release(self._api, pod)
