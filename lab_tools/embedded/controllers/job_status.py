"""El estado de un Job: sus condiciones, su final y las pausas entre intentos. Sin efectos.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lab_tools.embedded.clock import parse, timestamp
from lab_tools.objects import Object

COMPLETE, FAILED, SUSPENDED = "Complete", "Failed", "Suspended"
# Antes del final se anuncia: aún hay Pods yéndose.
SUCCESS_MET, FAILURE_TARGET = "SuccessCriteriaMet", "FailureTarget"
# Pausa tras el primer fallo seguido; se dobla en cada uno, hasta el tope (segundos).
FIRST_PAUSE, LAST_PAUSE = 10.0, 600.0


class End(NamedTuple):
    """Un final anunciado: su condición (`SuccessCriteriaMet` o `FailureTarget`), motivo y mensaje."""

    type: str
    reason: str
    message: str

    @property
    def failed(self) -> bool:
        """Si acaba mal."""
        return self.type == FAILURE_TARGET


class Streak(NamedTuple):
    """Fallos seguidos desde el último éxito, y cuándo fue el último."""

    failures: int = 0
    last: float = 0.0

    def remaining(self, now: float) -> float:
        """Segundos que faltan para volver a intentarlo."""
        if not self.failures:
            return 0.0
        pause = min(FIRST_PAUSE * 2.0 ** (self.failures - 1), LAST_PAUSE)
        return max(self.last + pause - now, 0.0)


def find(job: Object, kind: str) -> Object | None:
    """Una condición que se cumple, o `None`."""
    return next((one for one in (job.get("status") or {}).get("conditions") or ()
                 if one["type"] == kind and one["status"] == "True"), None)  # fmt: skip


def finished(job: Object) -> Object | None:
    """La condición con que acabó, o `None` si sigue."""
    return find(job, COMPLETE) or find(job, FAILED)


def announced(job: Object) -> End | None:
    """El final ya anunciado, o `None`."""
    one = find(job, FAILURE_TARGET) or find(job, SUCCESS_MET)
    return End(one["type"], one.get("reason", ""), one.get("message", "")) if one is not None else None


def condition(kind: str, status: str, reason: str, message: str, now: float) -> Object:
    """Una condición nueva."""
    stamp = timestamp(now)
    return {"type": kind, "status": status, "lastProbeTime": stamp, "lastTransitionTime": stamp,
            "reason": reason, "message": message}  # fmt: skip


def put(conditions: Sequence[Object], fresh: Object) -> list[Object]:
    """Las condiciones con una puesta en su sitio; si ya decía lo mismo, no cambia ni su fecha."""
    present = next((one for one in conditions if one["type"] == fresh["type"]), None)
    if present is None:
        return [*conditions, fresh]
    if (present["status"], present.get("reason")) == (fresh["status"], fresh.get("reason")):
        return list(conditions)
    return [fresh if one is present else one for one in conditions]


def ended_at(pod: Object, now: float) -> float:
    """Cuándo acabó un Pod: el último de sus contenedores."""
    ends = [one["state"]["terminated"]["finishedAt"] for one in pod["status"].get("containerStatuses") or ()
            if ((one.get("state") or {}).get("terminated") or {}).get("finishedAt")]  # fmt: skip
    return max((parse(one) for one in ends), default=now)


def streak(before: Streak, succeeded: Sequence[float], failed: Sequence[float]) -> Streak:
    """La racha tras unos finales nuevos (instantes): un éxito la corta, y solo suman los fallos posteriores."""
    last_success = max(succeeded, default=0.0)
    later = [one for one in failed if one >= last_success]
    count = len(later) + (0 if succeeded else before.failures)
    return Streak(count, max(later, default=before.last)) if count else Streak()


def overdue(job: Object, now: float) -> float | None:
    """Segundos hasta que venza `activeDeadlineSeconds` (0 o menos: venció); `None` si no hay plazo que corra."""
    limit, start = job["spec"].get("activeDeadlineSeconds"), (job.get("status") or {}).get("startTime")
    if limit is None or start is None or job["spec"].get("suspend"):
        return None
    return parse(start) + float(limit) - now
