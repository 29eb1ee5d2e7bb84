"""Las filas de lo que mantiene Pods: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob…"""

from __future__ import annotations

from lab_tools.objects import Object, duration
from lab_tools.objects.printers.printer import (
    NONE,
    UNKNOWN,
    UNSET,
    Cells,
    age,
    at_most,
    containers,
    is_true,
    labels,
    name,
    printer,
    selector,
    spec,
    status,
)


def _deployment(obj: Object, now: float) -> Cells:
    state = status(obj)
    ready = f"{state.get('readyReplicas', 0)}/{spec(obj).get('replicas', 0)}"
    updated, available = state.get("updatedReplicas", 0), state.get("availableReplicas", 0)
    return [name(obj), ready, updated, available, age(obj, now), *_template(obj), selector(spec(obj).get("selector"))]


def _replica_set(obj: Object, now: float) -> Cells:
    return [*_replicas(obj, now), *_template(obj), selector(spec(obj).get("selector"))]


def _replication_controller(obj: Object, now: float) -> Cells:
    return [*_replicas(obj, now), *_template(obj), labels(spec(obj).get("selector"))]


def _replicas(obj: Object, now: float) -> Cells:
    state = status(obj)
    desired = spec(obj).get("replicas", 0)
    return [name(obj), desired, state.get("replicas", 0), state.get("readyReplicas", 0), age(obj, now)]


def _stateful_set(obj: Object, now: float) -> Cells:
    ready = f"{status(obj).get('readyReplicas', 0)}/{spec(obj).get('replicas', 0)}"
    return [name(obj), ready, age(obj, now), *_template(obj)]


def _daemon_set(obj: Object, now: float) -> Cells:
    counts = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady",
              "updatedNumberScheduled", "numberAvailable")  # fmt: skip
    where = labels(spec(spec(obj).get("template") or {}).get("nodeSelector"))
    numbers = [status(obj).get(count, 0) for count in counts]
    return [name(obj), *numbers, where, age(obj, now), *_template(obj), selector(spec(obj).get("selector"))]


def _job(obj: Object, now: float) -> Cells:
    chosen = selector(spec(obj).get("selector"))
    return [name(obj), _job_word(obj), _completions(obj), _took(obj, now), age(obj, now), *_template(obj), chosen]


