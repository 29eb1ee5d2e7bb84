"""Las métricas que se sirven, tal como se escriben en el ConfigMap.

metrics:
  - name: mensajes_en_cola          # como la pide el HorizontalPodAutoscaler
    series: queue_messages_ready    # lo que cuentan los Pods en /metrics; se suman sus etiquetas
    selector: {app: cola}           # qué Pods; si no se dice, todos los que la cuenten
    external: true                  # de fuera (External); si no, de los Pods y de lo que los agrupa (Pods, Object)
    labels: {cola: pedidos}         # con qué etiquetas se elige, si es de fuera
  - name: peticiones_por_segundo
    series: http_requests_total
    rate: 60                        # de un contador, cuánto crece por segundo en los últimos 60
  - name: pedidos_en_el_banco
    external: true
    value: "30"                     # algo que no está en el clúster: lo que se escriba aquí
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lab_tools.embedded.configured import parsed
from lab_tools.objects.quantity import parse

_FIELDS = {"name", "series", "selector", "external", "labels", "rate", "value"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]*")
LONGEST = 3600


@dataclass(frozen=True)
class Metric:
    """Una métrica. `rate`, en segundos (0: el valor tal cual); `value`, fijo en milésimas, o `None` si se lee."""

    name: str
    series: str = ""
    selector: Mapping[str, str] | None = None
    external: bool = False
    labels: Mapping[str, str] | None = None
    rate: float = 0.0
    value: int | None = None


def read(text: str) -> tuple[Metric, ...]:
    """Las métricas escritas en YAML. Lanza `InvalidConfig` con todos sus problemas."""
    found = parsed(text, _problems)
    return tuple(_metric(one) for one in found["metrics"])


def _metric(one: dict[str, Any]) -> Metric:
    value = None if one.get("value") is None else _milli(one["value"])
    selector, labels = _texts(one.get("selector")), _texts(one.get("labels"))
    external, rate = bool(one.get("external", False)), float(one.get("rate", 0))
    return Metric(str(one["name"]), str(one.get("series", "")), selector, external, labels, rate, value)


def _texts(found: Any) -> dict[str, str]:
    return {str(key): str(text) for key, text in (found or {}).items()}


def _milli(amount: Any) -> int:
    return round(Fraction(parse(str(amount))) * 1000)


def _problems(found: Any) -> Iterator[str]:
    if not isinstance(found, dict) or not isinstance(found.get("metrics"), list) or not found["metrics"]:
        yield "config.yaml must be a map with a non-empty list `metrics`"
        return
    yield from (f"unknown field {name!r}" for name in sorted(set(found) - {"metrics"}))
    names = [(bool(one.get("external")), one.get("name")) for one in found["metrics"] if isinstance(one, dict)]
    repeated = {str(name) for kind, name in names if names.count((kind, name)) > 1}
    yield from (f"metrics: {name!r} is repeated" for name in sorted(repeated))
    for index, one in enumerate(found["metrics"]):
        yield from (f"metrics[{index}]{problem}" for problem in _metric_problems(one))


def _metric_problems(one: Any) -> Iterator[str]:
    if not isinstance(one, dict) or not _NAME.fullmatch(str(one.get("name", ""))):
        yield " must be a map with a `name` of letters, digits, `_`, `.`, `:` or `-`"
        return
    yield from (f": unknown field {name!r}" for name in sorted(set(one) - _FIELDS))
    for name in ("selector", "labels"):
        if not isinstance(one.get(name) or {}, dict):
            yield f".{name}: {one[name]!r} must be a map"
    if not isinstance(one.get("external", False), bool):
        yield f".external: {one['external']!r} must be true or false"
    yield from _source_problems(one)


def _source_problems(one: dict[str, Any]) -> Iterator[str]:
    if bool(one.get("series")) == (one.get("value") is not None):
        yield " must have either `series` or `value`"
    if one.get("value") is not None and not one.get("external"):
        yield ".value: only external metrics may have a fixed value"
    rate = one.get("rate", 0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= LONGEST:
        yield f".rate: {rate!r} must be a number of seconds from 0 to {LONGEST}"
    if one.get("value") is not None:
        try:
            _milli(one["value"])
        except ValueError:
            yield f".value: {one['value']!r} is not a quantity"
