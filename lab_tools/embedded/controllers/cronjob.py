"""CronJob: un Job cada vez que toca. Recuerda los que lanzó, no lanza dos veces la misma hora y guarda poca historia.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, tzinfo

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.clock import Clock, parse, timestamp
from lab_tools.embedded.controllers import cron_schedule
from lab_tools.embedded.controllers.cron_schedule import Schedule
from lab_tools.embedded.controllers.job_status import COMPLETE, find, finished
from lab_tools.embedded.controllers.ownership import controller_of, reference
from lab_tools.embedded.reconciler import Cache, Key, Recorder, WorkQueue, by_owner
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

NAME = "cronjob-controller"
DELAY = 0.05
# Se mira un poco después de la hora, para no llegar antes de que haya dado (segundos).
_MARGIN = 0.1
_MANY = 100
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_TOO_MANY = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"


class CronJobController:
    """El controlador de CronJobs."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._recorder = Recorder(api, clock, NAME)
        self._queue = WorkQueue(clock, self, DELAY)
        clock.on_offset(self._look_again)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._crons = Cache(self._api, kinds.CRONJOB)
        self._jobs = Cache(self._api, kinds.JOB, {"owner": by_owner})
        self._crons.subscribe(lambda event: self._queue.add_object(event.object))
        self._jobs.subscribe(self._on_job)
        for one in self._crons.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Pone al día un CronJob y lanza el Job que toque. Devuelve cuándo volver."""
        cron = self._crons.get(*key)
        if cron is None:
            return None
        status: Object = clone(cron.get("status") or {})
        self._follow(cron, status)
        wait = None
        if not cron["metadata"].get("deletionTimestamp"):
            schedule = None if cron["spec"].get("suspend") else self._schedule(cron)
            wait = self._launch(cron, status, schedule) if schedule is not None else None
            self._clean_up(cron, status)
        self._write(cron, status)
        return wait

    # Seguir a los que ya se lanzaron

    def _follow(self, cron: Object, status: Object) -> None:
        jobs = self._children(cron)
        active = {one.get("uid", ""): one for one in status.get("active") or ()}
        for job in jobs:
            uid, name, end = job["metadata"]["uid"], job["metadata"]["name"], finished(job)
            if uid in active and end is not None:
                del active[uid]
                self._event(cron, "Normal", "SawCompletedJob", f"Saw completed job: {name}, condition: {end['type']}")
            elif uid not in active and end is None:
                self._event(cron, "Warning", "UnexpectedJob",
                            f"Saw a job that the controller did not create or forgot: {name}")  # fmt: skip
            if find(job, COMPLETE) is not None:
                done = job["status"].get("completionTime") or timestamp(self._clock.now)
                status["lastSuccessfulTime"] = max(status.get("lastSuccessfulTime", done), done)
        known = {job["metadata"]["uid"] for job in jobs}
        for uid in [uid for uid in active if uid not in known]:
            self._event(cron, "Normal", "MissingJob", f"Active job went missing: {active.pop(uid).get('name', '')}")
        status["active"] = list(active.values())

    def _children(self, cron: Object) -> list[Object]:
        return self._jobs.by("owner", cron["metadata"]["uid"])

    # Lanzar

    def _schedule(self, cron: Object) -> Schedule | None:
        spec = cron["spec"]
        try:
            return cron_schedule.on_calendar(
                cron_schedule.parse(spec["schedule"], spec.get("timeZone")), self._clock.offset
            )
        except LookupError as error:
            self._event(cron, "Warning", "UnknownTimeZone", f'invalid timeZone: "{spec["timeZone"]}": {error}')
        except ValueError as error:
            said = f'unparseable schedule: "{spec["schedule"]}" : {error}'
            self._event(cron, "Warning", "UnparseableSchedule", said)
        return None

    def _launch(self, cron: Object, status: Object, schedule: Schedule) -> float | None:
        """Lanza el Job de la última hora que haya dado, si hace falta. Devuelve cuánto falta para la próxima."""
        now = self._clock.now
        due = self._due(cron, status, schedule)
        if due is not None and self._may_start(cron, status, due):
            self._start(cron, status, due)
        upcoming = schedule.after(now)
        return upcoming - now + _MARGIN if upcoming is not None else None

    def _due(self, cron: Object, status: Object, schedule: Schedule) -> float | None:
        """La última hora que dio y aún no se atendió, o `None`."""
        now, limit = self._clock.now, cron["spec"].get("startingDeadlineSeconds")
        since = parse(status.get("lastScheduleTime") or cron["metadata"]["creationTimestamp"])
        if limit is not None:
            since = max(since, now - float(limit))
        first = schedule.after(since)
        if first is None or first > now:
            return None
        second = schedule.after(first)
        if second is None or second > now:
            return first
        # Se salta de golpe casi todo lo perdido: puede ser un año de minutos.
        missed = int((now - first) // (second - first)) + 1
        if missed > _MANY:
            self._event(cron, "Warning", "TooManyMissedTimes", _TOO_MANY)
        latest, at = first, schedule.after(first + (missed - 2) * (second - first))
        while at is not None and at <= now:
            latest, at = at, schedule.after(at)
        return latest

    def _may_start(self, cron: Object, status: Object, due: float) -> bool:
        spec, now = cron["spec"], self._clock.now
        limit = spec.get("startingDeadlineSeconds")
        if limit is not None and due + float(limit) < now:
            moment = datetime.fromtimestamp(due + self._clock.offset, UTC).strftime("%a, %d %b %Y %H:%M:%S %z")
            self._event(cron, "Warning", "MissSchedule", f"Missed scheduled time to start a job: {moment}")
            return False
        if status.get("lastScheduleTime") == timestamp(due) or any(
            one["name"] == _job_name(cron, due) for one in status["active"]
        ):
            return False
        if spec.get("concurrencyPolicy") == "Forbid" and status["active"]:
            self._event(cron, "Normal", "JobAlreadyActive", "Not starting job because prior execution is running and "
                        "concurrency policy is Forbid")  # fmt: skip
            return False
        if spec.get("concurrencyPolicy") == "Replace":
            for one in list(status["active"]):
                self._delete(cron, status, one["name"], one["uid"])
        return True

    def _start(self, cron: Object, status: Object, due: float) -> None:
        meta, template = cron["metadata"], cron["spec"]["jobTemplate"]
        inherited = template.get("metadata") or {}
        zone = cron_schedule.zone_of(cron["spec"].get("timeZone"))
        notes = {**(inherited.get("annotations") or {}), SCHEDULED: _moment(due + self._clock.offset, zone)}
        body = {"metadata": {"name": _job_name(cron, due), "namespace": meta["namespace"], "annotations": notes,
                             **({"labels": dict(inherited["labels"])} if inherited.get("labels") else {}),
                             "ownerReferences": [reference(cron, kinds.CRONJOB)]},
                "spec": clone(template["spec"])}  # fmt: skip
        try:
            job = self._api.create(kinds.JOB, body, meta["namespace"])
        except StatusError as error:
            # El nombre sale de la hora: si ya existe, alguien lo lanzó y no hay que repetirlo.
            if error.code != 409:
                self._event(cron, "Warning", "FailedCreate", f"Error creating job: {error.message}")
                raise
            return
        self._event(cron, "Normal", "SuccessfulCreate", f"Created job {job['metadata']['name']}")
        made = {key: job["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion")}
        status["active"].append({"apiVersion": job["apiVersion"], "kind": job["kind"], **made})
        status["lastScheduleTime"] = timestamp(due)

    # Olvidar

    def _clean_up(self, cron: Object, status: Object) -> None:
        """Deja los últimos Jobs acabados: unos pocos buenos y menos malos."""
        ended = [(job, end) for job in self._children(cron) if (end := finished(job)) is not None]
        for name, good in (("successfulJobsHistoryLimit", True), ("failedJobsHistoryLimit", False)):
            limit = cron["spec"].get(name)
            mine = sorted((job for job, end in ended if (end["type"] == COMPLETE) is good), key=_age)
            for job in mine[: len(mine) - int(limit)] if limit is not None and len(mine) > int(limit) else ():
                self._delete(cron, status, job["metadata"]["name"], job["metadata"]["uid"])

    def _delete(self, cron: Object, status: Object, name: str, uid: str) -> None:
        try:
            self._api.delete(kinds.JOB, cron["metadata"]["namespace"], name, propagation="Background", uid=uid)
        except StatusError as error:
            if error.code not in (404, 409):
                self._event(cron, "Warning", "FailedDelete", f"Deleted job: {error.message}")
                raise
        status["active"] = [one for one in status["active"] if one["uid"] != uid]
        self._event(cron, "Normal", "SuccessfulDelete", f"Deleted job {name}")

    def _write(self, cron: Object, status: Object) -> None:
        if not status["active"]:
            del status["active"]
        if status == (cron.get("status") or {}) or self._crons.get(*_key(cron)) is None:
            return
        meta = {key: cron["metadata"][key] for key in ("name", "namespace", "uid")}
        self._api.update(kinds.CRONJOB, {"metadata": meta, "status": status}, subresource="status")

    def _event(self, cron: Object, type_: str, reason: str, message: str) -> None:
        self._recorder.event(cron, type_, reason, message)

    def _look_again(self) -> None:
        """El calendario se ha puesto en otra hora: todas las citas cambian."""
        for one in self._crons.all():
            self._queue.add_object(one)

    def _on_job(self, event: Event) -> None:
        owner = controller_of(event.object)
        if owner is not None and owner["kind"] == "CronJob":
            self._queue.add((event.object["metadata"]["namespace"], owner["name"]))


def _key(obj: Object) -> Key:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def _age(job: Object) -> tuple[str, str]:
    return job["status"].get("startTime", ""), job["metadata"]["name"]


def _job_name(cron: Object, due: float) -> str:
    return f"{cron['metadata']['name']}-{int(due) // 60}"


def _moment(instant: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(instant, zone).isoformat().replace("+00:00", "Z")
