"""El juicio sobre lo que un contenedor pide y sus límites.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab_tools.objects import Object, quantity
from lab_tools.objects.validation import checks, names
from lab_tools.objects.validation.problem import Problem, invalid

STANDARD = ("cpu", "memory", "ephemeral-storage")


def validate(found: Object | None, field: str) -> Iterator[Problem]:
    """Los problemas de unos `resources` de contenedor: lo pedido no pasa del límite."""
    limits, requests = (found or {}).get("limits") or {}, (found or {}).get("requests") or {}
    yield from _amounts(limits, f"{field}.limits")
    for name, asked in requests.items():
        yield from _amounts({name: asked}, f"{field}.requests")
        if name in limits and quantity.parse(asked) > quantity.parse(limits[name]):
            yield invalid(f"{field}.requests", asked, f"must be less than or equal to {name} limit of {limits[name]}")


def not_negative(amounts: Mapping[str, str] | None, field: str) -> Iterator[Problem]:
    """Un mapa de recurso a cantidad en el que nada baja de cero."""
    for name, amount in (amounts or {}).items():
        if quantity.parse(amount) < 0:
            yield invalid(f"{field}[{name}]", amount, "must be greater than or equal to 0")


def _amounts(amounts: Mapping[str, str], field: str) -> Iterator[Problem]:
    for name in amounts:
        where = f"{field}[{name}]"
        yield from checks.each(names.qualified_name(name), where, name)
        if "/" not in name and name not in STANDARD and not name.startswith("hugepages-"):
            yield invalid(where, name, "must be a standard resource type or fully qualified")
            yield invalid(where, name, "must be a standard resource for containers")
        if quantity.parse(amounts[name]) < 0:
            yield invalid(where, amounts[name], "must be greater than or equal to 0")
        elif "/" in name and quantity.parse(amounts[name]) % 1:
            yield invalid(where, amounts[name], "must be an integer")
