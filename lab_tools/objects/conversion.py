"""El mismo objeto visto en otra versión de la API: HPA v1 y v2, y los Events de dos grupos.

Un objeto se guarda en una sola versión (`Kind.hub`) y se convierte al entrar y al salir. Lo que una versión no
sabe decir viaja en anotaciones, como en el servidor real. Nada de lo que se devuelve debe cambiarse: comparte
datos con lo recibido. Fuente: https://github.com/kubernetes/kubernetes/tree/v1.36.0/pkg/apis/autoscaling/v1
(`conversion.go`) y https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from lab_tools.objects import Object, kinds
from lab_tools.objects.decode import DecodeError, decode
from lab_tools.objects.kinds import Kind

_ALPHA = "autoscaling.alpha.kubernetes.io/"
METRICS, BEHAVIOR = _ALPHA + "metrics", _ALPHA + "behavior"
CONDITIONS, CURRENT = _ALPHA + "conditions", _ALPHA + "current-metrics"

# Nombre en core/v1 → nombre en events.k8s.io/v1; los demás campos se llaman igual.
_EVENT_FIELDS = {
    "involvedObject": "regarding", "message": "note", "reportingComponent": "reportingController",
    "source": "deprecatedSource", "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp", "count": "deprecatedCount",
}  # fmt: skip
_CORE_FIELDS = {new: old for old, new in _EVENT_FIELDS.items()}


def convert(obj: Object, source: Kind, target: Kind) -> Object:
    """`obj`, que es de `source`, como `target`. Entre versiones sin regla propia solo cambia `apiVersion`.

    Una versión de un tipo propio se ve además podada y completada con su esquema.
    """
    if source is target or obj.get("kind") == "Status":
        return obj
    found = _RULES.get((source, target), dict)(obj)
    found = {**found, "apiVersion": target.api_version, "kind": target.kind}
    if target.own is not None:
        found, _ = target.own.pruned(found)
        target.own.complete(found)
    return found


def _event(names: Mapping[str, str]) -> Callable[[Object], Object]:
    return lambda obj: {names.get(key, key): value for key, value in obj.items()}


# Lo que cada anotación guarda. Las escribe cualquiera: de una lista solo valen los objetos.
_KEPT: Mapping[str, type] = {METRICS: list, BEHAVIOR: dict, CONDITIONS: list, CURRENT: list}

# autoscaling/v1: un objetivo de CPU y lo demás en anotaciones


def _from_v1(obj: Object) -> Object:
    annotations = dict(obj["metadata"].get("annotations") or {})
    kept = {name: _load(annotations.pop(name, ""), shape) for name, shape in _KEPT.items()}
    spec = dict(obj.get("spec") or {})
    metrics = [_metric(one, _TO_TARGET) for one in kept[METRICS] or ()]
    if (percent := spec.pop("targetCPUUtilizationPercentage", None)) is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": target}})
    if metrics:
        spec["metrics"] = metrics
    if kept[BEHAVIOR]:
        spec["behavior"] = kept[BEHAVIOR]
    bare = {**obj, "metadata": _annotated(obj["metadata"], annotations)}
    found = {**bare, "spec": spec, **_status_from_v1(obj, kept[CONDITIONS], kept[CURRENT])}
    return found if not any(kept.values()) or _is_sound(found) else _from_v1(bare)


def _is_sound(obj: Object) -> bool:
    """Si lo que decían las anotaciones tiene la forma de su tipo: las escribe cualquiera."""
    try:
        decode(kinds.HORIZONTALPODAUTOSCALER, obj, "Ignore")
    except DecodeError:
        return False
    return True


def _status_from_v1(obj: Object, conditions: Any, current: Any) -> Object:
    if "status" not in obj:
        return {}
    status = {key: value for key, value in obj["status"].items() if key != "currentCPUUtilizationPercentage"}
    metrics = [_metric(one, _TO_CURRENT) for one in current or ()]
    if (percent := obj["status"].get("currentCPUUtilizationPercentage")) is not None:
        resource = {"name": "cpu", "current": {"averageUtilization": percent}}
        metrics.append({"type": "Resource", "resource": resource})
    if conditions:
        status["conditions"] = conditions
    return {"status": {**status, "currentMetrics": metrics or None}}


def _to_v1(obj: Object) -> Object:
    annotations = dict(obj["metadata"].get("annotations") or {})
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    metrics, behavior = spec.pop("metrics", None) or [], spec.pop("behavior", None)
    cpu = next((one for one in metrics if _is_cpu(one, "target")), None)
    if cpu is not None:
        spec["targetCPUUtilizationPercentage"] = cpu["resource"]["target"]["averageUtilization"]
    current, conditions = status.pop("currentMetrics", None) or [], status.pop("conditions", None)
    used = next((one for one in current if _is_cpu(one, "current")), None)
    if used is not None:
        status["currentCPUUtilizationPercentage"] = used["resource"]["current"]["averageUtilization"]
    status.setdefault("currentReplicas", 0)
    kept = {METRICS: [_flat(one, "target") for one in metrics if one is not cpu], BEHAVIOR: behavior,
            CONDITIONS: conditions, CURRENT: [_flat(one, "current") for one in current]}  # fmt: skip
    annotations |= {name: json.dumps(value, separators=(",", ":")) for name, value in kept.items() if value}
    return {**obj, "metadata": _annotated(obj["metadata"], annotations), "spec": spec, "status": status}


def _is_cpu(metric: Object, side: str) -> bool:
    resource = metric.get("resource") or {}
    return resource.get("name") == "cpu" and (resource.get(side) or {}).get("averageUtilization") is not None


# Campos que en la forma antigua están sueltos y en la nueva dentro de `target` o de `current`.
_TO_TARGET = {"targetAverageUtilization": "averageUtilization", "targetAverageValue": "averageValue",
              "targetValue": "value", "averageValue": "averageValue"}  # fmt: skip
_TO_CURRENT = {"currentAverageUtilization": "averageUtilization", "currentAverageValue": "averageValue",
               "currentValue": "value"}  # fmt: skip
_FIELDS = {"ContainerResource": "containerResource", "External": "external", "Object": "object", "Pods": "pods",
           "Resource": "resource"}  # fmt: skip
_TYPES = {"averageUtilization": "Utilization", "averageValue": "AverageValue", "value": "Value"}


def _metric(old: Object, names: Mapping[str, str]) -> Object:
    """Una métrica de la forma antigua (campos sueltos) en la nueva."""
    type_ = old.get("type", "")
    field = _FIELDS.get(str(type_), "")
    source = old.get(field)
    if not isinstance(source, dict):
        return {"type": str(type_)}
    source = dict(source)
    found = {new: source.pop(name) for name, new in names.items() if name in source}
    side = "target" if names is _TO_TARGET else "current"
    if side == "target" and found:
        found = {"type": _TYPES[next(iter(found))], **found}
    result: Object = {}
    if "target" in source:
        result["describedObject"] = source.pop("target")
    if "metricName" in source:
        chosen = source.pop("metricSelector", None) or source.pop("selector", None)
        result["metric"] = {"name": source.pop("metricName"), **({"selector": chosen} if chosen else {})}
    return {"type": type_, field: {**source, **result, side: found}}


def _flat(new: Object, side: str) -> Object:
    """Lo contrario de `_metric`."""
    type_ = new.get("type", "")
    field = _FIELDS.get(type_, "")
    if not new.get(field):
        return {"type": type_}
    source = dict(new[field])
    values = dict(source.pop(side, None) or {})
    values.pop("type", None)
    result: Object = {}
    if "describedObject" in source:
        result["target"] = source.pop("describedObject")
    if metric := source.pop("metric", None):
        result["metricName"] = metric.get("name", "")
        if metric.get("selector"):
            result["metricSelector" if type_ == "External" else "selector"] = metric["selector"]
    for name, value in values.items():
        old = "averageValue" if (type_, name) == ("Object", "averageValue") else side + name[:1].upper() + name[1:]
        result[old] = value
    return {"type": type_, field: {**source, **result}}


def _load(text: str, shape: type) -> Any:
    try:
        found = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None  # una anotación que no se entiende no dice nada
    if not isinstance(found, shape):
        return None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else found


def _annotated(metadata: Object, annotations: Object) -> Object:
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    return {**rest, "annotations": annotations} if annotations else rest


_RULES: Mapping[tuple[Kind, Kind], Callable[[Object], Object]] = {
    (kinds.EVENT, kinds.EVENT_NEW): _event(_EVENT_FIELDS),
    (kinds.EVENT_NEW, kinds.EVENT): _event(_CORE_FIELDS),
    (kinds.HORIZONTALPODAUTOSCALER_V1, kinds.HORIZONTALPODAUTOSCALER): _from_v1,
    (kinds.HORIZONTALPODAUTOSCALER, kinds.HORIZONTALPODAUTOSCALER_V1): _to_v1,
}
