"""Lo que se borra solo: un Job acabado, `ttlSecondsAfterFinished` segundos después.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, parse
from lab_tools.embedded.controllers.job_status import finished
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.errors import StatusError
from lab_tools.objects import kinds

DELAY = 0.05


class TTLAfterFinished:
    """Recoge los Jobs acabados que dijeron cuánto querían durar."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._jobs = Cache(self._api, kinds.JOB)
        self._jobs.subscribe(lambda event: self._queue.add_object(event.object))
        for one in self._jobs.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Borra un Job si ya le toca, con todo lo suyo; si no, dice cuándo volver."""
        job = self._jobs.get(*key)
        end = finished(job) if job is not None else None
        if job is None or end is None or job["metadata"].get("deletionTimestamp"):
            return None
        seconds = job["spec"].get("ttlSecondsAfterFinished")
        if seconds is None:
            return None
        left = parse(end["lastTransitionTime"]) + float(seconds) - self._clock.now
        if left > 0:
            return left
        try:
            self._api.delete(kinds.JOB, *key, propagation="Foreground", uid=job["metadata"]["uid"])
        except StatusError as error:
            if error.code not in (404, 409):
                raise
        return None
