"""Qué le pasa a un objeto cuando alguien lo borra: irse ya, quedar marcado, o esperar a sus finalizadores.

Fuente: https://kubernetes.io/docs/concepts/architecture/garbage-collection/ y
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api.preparation import mark_deleted
from lab_tools.embedded.clock import timestamp
from lab_tools.objects import Object, clone, kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.validation import Problem

POLICIES = ("Foreground", "Background", "Orphan")
_FINALIZER = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}
_DEFAULT_GRACE = 30
# Una definición espera a que se vayan los objetos que define.
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


def check_policy(propagation: str | None) -> None:
    """422 si la política de propagación no existe."""
    if propagation is None or propagation in POLICIES:
        return
    supported = ", ".join(f'"{policy}"' for policy in (*POLICIES, "nil"))
    message = f'Unsupported value: "{propagation}": supported values: {supported}'
    problem = Problem("FieldValueNotSupported", "propagationPolicy", message, propagation)
    refusal = status.invalid(_DELETE_OPTIONS, "", [problem])
    raise refusal


# De antes de que hubiera políticas: quien borra sin decir cuál deja a los Pods de estos donde están.
_ORPHANING = (kinds.JOB, kinds.REPLICATIONCONTROLLER)
_KEPT = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
    "or set propagationPolicy=Orphan to suppress this warning"
)


def warnings(kind: Kind, propagation: str | None) -> tuple[str, ...]:
    """Lo que conviene avisar a quien borra sin decir cómo."""
    return (_KEPT,) if kind is kinds.JOB and propagation is None else ()


_DELETE_OPTIONS = Kind("meta.k8s.io", "v1", "DeleteOptions", "deleteoptions")


def mark(kind: Kind, obj: Object, now: float, grace: int | None, propagation: str | None) -> Object | None:
    """El objeto marcado para borrar, o `None` si ya puede irse. No toca `obj`."""
    seconds = _grace(kind, obj, grace)
    marked = clone(obj)
    meta = marked["metadata"]
    present = meta.get("finalizers") or []
    if propagation is None and kind in _ORPHANING and not {*present} & {*_FINALIZER.values()}:
        propagation = "Orphan"
    finalizers = _finalizers(present, propagation)
    if kind is kinds.CUSTOMRESOURCEDEFINITION and CLEANUP not in finalizers and not meta.get("deletionTimestamp"):
        finalizers = [*finalizers, CLEANUP]
    if finalizers:
        meta["finalizers"] = finalizers
    else:
        meta.pop("finalizers", None)
    waits = bool(finalizers) or seconds > 0 or kind is kinds.NAMESPACE
    if not waits:
        return None
    already = meta.get("deletionTimestamp")
    if already is None:
        meta["deletionTimestamp"] = timestamp(now + seconds)
        meta["deletionGracePeriodSeconds"] = seconds
        mark_deleted(kind, marked)
    elif seconds < meta.get("deletionGracePeriodSeconds", 0):
        meta["deletionTimestamp"] = timestamp(now + seconds)
        meta["deletionGracePeriodSeconds"] = seconds
    if kind is kinds.NAMESPACE:
        marked["status"] = {**(marked.get("status") or {}), "phase": "Terminating"}
        meta.pop("deletionGracePeriodSeconds", None)
    return marked


def is_finished(obj: Object) -> bool:
    """Si un objeto marcado ya no espera a nadie y puede desaparecer."""
    meta = obj["metadata"]
    if not meta.get("deletionTimestamp") or meta.get("finalizers"):
        return False
    if (obj.get("spec") or {}).get("finalizers"):
        return False
    return not meta.get("deletionGracePeriodSeconds")


def _finalizers(present: list[str], propagation: str | None) -> list[str]:
    if propagation is None:
        return present
    kept = [one for one in present if one not in _FINALIZER.values()]
    return [*kept, _FINALIZER[propagation]] if propagation in _FINALIZER else kept


def _grace(kind: Kind, obj: Object, grace: int | None) -> int:
    if kind is not kinds.POD:
        return 0
    # Un Pod que aún no está en ningún nodo, o que ya terminó, no tiene a quién avisar.
    if not obj["spec"].get("nodeName") or obj.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    if grace is None:
        grace = obj["spec"].get("terminationGracePeriodSeconds", _DEFAULT_GRACE)
    return max(int(grace), 0)
