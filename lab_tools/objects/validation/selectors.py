"""El juicio sobre un selector de etiquetas escrito como objeto.

Fuente: https://github.com/kubernetes/apimachinery/blob/v0.36.0/pkg/apis/meta/v1/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import metadata, names
from lab_tools.objects.validation.problem import Problem, forbidden, invalid, required

_WITH_VALUES, _WITHOUT_VALUES = ("In", "NotIn"), ("Exists", "DoesNotExist")


def validate(selector: Object | None, field: str) -> Iterator[Problem]:
    """Los problemas de un selector; ninguno si no hay."""
    selector = selector or {}
    yield from metadata.labels(selector.get("matchLabels"), f"{field}.matchLabels")
    for index, one in enumerate(selector.get("matchExpressions") or ()):
        yield from _requirement(one, f"{field}.matchExpressions[{index}]")


def is_empty(selector: Object | None) -> bool:
    """Cierto si el selector elige todo."""
    return not (selector or {}).get("matchLabels") and not (selector or {}).get("matchExpressions")


def matches(selector: Object | None, labels: dict[str, str]) -> bool:
    """Cierto si el selector (válido o no) elige esas etiquetas. Uno ausente no elige nada."""
    if selector is None:
        return False
    wanted = (selector.get("matchLabels") or {}).items()
    return all(labels.get(key) == value for key, value in wanted) and all(
        _satisfied(one, labels) for one in selector.get("matchExpressions") or ()
    )


def _satisfied(one: Object, labels: dict[str, str]) -> bool:
    key, operator, values = one.get("key", ""), one.get("operator"), one.get("values") or ()
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    return (key in labels) == (operator == "Exists")


def _requirement(one: Object, field: str) -> Iterator[Problem]:
    operator, values = one.get("operator", ""), one.get("values") or []
    if operator in _WITH_VALUES and not values:
        yield required(f"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in _WITHOUT_VALUES and values:
        yield forbidden(f"{field}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif operator not in _WITH_VALUES + _WITHOUT_VALUES:
        yield invalid(f"{field}.operator", operator, "not a valid selector operator")
    for message in names.qualified_name(one.get("key", "")):
        yield invalid(f"{field}.key", one.get("key", ""), message)
    for index, value in enumerate(values):
        for message in names.label_value(value):
            yield invalid(f"{field}.values[{index}]", value, message)
