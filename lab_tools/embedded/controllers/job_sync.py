"""Un Job, una mirada: contar los Pods que acabaron, decidir si es el final y, si no, poner o quitar los que toque.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/
"""

from __future__ import annotations

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.controllers import job_indexes, job_pods, job_policy
from lab_tools.embedded.controllers import job_status as status
from lab_tools.embedded.controllers.availability import is_active, is_ready
from lab_tools.embedded.controllers.job_tally import Owned, Tally, release
from lab_tools.embedded.reconciler import Recorder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

# Pods que se crean o se borran de una vez.
BURST = 500


class JobSync:
    """Una mirada a un Job. `owned` da sus Pods en este instante."""

    def __init__(self, api: Api, clock: Clock, recorder: Recorder, job: Object, owned: Owned,
                 streak: status.Streak) -> None:  # fmt: skip
        self._api, self._clock, self._recorder = api, clock, recorder
        self._job, self._owned = job, owned
        self._status: Object = clone(job.get("status") or {})
        self._status.setdefault("conditions", [])
        self._status.setdefault("uncountedTerminatedPods", {})
        self._tally = Tally(api, job, owned, self._status, streak)

    @property
    def streak(self) -> status.Streak:
        """Los fallos seguidos que se llevan."""
        return self._tally.streak

    def advance(self) -> float | None:
        """Da el paso. Devuelve cuándo volver, si algo depende de que pase el tiempo."""
        self._tally.settle()
        suspended = bool(self._job["spec"].get("suspend"))
        if not suspended:
            self._status.setdefault("startTime", timestamp(self._clock.now))
        end = self._verdict(suspended)
        self._tally.count(end, self._clock.now, self._write)
        wait: float | None = None
        if end is not None:
            self._stop(end)
            self._tally.count(end, self._clock.now, self._write)
        elif not self._job["metadata"].get("deletionTimestamp"):
            wait = self._manage(suspended)
            end = self._completed()
            self._note_suspension(suspended and end is None)
        self._announce(end)
        self._write()
        waits = [wait] if wait is not None else []
        due = status.overdue(self._job, self._clock.now) if end is None else None
        return min([*waits, *([max(due, 0.0)] if due is not None else [])], default=None)

    # Decidir el final

    def _verdict(self, suspended: bool) -> status.End | None:
        announced = status.announced(self._job)
        if announced is not None:
            return announced
        return self._failed(suspended) or self._index_verdict() or self._enough()

    def _failed(self, suspended: bool) -> status.End | None:
        for pod in self._tally.tracked():
            verdict = job_policy.judge(self._job, pod)
            if verdict.action == job_policy.FAIL_JOB:
                return status.End(status.FAILURE_TARGET, "PodFailurePolicy", verdict.why)
        failed = int(self._status.get("failed", 0)) + len(self._tally.ended()[1])
        if failed > int(self._job["spec"]["backoffLimit"]) or job_pods.past_restarts(self._job, self._tally.active()):
            return status.End(status.FAILURE_TARGET, "BackoffLimitExceeded",
                              "Job has reached the specified backoff limit")  # fmt: skip
        due = status.overdue(self._job, self._clock.now)
        if due is not None and due <= 0 and not suspended:
            return status.End(status.FAILURE_TARGET, "DeadlineExceeded",
                              "Job was active longer than specified deadline")  # fmt: skip
        return None

    def _index_verdict(self) -> status.End | None:
        """Con un límite por índice, el Job acaba cuando se pierden demasiados, o cuando ya no queda ninguno."""
        limit = self._job["spec"].get("backoffLimitPerIndex")
        if limit is None or self._tally.completions is None:
            return None
        done, lost = (
            self._tally.done | self._tally.indexes(self._tally.ended()[0]),
            self._tally.lost | self._tally.newly_lost(),
        )
        most = self._job["spec"].get("maxFailedIndexes")
        if most is not None and len(lost) > most:
            return status.End(status.FAILURE_TARGET, "MaxFailedIndexesExceeded",
                              "Job has exceeded the specified maximal number of failed indexes")  # fmt: skip
        if lost and len(done | lost) >= self._tally.completions:
            return status.End(status.FAILURE_TARGET, "FailedIndexes", "Job has failed indexes")
        return None

    def _enough(self) -> status.End | None:
        why = job_policy.succeeded(self._job, self._tally.done | self._tally.indexes(self._tally.ended()[0]))
        return status.End(status.SUCCESS_MET, "SuccessPolicy", why) if why else None

    def _completed(self) -> status.End | None:
        active = any(is_active(pod) for pod in self._owned())
        succeeded = int(self._status.get("succeeded", 0))
        done = (
            bool(succeeded) and not active if self._tally.completions is None else succeeded >= self._tally.completions
        )
        if not done:
            return None
        return status.End(status.SUCCESS_MET, "CompletionsReached", "Reached expected number of succeeded pods")

    # Poner y quitar Pods

    def _stop(self, end: status.End) -> None:
        self._delete(self._tally.active(), count_it=end.failed)

    def _manage(self, suspended: bool) -> float | None:
        """Lleva los activos al número que toca. Devuelve cuánto esperar, si hay una pausa por fallos."""
        active = self._tally.active()
        wanted = 0 if suspended else self._wanted(len(active))
        gone = job_pods.surplus(self._job, active, len(active) - wanted)[:BURST]
        if gone:
            self._delete(gone, count_it=False)
            return 0.0
        missing = wanted - len(active)
        if self._job["spec"].get("podReplacementPolicy") == "Failed":
            missing -= sum(job_pods.is_terminating(pod) for pod in self._owned())
        if missing <= 0:
            return None
        per_index = self._job["spec"].get("backoffLimitPerIndex") is not None
        pause = 0.0 if per_index else self.streak.remaining(self._clock.now)
        return pause if pause > 0 else self._create(min(missing, BURST))

    def _wanted(self, active: int) -> int:
        parallelism, succeeded = int(self._job["spec"]["parallelism"]), int(self._status.get("succeeded", 0))
        if self._tally.completions is None:
            return active if succeeded else parallelism
        return max(min(self._tally.completions - succeeded - len(self._tally.lost), parallelism), 0)

    def _create(self, count: int) -> float | None:
        if not job_indexes.is_indexed(self._job):
            for _ in range(count):
                self._create_one(None, None)
            return None
        busy = self._tally.indexes(self._tally.active()) | self._tally.done | self._tally.lost
        pending = (index for index in range(self._tally.completions or 0) if index not in busy)
        waits = []
        for index in pending:
            if not count:
                break
            before = self._tally.last_failed(index)
            pause = self._index_pause(before)
            if pause > 0:
                waits.append(pause)
                continue
            self._create_one(index, before)
            count -= 1
        return min(waits, default=None)

    def _index_pause(self, before: Object | None) -> float:
        if before is None or self._job["spec"].get("backoffLimitPerIndex") is None:
            return 0.0
        failures = job_indexes.failures(before) + job_indexes.ignored(before) + 1
        return status.Streak(failures, status.ended_at(before, self._clock.now)).remaining(self._clock.now)

    def _create_one(self, index: int | None, before: Object | None) -> None:
        pod = job_pods.build(self._job, index, before)
        try:
            made = self._api.create(kinds.POD, pod, self._job["metadata"]["namespace"])
        except StatusError as error:
            self._recorder.event(self._job, "Warning", "FailedCreate", f"Error creating: {error.message}")
            self._write()
            raise
        self._recorder.event(self._job, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")

    def _delete(self, pods: list[Object], *, count_it: bool) -> None:
        """Borra Pods. A quien no ha de contar como fallido se le suelta antes."""
        for pod in pods:
            meta = pod["metadata"]
            if not count_it:
                release(self._api, pod)
            try:
                self._api.delete(kinds.POD, meta["namespace"], meta["name"], uid=meta["uid"])
            except StatusError as error:
                if error.code in (404, 409):
                    continue
                self._recorder.event(self._job, "Warning", "FailedDelete", f"Error deleting: {error.message}")
                raise
            self._recorder.event(self._job, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")

    # Lo que se publica

    def _note_suspension(self, suspended: bool) -> None:
        known = [one for one in self._status["conditions"] if one["type"] == status.SUSPENDED]
        if suspended:
            self._status.pop("startTime", None)
        if suspended == bool(known and known[0]["status"] == "True") or (not suspended and not known):
            return
        reason, said = ("JobSuspended", "Job suspended") if suspended else ("JobResumed", "Job resumed")
        self._put(status.SUSPENDED, "True" if suspended else "False", reason, said)
        self._recorder.event(self._job, "Normal", "Suspended" if suspended else "Resumed", said)
        if not suspended:
            self._status["startTime"] = timestamp(self._clock.now)

    def _announce(self, end: status.End | None) -> None:
        """El final se anuncia en cuanto se sabe, y se firma cuando no queda ningún Pod yéndose."""
        if end is None:
            return
        self._put(end.type, "True", end.reason, end.message)
        if any(is_active(pod) or job_pods.is_terminating(pod) for pod in self._owned()):
            return
        if end.failed:
            self._put(status.FAILED, "True", end.reason, end.message)
            self._recorder.event(self._job, "Warning", end.reason, end.message)
        else:
            self._put(status.COMPLETE, "True", end.reason, end.message)
            self._status["completionTime"] = timestamp(self._clock.now)
            self._recorder.event(self._job, "Normal", "Completed", "Job completed")

    def _put(self, kind: str, value: str, reason: str, message: str) -> None:
        fresh = status.condition(kind, value, reason, message, self._clock.now)
        self._status["conditions"] = status.put(self._status["conditions"], fresh)

    def _write(self) -> None:
        pods = self._owned()
        active = [pod for pod in pods if is_active(pod)]
        fresh = {**self._status, "active": len(active), "ready": sum(is_ready(pod) for pod in active),
                 "terminating": sum(job_pods.is_terminating(pod) for pod in pods)}  # fmt: skip
        if self._job["spec"].get("backoffLimitPerIndex") is not None:
            fresh["failedIndexes"] = job_indexes.text(self._tally.lost)
        for name in ("active", "succeeded", "failed", "conditions", "completedIndexes"):
            if not fresh.get(name):
                fresh.pop(name, None)
        if fresh == self._job.get("status"):
            return
        meta = {key: self._job["metadata"][key] for key in ("name", "namespace", "uid")}
        self._job = self._api.update(kinds.JOB, {"metadata": meta, "status": clone(fresh)}, subresource="status")
