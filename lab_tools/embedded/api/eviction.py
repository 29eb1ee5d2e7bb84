"""Desalojar un Pod: pedir que se vaya, si su presupuesto de interrupciones lo permite.

El presupuesto se gasta aquí mismo, antes de borrar: dos desalojos a la vez no pueden gastar el mismo permiso.
Fuente: https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api.protocol import DEFAULT, Api, Options
from lab_tools.embedded.clock import timestamp
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds
from lab_tools.objects.selector import LabelSelector

_FREE_PHASES = ("Pending", "Succeeded", "Failed")
_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


def evict(api: Api, now: float, pod: Object, grace: int | None = None, options: Options = DEFAULT) -> None:
    """Borra el Pod si su presupuesto lo permite. Lanza 429 si no y 500 si no se sabe de quién es."""
    permit(api, now, pod, options)
    announce(api, now, pod, options)
    meta = pod["metadata"]
    api.delete(kinds.POD, meta["namespace"], meta["name"], grace=grace, options=options)


def permit(api: Api, now: float, pod: Object, options: Options) -> None:
    """Gasta el permiso que haga falta para quitar `pod`. Lanza 429 si no lo hay y 500 si no se sabe de quién es."""
    if pod["metadata"].get("deletionTimestamp") or pod["status"].get("phase") in _FREE_PHASES:
        return
    budgets = _budgets(api, pod)
    if len(budgets) > 1:
        text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        raise status.internal(text)
    if budgets and not _is_spare(budgets[0], pod):
        _spend(api, now, budgets[0], pod, options)


def _budgets(api: Api, pod: Object) -> list[Object]:
    labels = pod["metadata"].get("labels") or {}
    return [
        budget
        for budget in api.list(kinds.PODDISRUPTIONBUDGET, pod["metadata"]["namespace"]).items
        if LabelSelector.from_object(budget["spec"].get("selector")).matches(labels)
    ]


def _is_spare(budget: Object, pod: Object) -> bool:
    """Quitar a uno que no atiende no interrumpe nada: se deja si los demás bastan, o siempre si así se pidió."""
    conditions = pod["status"].get("conditions") or ()
    if any(one["type"] == "Ready" and one["status"] == "True" for one in conditions):
        return False
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    counts = budget.get("status") or {}
    return bool(counts.get("currentHealthy", 0) >= counts.get("desiredHealthy", 0) > 0)


def _spend(api: Api, now: float, budget: Object, pod: Object, options: Options) -> None:
    meta, counts = budget["metadata"], budget.get("status") or {}
    if counts.get("observedGeneration", 0) < meta["generation"]:
        raise _refusal(f"The disruption budget {meta['name']} is still being processed by the server.", retry=10)
    if counts.get("disruptionsAllowed", 0) < 1:
        raise _refusal(_why(budget))
    if options.dry_run:
        return
    spent = clone(budget)
    spent["status"]["disruptionsAllowed"] -= 1
    promised = {**(counts.get("disruptedPods") or {}), pod["metadata"]["name"]: timestamp(now)}
    spent["status"]["disruptedPods"] = promised
    api.update(kinds.PODDISRUPTIONBUDGET, spent, subresource="status")


def _why(budget: Object) -> str:
    name, counts = budget["metadata"]["name"], budget.get("status") or {}
    for one in counts.get("conditions") or ():
        if one["type"] == "DisruptionAllowed" and one["reason"] == "SyncFailed":
            return (f"The disruption budget {name} does not allow evicting pods currently because it failed sync: "
                    f"{one['message']}")  # fmt: skip
    needs, has = counts.get("desiredHealthy", 0), counts.get("currentHealthy", 0)
    return f"The disruption budget {name} needs {needs} healthy pods and has {has} currently"


def _refusal(why: str, retry: int = 0) -> StatusError:
    details: dict[str, object] = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if retry:
        details["retryAfterSeconds"] = retry
    return status.failure(429, "TooManyRequests", _REFUSED, details)


def announce(api: Api, now: float, pod: Object, options: Options) -> None:
    """Deja escrito en el Pod por qué se va: quien lo controla puede no contarlo como un fallo suyo."""
    if options.dry_run or pod["metadata"].get("deletionTimestamp"):
        return
    marked = clone(pod)
    marked["metadata"].pop("resourceVersion", None)
    kept = [one for one in marked["status"].get("conditions") or () if one["type"] != "DisruptionTarget"]
    reason = {"reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}
    target = {
        "type": "DisruptionTarget",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": timestamp(now),
        **reason,
    }
    marked["status"]["conditions"] = [*kept, target]
    api.update(kinds.POD, marked, subresource="status")
