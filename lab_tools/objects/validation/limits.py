"""El juicio sobre LimitRange y ResourceQuota: cuánto se puede pedir en un Namespace.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object, quantity
from lab_tools.objects.validation import names, quotas, resources
from lab_tools.objects.validation.problem import Problem, duplicate, forbidden, invalid, required

AMOUNTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
# Pares que deben ir de menor a mayor: dónde se dice el fallo, qué se enseña y con qué palabras.
ORDERED = (
    ("min", "max", "min", "min", "min value {} is greater than max value {}"),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest",
     "min value {} is greater than default request value {}"),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest",
     "default request value {} is greater than max value {}"),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest",
     "default request value {} is greater than default limit value {}"),
    ("min", "default", "default", "min", "min value {} is greater than default value {}"),
    ("default", "max", "default", "max", "default value {} is greater than max value {}"),
)  # fmt: skip


def limit_range(obj: Object) -> Iterator[Problem]:
    """Los problemas de un LimitRange."""
    seen: set[str] = set()
    for index, one in enumerate((obj.get("spec") or {}).get("limits") or ()):
        field, kind = f"spec.limits[{index}]", one.get("type", "")
        if kind in seen:
            yield duplicate(f"{field}.type", kind)
        seen.add(kind)
        yield from _kind(one, kind, field)
        for name in dict.fromkeys(name for key in AMOUNTS for name in one.get(key) or ()):
            yield from _item(one, name, field)


def quota(obj: Object) -> Iterator[Problem]:
    """Los problemas de un ResourceQuota: cantidades que no bajan de cero, y ámbitos que valgan para ellas."""
    hard = (obj.get("spec") or {}).get("hard") or {}
    for name, amount in hard.items():
        field = f"spec.hard[{name}]"
        for message in names.qualified_name(name):
            yield invalid(field, name, message)
        if "/" not in name and not quotas.is_standard(name):
            yield invalid(field, name, "must be a standard resource type or fully qualified")
            yield invalid(field, name, "must be a standard resource for quota")
        yield from resources.not_negative({name: amount}, "spec.hard")
        if quotas.is_counted(name) and quantity.parse(amount) % 1:
            yield invalid(field, amount, "must be an integer")
    yield from quotas.scopes(obj.get("spec") or {})


def _kind(one: Object, kind: str, field: str) -> Iterator[Problem]:
    if kind == "Pod":
        for key in ("default", "defaultRequest"):
            if one.get(key):
                yield forbidden(f"{field}.{key}", "may not be specified when `type` is 'Pod'")
    if kind == "PersistentVolumeClaim" and not any("storage" in (one.get(key) or {}) for key in ("min", "max")):
        detail = "either minimum or maximum storage value is required, but neither was provided"
        yield required(f"{field}.limits", detail)


def _item(one: Object, name: str, field: str) -> Iterator[Problem]:
    for low, high, where, shown, text in ORDERED:
        small, large = (one.get(low) or {}).get(name), (one.get(high) or {}).get(name)
        if small is not None and large is not None and quantity.parse(small) > quantity.parse(large):
            yield invalid(f"{field}.{where}[{name}]", one[shown][name], text.format(small, large))
    ratio = (one.get("maxLimitRequestRatio") or {}).get(name)
    if ratio is not None and quantity.parse(ratio) < 1:
        yield invalid(f"{field}.maxLimitRequestRatio[{name}]", ratio, f"ratio {ratio} is less than 1")
