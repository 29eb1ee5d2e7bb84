"""El juicio sobre un HorizontalPodAutoscaler.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/autoscaling/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab_tools.objects import Object, quantity
from lab_tools.objects.validation import checks, names, selectors
from lab_tools.objects.validation.problem import Problem, forbidden, invalid, not_supported, required

# Campo en que va cada clase de métrica.
SOURCES: Mapping[str, str] = {"ContainerResource": "containerResource", "External": "external", "Object": "object",
                              "Pods": "pods", "Resource": "resource"}  # fmt: skip
TARGETS = ("AverageValue", "Utilization", "Value")
SELECTIONS = ("Disabled", "Max", "Min")


def validate(obj: Object) -> Iterator[Problem]:
    """Los problemas de un autoescalador."""
    spec = obj.get("spec") or {}
    low, high = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if low is not None and low < 1:
        yield invalid("spec.minReplicas", low, "must be greater than or equal to 1")
    if high < 1:
        yield required("spec.maxReplicas", "must be set and greater than 0")
    if low is not None and high < low:
        yield invalid("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`")
    yield from _reference(spec.get("scaleTargetRef") or {}, "spec.scaleTargetRef")
    for index, metric in enumerate(spec.get("metrics") or ()):
        yield from _metric(metric, f"spec.metrics[{index}]")
    for key in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(key)
        if rules is not None:
            yield from _behavior(rules, f"spec.behavior.{key}")


def _reference(one: Object, field: str) -> Iterator[Problem]:
    yield from checks.present(one, field, "kind", "name")
    version = one.get("apiVersion", "")
    # Solo los tipos del núcleo van sin grupo, y el único escalable es el antiguo controlador.
    if not version and one.get("kind") != "ReplicationController":
        yield invalid(f"{field}.apiVersion", version, "apiVersion must specify API group")


def _metric(one: Object, field: str) -> Iterator[Problem]:
    kind = one.get("type", "")
    if not kind:
        yield required(f"{field}.type", "must specify a metric source type")
        return
    if kind not in SOURCES:
        yield not_supported(f"{field}.type", kind, sorted(SOURCES))
        return
    source = one.get(SOURCES[kind])
    if source is None:
        yield required(f"{field}.{SOURCES[kind]}", "must populate information for the given metric source")
        return
    for other in SOURCES.values():
        if other != SOURCES[kind] and one.get(other) is not None:
            yield forbidden(f"{field}.{other}", "must populate the given metric source only")
    yield from _source(kind, source, f"{field}.{SOURCES[kind]}")


def _source(kind: str, source: Object, field: str) -> Iterator[Problem]:
    target = source.get("target") or {}
    usage, average, value = (target.get(key) for key in ("averageUtilization", "averageValue", "value"))
    if kind in ("Resource", "ContainerResource"):
        yield from _measured(kind, source, field)
        yield from _target(target, f"{field}.target")
        if usage is None and average is None:
            yield required(f"{field}.target.averageUtilization",
                           "must set either a target raw value or a target utilization")  # fmt: skip
        elif usage is not None and average is not None:
            detail = "may not set both a target raw value and a target utilization"
            yield forbidden(f"{field}.target.averageValue", detail)
        return
    if kind == "Object":
        yield from _reference(source.get("describedObject") or {}, f"{field}.describedObject")
    yield from _identifier(source.get("metric") or {}, f"{field}.metric")
    yield from _target(target, f"{field}.target")
    if kind == "Pods":
        if average is None or quantity.parse(average) <= 0:
            yield required(f"{field}.target.averageValue", "must specify a positive target averageValue")
    elif value is None and average is None:
        other = "averageValue" if kind == "Object" else "for metric or a per-pod target"
        detail = f"must set either a target value {'or ' if kind == 'Object' else ''}{other}"
        yield required(f"{field}.target.averageValue", detail)
    elif kind == "External" and value is not None and average is not None:
        yield forbidden(f"{field}.target.value", "may not set both a target value for metric and a per-pod target")


def _measured(kind: str, source: Object, field: str) -> Iterator[Problem]:
    """De qué recurso, y de qué contenedor si es de uno solo."""
    if not source.get("name"):
        yield required(f"{field}.name", "must specify a resource name")
    if kind == "ContainerResource" and not source.get("container"):
        yield required(f"{field}.container", "must specify a container")


def _identifier(metric: Object, field: str) -> Iterator[Problem]:
    name = metric.get("name", "")
    if not name:
        yield required(f"{field}.name", "must specify a metric name")
    else:
        yield from checks.each(names.path_segment(name), f"{field}.name", name)
    yield from selectors.validate(metric.get("selector"), f"{field}.selector")


def _target(target: Object, field: str) -> Iterator[Problem]:
    kind, usage = target.get("type", ""), target.get("averageUtilization")
    if not kind:
        yield required(f"{field}.type", "must specify a metric target type")
    elif kind not in TARGETS:
        yield invalid(f"{field}.type", kind, "must be either Utilization, Value, or AverageValue")
    for key in ("value", "averageValue"):
        if target.get(key) is not None and quantity.parse(target[key]) <= 0:
            yield invalid(f"{field}.{key}", target[key], "must be positive")
    if usage is not None and usage < 1:
        yield invalid(f"{field}.averageUtilization", usage, "must be greater than 0")


def _behavior(rules: Object, field: str) -> Iterator[Problem]:
    window = rules.get("stabilizationWindowSeconds")
    if window is not None and not 0 <= window <= 3600:
        detail = "must be greater than or equal to zero" if window < 0 else "must be less than or equal to 3600"
        yield invalid(f"{field}.stabilizationWindowSeconds", window, detail)
    if rules.get("selectPolicy") not in (None, *SELECTIONS):
        yield not_supported(f"{field}.selectPolicy", rules["selectPolicy"], SELECTIONS)
    if not rules.get("policies"):
        yield required(f"{field}.policies", "must specify at least one Policy")
    for index, one in enumerate(rules.get("policies") or ()):
        where = f"{field}.policies[{index}]"
        if one.get("type") not in ("Pods", "Percent"):
            yield not_supported(f"{where}.type", one.get("type", ""), ("Percent", "Pods"))
        for key in ("value", "periodSeconds"):
            if one.get(key, 0) <= 0:
                yield invalid(f"{where}.{key}", one.get(key, 0), "must be greater than zero")
        if one.get("periodSeconds", 0) > 1800:
            yield invalid(f"{where}.periodSeconds", one["periodSeconds"], "must be less than or equal to 1800")
