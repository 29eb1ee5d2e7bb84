"""Un Job, una mirada: contar los Pods que acabaron, decidir si es el final y, si no, poner o quitar los que toque.

Contar va en dos tiempos, como en el controlador real: primero se apunta en el estado a quién se va a contar
(`uncountedTerminatedPods`), luego se le quita el finalizador y por fin se suma. Si algo se corta por medio,
nadie se cuenta dos veces ni se pierde.
Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-tracking-with-finalizers
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.controllers import job_indexes, job_pods, job_policy
from lab_tools.embedded.controllers import job_status as status
from lab_tools.embedded.controllers.availability import is_active, is_ready
from lab_tools.embedded.reconciler import Recorder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

# Pods que se crean o se borran de una vez.
BURST = 500
Owned = Callable[[], list[Object]]


class JobSync:
    """Una mirada a un Job. `owned` da sus Pods en este instante."""

    def __init__(self, api: Api, clock: Clock, recorder: Recorder, job: Object, owned: Owned,
                 streak: status.Streak) -> None:  # fmt: skip
        self._api, self._clock, self._recorder = api, clock, recorder
        self._job, self._owned = job, owned
        self.streak = streak
        self._status: Object = clone(job.get("status") or {})
        self._status.setdefault("conditions", [])
        self._status.setdefault("uncountedTerminatedPods", {})
        self._completions: int | None = job["spec"].get("completions")
        self._done = job_indexes.parse(self._status.get("completedIndexes", ""), self._completions)
        self._lost = job_indexes.parse(self._status.get("failedIndexes") or "", self._completions)

    def advance(self) -> float | None:
        """Da el paso. Devuelve cuándo volver, si algo depende de que pase el tiempo."""
        self._settle()
        suspended = bool(self._job["spec"].get("suspend"))
        if not suspended:
            self._status.setdefault("startTime", timestamp(self._clock.now))
        end = self._verdict(suspended)
        self._count(end)
        wait: float | None = None
        if end is not None:
            self._stop(end)
            self._count(end)
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
        for pod in self._tracked():
            verdict = job_policy.judge(self._job, pod)
            if verdict.action == job_policy.FAIL_JOB:
                return status.End(status.FAILURE_TARGET, "PodFailurePolicy", verdict.why)
        failed = int(self._status.get("failed", 0)) + len(self._to_count()[1])
        active = [pod for pod in self._owned() if is_active(pod)]
        if failed > int(self._job["spec"]["backoffLimit"]) or job_pods.past_restarts(self._job, active):
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
        if limit is None or self._completions is None:
            return None
        done, lost = self._done | self._indexes(self._to_count()[0]), self._lost | self._newly_lost()
        most = self._job["spec"].get("maxFailedIndexes")
        if most is not None and len(lost) > most:
            return status.End(status.FAILURE_TARGET, "MaxFailedIndexesExceeded",
                              "Job has exceeded the specified maximal number of failed indexes")  # fmt: skip
        if lost and len(done | lost) >= self._completions:
            return status.End(status.FAILURE_TARGET, "FailedIndexes", "Job has failed indexes")
        return None

    def _enough(self) -> status.End | None:
        why = job_policy.succeeded(self._job, self._done | self._indexes(self._to_count()[0]))
        return status.End(status.SUCCESS_MET, "SuccessPolicy", why) if why else None

    def _completed(self) -> status.End | None:
        active = any(is_active(pod) for pod in self._owned())
        succeeded = int(self._status.get("succeeded", 0))
        done = bool(succeeded) and not active if self._completions is None else succeeded >= self._completions
        if not done:
            return None
        return status.End(status.SUCCESS_MET, "CompletionsReached", "Reached expected number of succeeded pods")

    def _newly_lost(self) -> set[int]:
        limit = int(self._job["spec"]["backoffLimitPerIndex"])
        return {index for pod in self._tracked() if (index := job_indexes.of(pod)) is not None
                and job_pods.has_failed(self._job, pod) and self._is_last_try(pod, limit)}  # fmt: skip

    def _is_last_try(self, pod: Object, limit: int) -> bool:
        action = job_policy.judge(self._job, pod).action
        return action == job_policy.FAIL_INDEX or (
            action != job_policy.IGNORE and job_indexes.failures(pod) >= limit)  # fmt: skip

    # Contar

    def _tracked(self) -> list[Object]:
        return [pod for pod in self._owned() if job_pods.is_tracked(pod)]

    def _to_count(self) -> tuple[list[Object], list[Object]]:
        """(acabaron bien, acabaron mal) entre los que faltan por contar. Los fallos que se ignoran no están."""
        good, bad = [], []
        for pod in self._tracked():
            if pod["status"].get("phase") == "Succeeded":
                good.append(pod)
            elif self._counts_as_failed(pod):
                bad.append(pod)
        return good, bad

    def _counts_as_failed(self, pod: Object) -> bool:
        failed = job_pods.has_failed(self._job, pod) and not self._is_delayed(pod)
        return failed and job_policy.judge(self._job, pod).action != job_policy.IGNORE

    def _is_delayed(self, pod: Object) -> bool:
        """Con límite por índice, el último fallo de cada índice espera sin contar hasta que nazca su relevo."""
        index = job_indexes.of(pod)
        limit = self._job["spec"].get("backoffLimitPerIndex")
        if limit is None or index is None or index in self._done | self._lost or self._is_last_try(pod, int(limit)):
            return False
        return self._last_failed(index) is pod and all(job_indexes.of(one) != index for one in self._active())

    def _last_failed(self, index: int) -> Object | None:
        failed = [pod for pod in self._tracked() if job_indexes.of(pod) == index
                  and job_pods.has_failed(self._job, pod)]  # fmt: skip
        return max(failed, key=lambda pod: job_indexes.failures(pod) + job_indexes.ignored(pod), default=None)

    def _count(self, end: status.End | None) -> None:
        """Apunta, suelta y suma los que acabaron. Con un final anunciado, también los que no acabaron."""
        good, bad = self._to_count()
        over = end is not None or bool(self._job["metadata"].get("deletionTimestamp"))
        if end is not None and end.failed:
            bad = [pod for pod in self._tracked() if pod not in good]
        if self._job["spec"].get("backoffLimitPerIndex") is not None:
            self._lost |= self._newly_lost()
        loose = [pod for pod in self._tracked() if pod not in good and pod not in bad and (
            over or (job_pods.has_failed(self._job, pod) and not self._is_delayed(pod)))]  # fmt: skip
        now = self._clock.now
        self.streak = status.streak(self.streak, [status.ended_at(pod, now) for pod in good],
                                    [status.ended_at(pod, now) for pod in bad])  # fmt: skip
        if good or bad:
            noted = {"succeeded": [pod["metadata"]["uid"] for pod in good],
                     "failed": [pod["metadata"]["uid"] for pod in bad]}  # fmt: skip
            self._done |= self._indexes(good)
            if self._completions is not None and job_indexes.is_indexed(self._job):
                self._status["completedIndexes"] = job_indexes.text(self._done)
            self._status["uncountedTerminatedPods"] = {name: uids for name, uids in noted.items() if uids}
            self._write()
        for pod in loose:
            self._release(pod)
        self._settle()

    def _settle(self) -> None:
        """Suelta y suma a los ya apuntados, de esta vez o de una anterior que se cortó."""
        noted = self._status["uncountedTerminatedPods"]
        for pod in self._tracked() if noted else ():
            if pod["metadata"]["uid"] in (*noted.get("succeeded", ()), *noted.get("failed", ())):
                self._release(pod)
        for name in ("succeeded", "failed"):
            if noted.get(name):
                self._status[name] = int(self._status.get(name, 0)) + len(noted[name])
        if job_indexes.is_indexed(self._job):
            self._status["succeeded"] = len(self._done)
        self._status["uncountedTerminatedPods"] = {}

    def _indexes(self, pods: list[Object]) -> set[int]:
        found = {index for pod in pods if (index := job_indexes.of(pod)) is not None}
        return {one for one in found if self._completions is not None and one < self._completions}

    def _release(self, pod: Object) -> None:
        release(self._api, pod)

    # Poner y quitar Pods

    def _active(self) -> list[Object]:
        return [pod for pod in self._owned() if is_active(pod)]

    def _stop(self, end: status.End) -> None:
        self._delete(self._active(), count_it=end.failed)

    def _manage(self, suspended: bool) -> float | None:
        """Lleva los activos al número que toca. Devuelve cuánto esperar, si hay una pausa por fallos."""
        active = self._active()
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
        if self._completions is None:
            return active if succeeded else parallelism
        return max(min(self._completions - succeeded - len(self._lost), parallelism), 0)

    def _create(self, count: int) -> float | None:
        if not job_indexes.is_indexed(self._job):
            for _ in range(count):
                self._create_one(None, None)
            return None
        busy = self._indexes(self._active()) | self._done | self._lost
        pending = (index for index in range(self._completions or 0) if index not in busy)
        waits = []
        for index in pending:
            if not count:
                break
            before = self._last_failed(index)
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
                self._release(pod)
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
            fresh["failedIndexes"] = job_indexes.text(self._lost)
        for name in ("active", "succeeded", "failed", "conditions", "completedIndexes"):
            if not fresh.get(name):
                fresh.pop(name, None)
        if fresh == self._job.get("status"):
            return
        meta = {key: self._job["metadata"][key] for key in ("name", "namespace", "uid")}
        self._job = self._api.update(kinds.JOB, {"metadata": meta, "status": clone(fresh)}, subresource="status")


def release(api: Api, pod: Object) -> None:
    """Quita a un Pod el finalizador del Job: ya está contado, o ya no hay quien lo cuente."""
    meta = pod["metadata"]
    kept = [one for one in meta.get("finalizers") or () if one != job_pods.FINALIZER]
    if len(kept) == len(meta.get("finalizers") or ()):
        return
    try:
        api.patch(kinds.POD, meta["namespace"], meta["name"], {"metadata": {"uid": meta["uid"],
                                                                            "finalizers": kept or None}})  # fmt: skip
    except StatusError as error:
        if error.code not in (404, 409):
            raise
