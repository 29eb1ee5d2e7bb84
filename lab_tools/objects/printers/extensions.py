"""Las filas de lo que amplía o vigila la API: webhooks, políticas, certificados, APIService, cuotas de peticiones
y reparto de dispositivos."""

from __future__ import annotations

from typing import Any

from lab_tools.objects import Object, duration, quantity
from lab_tools.objects.printers.printer import NONE, UNSET, Cells, age, name, printer, spec, status
from lab_tools.objects.selector import LabelSelector


def _component(obj: Object, now: float) -> Cells:
    healthy: Object = next((one for one in obj.get("conditions") or () if one.get("type") == "Healthy"), {})
    word = {"True": "Healthy", "False": "Unhealthy"}.get(healthy.get("status", ""), "Unknown")
    return [name(obj), word, healthy.get("message", ""), healthy.get("error", "")]


def _api_service(obj: Object, now: float) -> Cells:
    service = spec(obj).get("service")
    available = next((one for one in status(obj).get("conditions") or () if one.get("type") == "Available"), None)
    word = "Unknown" if available is None else available.get("status", "Unknown")
    if available is not None and word != "True":
        word = f"{word} ({available.get('reason', '')})"
    where = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    return [name(obj), where, word, age(obj, now)]


def _webhooks(obj: Object, now: float) -> Cells:
    return [name(obj), len(obj.get("webhooks") or ()), age(obj, now)]


def _policy(field: str) -> Any:
    def cells(obj: Object, now: float) -> Cells:
        param = spec(obj).get("paramKind")
        shown = f"{param.get('apiVersion', '')}/{param.get('kind', '')}" if param else UNSET
        return [name(obj), len(spec(obj).get(field) or ()), shown, age(obj, now)]

    return cells


def _policy_binding(obj: Object, now: float) -> Cells:
    return [name(obj), spec(obj).get("policyName", ""), _param(spec(obj).get("paramRef")), age(obj, now)]


def _param(reference: Object | None) -> str:
    if reference is None:
        return UNSET
    if reference.get("name"):
        return "/".join(part for part in (reference.get("namespace", ""), reference["name"]) if part)
    return str(LabelSelector.from_object(reference.get("selector")))


def _signing_request(obj: Object, now: float) -> Cells:
    seconds = spec(obj).get("expirationSeconds")
    wanted = NONE if seconds is None else duration.human(seconds)
    signer = spec(obj).get("signerName") or NONE
    return [name(obj), age(obj, now), signer, spec(obj).get("username", ""), wanted, _signing_word(obj)]


def _signing_word(obj: Object) -> str:
    found = {one.get("type") for one in status(obj).get("conditions") or ()}
    words = [word for word in ("Approved", "Denied", "Failed") if word in found][:1] or ["Pending"]
    if "Failed" in found and words != ["Failed"]:
        words.append("Failed")
    return ",".join([*words, "Issued"] if status(obj).get("certificate") else words)


def _flow_schema(obj: Object, now: float) -> Cells:
    want = spec(obj)
    dangling: Object = next((one for one in status(obj).get("conditions") or () if one.get("type") == "Dangling"), {})
    return [
        name(obj),
        (want.get("priorityLevelConfiguration") or {}).get("name") or NONE,
        want.get("matchingPrecedence", 0),
        (want.get("distinguisherMethod") or {}).get("type") or NONE,
        age(obj, now),
        dangling.get("status", "?"),
    ]


def _turn(obj: Object) -> tuple[int, str]:
    """Los FlowSchema se enseñan en el orden en que se miran."""
    return spec(obj).get("matchingPrecedence", 0), name(obj)


def _priority_level(obj: Object, now: float) -> Cells:
    limited = spec(obj).get("limited") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    shares = limited.get("nominalConcurrencyShares", NONE)
    sizes = [queuing.get(field, NONE) for field in ("queues", "handSize", "queueLengthLimit")]
    return [name(obj), spec(obj).get("type", ""), shares, *sizes, age(obj, now)]


def _ip_address(obj: Object, now: float) -> Cells:
    parent = spec(obj).get("parentRef") or {}
    parts = [parent.get(field, "") for field in ("group", "resource", "namespace", "name")]
    return [name(obj), "/".join(part for part in parts if part) or NONE]


def _service_cidr(obj: Object, now: float) -> Cells:
    return [name(obj), ",".join(spec(obj).get("cidrs") or ()), age(obj, now)]


def _attributes_class(obj: Object, now: float) -> Cells:
    return [name(obj), obj.get("driverName", ""), age(obj, now)]


def _device_claim(obj: Object, now: float) -> Cells:
    words = (("allocation", "allocated"), ("reservedFor", "reserved"))
    states = [word for field, word in words if status(obj).get(field)]
    deleted = ["deleted"] if obj["metadata"].get("deletionTimestamp") else []
    return [name(obj), ",".join(deleted + states) or "pending", age(obj, now)]


def _device_slice(obj: Object, now: float) -> Cells:
    want = spec(obj)
    pool = (want.get("pool") or {}).get("name", "")
    return [name(obj), want.get("nodeName", ""), want.get("driver", ""), pool, age(obj, now)]


def _measured(obj: Object, now: float) -> Cells:
    parts = [one["usage"] for one in obj.get("containers") or ()] or [obj.get("usage") or {}]
    cpu = sum(quantity.parse(one.get("cpu", 0)) for one in parts)
    memory = sum(quantity.bytes_(one.get("memory", 0)) for one in parts)
    return [name(obj), quantity.canonical(cpu), quantity.canonical(f"{memory // 1024}Ki"), obj.get("window", "")]


COMPONENTSTATUS = printer("Name:name|Status|Message|Error", _component)
APISERVICE = printer("Name:name|Service|Available|Age", _api_service)
WEBHOOKS = printer("Name:name|Webhooks:integer|Age", _webhooks)
MUTATING_POLICY = printer("Name:name|Mutations:integer|ParamKind|Age", _policy("mutations"))
VALIDATING_POLICY = printer("Name:name|Validations:integer|ParamKind|Age", _policy("validations"))
POLICY_BINDING = printer("Name:name|PolicyName|ParamRef|Age", _policy_binding)
SIGNING_REQUEST = printer("Name:name|Age|SignerName|Requestor|RequestedDuration|Condition", _signing_request)
FLOWSCHEMA = printer("Name:name|PriorityLevel|MatchingPrecedence|DistinguisherMethod|Age|MissingPL", _flow_schema,
                     _turn)  # fmt: skip
PRIORITYLEVEL = printer("Name:name|Type|NominalConcurrencyShares|Queues|HandSize|QueueLengthLimit|Age", _priority_level)
IPADDRESS = printer("Name:name|ParentRef", _ip_address)
SERVICECIDR = printer("Name:name|CIDRs|Age", _service_cidr)
VOLUMEATTRIBUTESCLASS = printer("Name:name|DriverName|Age", _attributes_class)
NODE_METRICS = POD_METRICS = printer("Name:name|cpu|memory|Window", _measured)
RESOURCECLAIM = printer("Name:name|State|Age", _device_claim)
RESOURCESLICE = printer("Name:name|Node|Driver|Pool|Age", _device_slice)