def _job_word(obj: Object) -> str:
    conditions = status(obj).get("conditions")
    for word in ("Complete", "Failed"):
        if is_true(conditions, word):
            return word
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for word in ("Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if is_true(conditions, word):
            return word
    return "Running"


def _completions(obj: Object) -> str:
    done, wanted = status(obj).get("succeeded", 0), spec(obj).get("completions")
    if wanted is not None:
        return f"{done}/{wanted}"
    workers = spec(obj).get("parallelism") or 0
    return f"{done}/1 of {workers}" if workers > 1 else f"{done}/1"


def _took(obj: Object, now: float) -> str:
    started, completed = status(obj).get("startTime"), status(obj).get("completionTime")
    if not started:
        return ""
    return duration.human((duration.moment(completed) if completed else now) - duration.moment(started))


def _cron_job(obj: Object, now: float) -> Cells:
    want, state = spec(obj), status(obj)
    last = state.get("lastScheduleTime")
    inner = spec(want.get("jobTemplate") or {})
    return [
        name(obj),
        want.get("schedule", ""),
        want.get("timeZone") or NONE,
        UNSET if want.get("suspend") is None else str(want["suspend"]),
        len(state.get("active") or ()),
        duration.since(last, now) if last else NONE,
        age(obj, now),
        *containers(inner.get("template")),
        selector(inner.get("selector")),
    ]


def _scale(obj: Object, now: float) -> Cells:
    return [name(obj), spec(obj).get("replicas", 0), status(obj).get("replicas", 0), age(obj, now)]


def _autoscaler(obj: Object, now: float) -> Cells:
    want = spec(obj)
    target = want.get("scaleTargetRef") or {}
    minimum = want.get("minReplicas")
    return [
        name(obj),
        f"{target.get('kind', '')}/{target.get('name', '')}",
        _metrics(want.get("metrics") or (), status(obj).get("currentMetrics") or ()),
        UNSET if minimum is None else str(minimum),
        want.get("maxReplicas", 0),
        status(obj).get("currentReplicas", 0),
        age(obj, now),
    ]


def _metrics(wanted: list[Object] | tuple[()], found: list[Object] | tuple[()]) -> str:
    shown = [_metric(metric, found[index] if index < len(found) else {}) for index, metric in enumerate(wanted)]
    return at_most(shown, 2, ", ") or NONE


def _metric(metric: Object, found: Object) -> str:
    key = metric.get("type", "")
    key = key[:1].lower() + key[1:]
    target = (metric.get(key) or {}).get("target") or {}
    current = (found.get(key) or {}).get("current") or {}
    label = f"{metric[key].get('name', '')}: " if key in ("resource", "containerResource") else ""
    average = " (avg)" if key in ("external", "object") and target.get("averageValue") is not None else ""
    for field in ("averageValue", "value"):
        if target.get(field) is not None:
            return f"{label}{current.get(field) or UNKNOWN}/{target[field]}{average}"
    percent, goal = current.get("averageUtilization"), target.get("averageUtilization")
    now = UNKNOWN if percent is None else f"{percent}%"
    return f"{label}{now}/{'<auto>' if goal is None else f'{goal}%'}"


def _budget(obj: Object, now: float) -> Cells:
    want = spec(obj)
    bounds = [str(want[key]) if want.get(key) is not None else "N/A" for key in ("minAvailable", "maxUnavailable")]
    return [name(obj), *bounds, status(obj).get("disruptionsAllowed", 0), age(obj, now)]


def _controller_revision(obj: Object, now: float) -> Cells:
    owner = next((ref for ref in obj["metadata"].get("ownerReferences") or () if ref.get("controller")), None)
    return [name(obj), _owner(owner) if owner else NONE, obj.get("revision", 0), age(obj, now)]


def _owner(ref: Object) -> str:
    group = ref.get("apiVersion", "").rpartition("/")[0]
    return f"{ref.get('kind', '')}{'.' if group else ''}{group}".lower() + f"/{ref.get('name', '')}"


def _pod_template(obj: Object, now: float) -> Cells:
    template = obj.get("template") or {}
    return [name(obj), *containers(template), labels((template.get("metadata") or {}).get("labels"))]


def _template(obj: Object) -> tuple[str, str]:
    return containers(spec(obj).get("template"))


_WIDE = "Containers*|Images*|Selector*"
_COUNTS = "Name:name|Desired:integer|Current:integer|Ready:integer"

DEPLOYMENT = printer(f"Name:name|Ready|Up-to-date|Available|Age|{_WIDE}", _deployment)
REPLICASET = printer(f"{_COUNTS}|Age|{_WIDE}", _replica_set)
REPLICATIONCONTROLLER = printer(f"{_COUNTS}|Age|{_WIDE}", _replication_controller)
STATEFULSET = printer("Name:name|Ready|Age|Containers*|Images*", _stateful_set)
DAEMONSET = printer(f"{_COUNTS}|Up-to-date:integer|Available:integer|Node Selector|Age|{_WIDE}", _daemon_set)
JOB = printer(f"Name:name|Status|Completions|Duration|Age|{_WIDE}", _job)
CRONJOB = printer(f"Name:name|Schedule|Timezone|Suspend:boolean|Active:integer|Last Schedule|Age|{_WIDE}", _cron_job)
HORIZONTALPODAUTOSCALER = printer("Name:name|Reference|Targets|MinPods|MaxPods|Replicas|Age", _autoscaler)
PODDISRUPTIONBUDGET = printer("Name:name|Min Available|Max Unavailable|Allowed Disruptions:integer|Age", _budget)
CONTROLLERREVISION = printer("Name:name|Controller|Revision|Age", _controller_revision)
PODTEMPLATE = printer("Name:name|Containers|Images|Pod Labels", _pod_template)
SCALE = printer("Name:name|Desired:integer|Available:integer|Age", _scale)
