"""El estado de un Deployment: contadores y condiciones, con el orden y las palabras del controlador real. Sin efectos.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
"""

from __future__ import annotations

from collections.abc import Sequence

from lab_tools.embedded.clock import parse, timestamp
from lab_tools.embedded.controllers import rollout_math as math
from lab_tools.objects import Object

PROGRESSING, AVAILABLE, FAILURE = "Progressing", "Available", "ReplicaFailure"
COMPLETE, TIMED_OUT, PAUSED = "NewReplicaSetAvailable", "ProgressDeadlineExceeded", "DeploymentPaused"
_NO_DEADLINE = 2**31 - 1


def deadline(deployment: Object) -> int | None:
    """Segundos que se dan a un rollout para avanzar; `None` si no hay prisa."""
    seconds = deployment["spec"].get("progressDeadlineSeconds")
    return None if seconds is None or seconds == _NO_DEADLINE else int(seconds)


def find(conditions: Sequence[Object], kind: str) -> Object | None:
    """Una condición, o `None`."""
    return next((one for one in conditions if one["type"] == kind), None)


def put(conditions: list[Object], kind: str, status: str, reason: str, message: str, now: float,
        *, refresh: bool = False) -> list[Object]:  # fmt: skip
    """Las condiciones con una cambiada. Repetir estado y motivo no la toca, salvo que `refresh` renueve su fecha."""
    present = find(conditions, kind)
    if present and not refresh and present["status"] == status and present.get("reason") == reason:
        return conditions
    stamp = timestamp(now)
    since = present["lastTransitionTime"] if present and present["status"] == status else stamp
    fresh = {"type": kind, "status": status, "lastUpdateTime": stamp, "lastTransitionTime": since,
             "reason": reason, "message": message}  # fmt: skip
    return [*(one for one in conditions if one["type"] != kind), fresh]


def without(conditions: list[Object], kind: str) -> list[Object]:
    """Las condiciones menos una."""
    return [one for one in conditions if one["type"] != kind]


def calculate(deployment: Object, sets: Sequence[Object], new: Object | None, conditions: list[Object],
              collisions: int, now: float) -> Object:  # fmt: skip
    """Los contadores y la condición Available. Un contador a cero no se escribe."""
    available = sum(math.count(one, "availableReplicas") for one in sets)
    counts = {
        "replicas": sum(math.count(one, "replicas") for one in sets),
        "updatedReplicas": math.count(new, "replicas") if new else 0,
        "readyReplicas": sum(math.count(one, "readyReplicas") for one in sets),
        "availableReplicas": available,
        "unavailableReplicas": max(math.total(sets) - available, 0),
    }
    enough = available >= math.wanted(deployment) - math.bounds(deployment)[1]
    conditions = put(
        conditions, AVAILABLE, "True" if enough else "False",
        "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        f"Deployment {'has' if enough else 'does not have'} minimum availability.", now,
    )  # fmt: skip
    return {
        "observedGeneration": deployment["metadata"]["generation"],
        **{name: value for name, value in counts.items() if value},
        "terminatingReplicas": sum(math.count(one, "terminatingReplicas") for one in sets),
        **({"collisionCount": collisions} if collisions else {}),
        "conditions": conditions,
    }


def is_complete(deployment: Object, status: Object) -> bool:
    """Si todo lo pedido es nuevo y está disponible."""
    wanted = math.wanted(deployment)
    return all(status.get(name, 0) == wanted for name in ("updatedReplicas", "replicas", "availableReplicas")) \
        and status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]  # fmt: skip


def has_progressed(old: Object, new: Object) -> bool:
    """Si algún contador mejoró."""

    def lagging(status: Object) -> int:
        return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))

    return lagging(new) < lagging(old) or any(
        new.get(name, 0) > old.get(name, 0) for name in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )


def with_progress(deployment: Object, old: Object, status: Object, sets: Sequence[Object], new: Object | None,
                  now: float) -> Object:  # fmt: skip
    """El estado con las condiciones Progressing y ReplicaFailure al día."""
    conditions = status["conditions"]
    if deadline(deployment) is None:
        conditions = without(conditions, PROGRESSING)
    else:
        conditions = _progress(deployment, old, {**status, "conditions": conditions}, new, now)
    failure = next((one for replica_set in ([new] if new else []) + list(sets)
                    for one in (replica_set.get("status") or {}).get("conditions") or ()
                    if one["type"] == FAILURE and one["status"] == "True"), None)  # fmt: skip
    if failure is None:
        conditions = without(conditions, FAILURE)
    else:
        conditions = put(conditions, FAILURE, "True", failure.get("reason", ""), failure.get("message", ""), now)
    return {**status, "conditions": conditions}


def _progress(deployment: Object, old: Object, status: Object, new: Object | None, now: float) -> list[Object]:
    conditions: list[Object] = status["conditions"]
    current = find(conditions, PROGRESSING)
    settled = status.get("replicas", 0) == status.get("updatedReplicas", 0) and current is not None \
        and current.get("reason") == COMPLETE  # fmt: skip
    if settled:
        return conditions
    who = f'ReplicaSet "{new["metadata"]["name"]}"' if new else f'Deployment "{deployment["metadata"]["name"]}"'
    if is_complete(deployment, status):
        return put(conditions, PROGRESSING, "True", COMPLETE, f"{who} has successfully progressed.", now)
    if has_progressed(old, status):
        return put(conditions, PROGRESSING, "True", "ReplicaSetUpdated", f"{who} is progressing.", now, refresh=True)
    if has_timed_out(deployment, current, now):
        return put(conditions, PROGRESSING, "False", TIMED_OUT, f"{who} has timed out progressing.", now)
    return conditions


def has_timed_out(deployment: Object, current: Object | None, now: float) -> bool:
    """Si se acabó el plazo para avanzar."""
    limit = deadline(deployment)
    if limit is None or current is None or current.get("reason") in (COMPLETE, PAUSED):
        return False
    return current.get("reason") == TIMED_OUT or _moved(current, now) + limit < now


def next_check(deployment: Object, status: Object, now: float) -> float | None:
    """Segundos hasta que venza el plazo, si hay un rollout en marcha."""
    limit, current = deadline(deployment), find(status["conditions"], PROGRESSING)
    if limit is None or current is None or is_complete(deployment, status):
        return None
    if current.get("reason") in (TIMED_OUT, PAUSED):
        return None
    return max(_moved(current, now) + limit - now, 0.0) + 1.0


def _moved(progress: Object, now: float) -> float:
    """Cuándo avanzó por última vez; ahora, si alguien borró la fecha."""
    return parse(progress.get("lastUpdateTime") or timestamp(now))
