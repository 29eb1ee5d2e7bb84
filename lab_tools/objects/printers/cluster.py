"""Las filas de lo que da forma al clúster: Node, Namespace, Event, ConfigMap, Secret, permisos y cuotas."""

from __future__ import annotations

from lab_tools.objects import Object, duration
from lab_tools.objects.printers.printer import NONE, UNKNOWN, Cells, age, name, printer, spec, status

_ROLE_PREFIX = "node-role.kubernetes.io/"


def _node(obj: Object, now: float) -> Cells:
    info = status(obj).get("nodeInfo") or {}
    return [
        name(obj),
        _node_word(obj),
        _roles(obj["metadata"].get("labels") or {}),
        age(obj, now),
        info.get("kubeletVersion", ""),
        _address(obj, "InternalIP"),
        _address(obj, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _node_word(obj: Object) -> str:
    ready = next((c for c in status(obj).get("conditions") or () if c.get("type") == "Ready"), None)
    word = "Unknown" if ready is None else "Ready" if ready.get("status") == "True" else "NotReady"
    return f"{word},SchedulingDisabled" if spec(obj).get("unschedulable") else word


def _roles(labels: dict[str, str]) -> str:
    found = {key.removeprefix(_ROLE_PREFIX) for key in labels if key.startswith(_ROLE_PREFIX)}
    found.add(labels.get("kubernetes.io/role", ""))
    return ",".join(sorted(found - {""})) or NONE


def _address(obj: Object, type_: str) -> str:
    addresses = status(obj).get("addresses") or ()
    return next((a.get("address", "") for a in addresses if a.get("type") == type_), NONE)


def _namespace(obj: Object, now: float) -> Cells:
    return [name(obj), status(obj).get("phase", ""), age(obj, now)]


def _event(obj: Object, now: float) -> Cells:
    series = obj.get("series")
    first = duration.since(obj.get("firstTimestamp") or obj.get("eventTime"), now)
    last = duration.since(obj["lastTimestamp"], now) if obj.get("lastTimestamp") else first
    count = obj.get("count") or 1
    if series:
        last, count = duration.since(series.get("lastObservedTime"), now), series.get("count", 0)
    about = obj.get("involvedObject") or obj.get("regarding") or {}
    target = "/".join(part for part in (about.get("kind", "").lower(), about.get("name", "")) if part)
    return [
        last,
        obj.get("type", ""),
        obj.get("reason", ""),
        target,
        about.get("fieldPath", ""),
        _source(obj),
        (obj.get("message") or obj.get("note") or "").strip(),
        first,
        count,
        name(obj),
    ]


def _source(obj: Object) -> str:
    source = obj.get("source") or obj.get("deprecatedSource") or {}
    who, where = source.get("component", ""), source.get("host", "")
    if not who and not where:
        who, where = obj.get("reportingComponent") or obj.get("reportingController") or "", obj.get("reportingInstance")
    return f"{who}, {where}" if where else who


def _config_map(obj: Object, now: float) -> Cells:
    return [name(obj), len(obj.get("data") or ()) + len(obj.get("binaryData") or ()), age(obj, now)]


def _secret(obj: Object, now: float) -> Cells:
    return [name(obj), obj.get("type", ""), len(obj.get("data") or ()), age(obj, now)]


def _named(obj: Object, now: float) -> Cells:
    return [name(obj), age(obj, now)]


def _dated(obj: Object, now: float) -> Cells:
    return [name(obj), obj["metadata"].get("creationTimestamp") or ""]


def _quota(obj: Object, now: float) -> Cells:
    hard, used = status(obj).get("hard") or {}, status(obj).get("used") or {}
    shown = [(key, f"{key}: {used.get(key, '0')}/{hard[key]}") for key in sorted(hard)]
    requests = ", ".join(text for key, text in shown if not key.startswith("limits."))
    limits = ", ".join(text for key, text in shown if key.startswith("limits."))
    return [name(obj), requests, limits, age(obj, now)]


def _binding(obj: Object, now: float) -> Cells:
    role, subjects = obj.get("roleRef") or {}, obj.get("subjects") or ()
    users, groups = (
        ", ".join(s.get("name", "") for s in subjects if s.get("kind") == kind) for kind in ("User", "Group")
    )
    accounts = ", ".join(
        f"{s['namespace']}/{s.get('name', '')}" if s.get("namespace") else s.get("name", "")
        for s in subjects
        if s.get("kind") == "ServiceAccount"
    )
    return [name(obj), f"{role.get('kind', '')}/{role.get('name', '')}", age(obj, now), users, groups, accounts]


def _priority_class(obj: Object, now: float) -> Cells:
    policy = obj.get("preemptionPolicy", "")
    return [name(obj), obj.get("value", 0), obj.get("globalDefault", False), age(obj, now), policy]


def _lease(obj: Object, now: float) -> Cells:
    return [name(obj), spec(obj).get("holderIdentity") or "", age(obj, now)]


def _runtime_class(obj: Object, now: float) -> Cells:
    return [name(obj), obj.get("handler", ""), age(obj, now)]


NODE = printer(
    "Name:name|Status|Roles|Age|Version|Internal-IP*|External-IP*|OS-Image*|Kernel-Version*|Container-Runtime*", _node
)
NAMESPACE = printer("Name:name|Status|Age", _namespace)
EVENT = printer("Last Seen|Type|Reason|Object|Subobject*|Source*|Message|First Seen*|Count*|Name:name*", _event)
CONFIGMAP = printer("Name:name|Data|Age", _config_map)
SECRET = printer("Name:name|Type|Data|Age", _secret)
SERVICEACCOUNT = printer("Name:name|Age", _named)
RESOURCEQUOTA = printer("Name:name|Request|Limit|Age", _quota)
BINDING = printer("Name:name|Role|Age|Users*|Groups*|ServiceAccounts*", _binding)
PRIORITYCLASS = printer("Name:name|Value:integer|Global-Default:boolean|Age|PreemptionPolicy", _priority_class)
LEASE = printer("Name:name|Holder|Age", _lease)
RUNTIMECLASS = printer("Name:name|Handler|Age", _runtime_class)
# LimitRange, Role y ClusterRole no tienen impresor propio: el servidor real enseña cuándo se crearon.
DATED = printer("Name:name|Created At:date", _dated)
NAMED = SERVICEACCOUNT
