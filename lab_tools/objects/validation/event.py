"""El juicio sobre un Event: de qué habla, y quién lo cuenta.

Los de antes (`v1` sin `eventTime`) valen casi siempre; los nuevos dicen además quién, qué hizo y por qué.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/events.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names
from lab_tools.objects.validation.problem import Problem, invalid, required

LONGEST, LONGEST_MESSAGE = 128, 1024
TYPES = ("Normal", "Warning")
# Lo que un Event nuevo no trae, con el nombre que tiene al guardarse y el valor de quien no lo trae.
_OLD = ("firstTimestamp", "lastTimestamp", "count")
_NEVER = {"involvedObject": "involvedObject", "reason": "reason", "message": "message", "source": "source",
          "firstTimestamp": "firstTimestamp", "lastTimestamp": "lastTimestamp", "count": "count", "type": "type",
          "eventTime": "eventTime", "action": "action", "related": "related",
          "reportingComponent": "reportingController", "reportingInstance": "reportingInstance"}  # fmt: skip


def event(obj: Object) -> Iterator[Problem]:
    """Los problemas de un Event, llegue por el grupo que llegue. Vive en el Namespace de aquello de lo que habla."""
    about = (obj.get("involvedObject") or {}).get("namespace", "")
    own, new = (obj.get("metadata") or {}).get("namespace", ""), bool(obj.get("eventTime"))
    homeless = ("default", "kube-system", "") if new else ("default", "")
    if (not about and own not in homeless) or (about and about != own and not new):
        yield invalid("involvedObject.namespace", about, "does not match event.namespace")
    if new:
        yield from _told(obj)


def strict(obj: Object) -> Iterator[Problem]:
    """Lo que se exige además a un Event nuevo que entra por `events.k8s.io`."""
    series = obj.get("series")
    if series is not None and series.get("count", 0) < 2:
        yield invalid("series.count", "", "should be at least 2")
    if series is not None and not series.get("lastObservedTime"):
        yield required("series.lastObservedTime")
    if not obj.get("eventTime"):
        yield required("eventTime")
    if obj.get("type") not in TYPES:
        yield invalid("type", "", f"has invalid value: {obj.get('type', '')}")
    yield from (invalid(key, "", "needs to be unset") for key in _OLD if obj.get(key))
    if any((obj.get("source") or {}).values()):
        yield invalid("source", "", "needs to be unset")


def strict_update(new: Object, old: Object) -> Iterator[Problem]:
    """De un Event que entró por `events.k8s.io` solo cambia cuántas veces se ha repetido."""
    for key, shown in _NEVER.items():
        if (new.get(key) or None) != (old.get(key) or None):
            yield invalid(shown, new.get(key), checks.IMMUTABLE)


def _told(obj: Object) -> Iterator[Problem]:
    controller = obj.get("reportingComponent", "")
    if not controller:
        yield required("reportingController")
    yield from checks.each(names.qualified_name(controller), "reportingController", controller)
    for key in ("reportingInstance", "action", "reason"):
        if not obj.get(key):
            yield required(key)
        elif len(obj[key]) > LONGEST:
            yield invalid(key, "", f"can have at most {LONGEST} characters")
    if len(obj.get("message", "")) > LONGEST_MESSAGE:
        yield invalid("message", "", f"can have at most {LONGEST_MESSAGE} characters")
