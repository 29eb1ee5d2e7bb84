"""Las métricas con nombre de un HPA: las de los Pods (Pods), las de otro objeto (Object) y las de fuera (External).

Las sirve un adaptador, si lo hay; si no, se dice como lo dice un clúster sin él. Un objetivo `Value` compara la métrica
entera; uno `AverageValue`, lo que toca a cada Pod.
Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/podautoscaler/replica_calculator.go y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/podautoscaler/metrics/client.go
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import parse
from lab_tools.embedded.controllers.availability import is_ready
from lab_tools.embedded.controllers.hpa_math import NO_PODS, MetricError, Sample, Tolerance, milli
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.kind import Kind
from lab_tools.objects.selector import LabelSelector

_ABSENT = "no custom metrics API (custom.metrics.k8s.io) registered"
_CUSTOM = "unable to fetch metrics from custom metrics API"
_EXTERNAL = "unable to fetch metrics from external metrics API"
_NO_RESOURCE = "the server could not find the requested resource"
# Lo que abarca una lectura, en segundos: lo que supone el cliente si el adaptador no lo dice.
_WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Share:
    """Las réplicas que pide una métrica que no es de un Pod, y lo medido en milésimas: entero, o por Pod."""

    replicas: int
    measured: int


def by_value(current: int, target: int, usage: int, pods: list[Object], tolerance: Tolerance) -> Share:
    """Réplicas para que la métrica entera (`usage`) sea `target`; ambos en milésimas. Lanza `MetricError`."""
    ratio = usage / target
    if current == 0:
        return Share(math.ceil(ratio), usage)
    if tolerance.covers(ratio):
        return Share(current, usage)
    if not pods:
        raise MetricError(NO_PODS)
    return Share(math.ceil(ratio * sum(map(_ready, pods))), usage)


def by_share(present: int, target: int, usage: int, tolerance: Tolerance) -> Share:
    """Réplicas para que a cada una de las `present` le toque `target` de la métrica; todo en milésimas."""
    ratio = usage / (target * present) if present else math.inf
    replicas = present if tolerance.covers(ratio) else math.ceil(usage / target)
    return Share(replicas, math.ceil(usage / present) if present else usage)


def _ready(pod: Object) -> bool:
    return pod["status"].get("phase") == "Running" and is_ready(pod)


def pod_samples(api: Api, namespace: str, name: str, selector: LabelSelector) -> dict[str, Sample]:
    """Lo que cuenta cada Pod de una métrica. Lanza `MetricError`."""
    items = _custom(api, kinds.POD.resource, namespace, name, selector)
    if not items:
        raise MetricError("no metrics returned from custom metrics API")
    return {one["metadata"]["name"]: Sample(milli(one["value"]), parse(one["timestamp"]), _WINDOW) for one in items}


def of_object(api: Api, namespace: str, name: str, about: Object) -> int:
    """Lo que se cuenta de un objeto, en milésimas. Lanza `MetricError`."""
    kind = api.kinds.find(about.get("apiVersion", ""), about["kind"])
    if kind is None:
        raise MetricError(f'no matches for kind "{about["kind"]}" in version "{about.get("apiVersion", "")}"')
    items = _custom(api, kind.resource, namespace, name)
    found = next((one for one in items if one["metadata"]["name"] == about["name"]), None)
    if found is None:
        why = f"the server could not find the metric {name} for {kind.resource} {about['name']}"
        raise MetricError(f"{_CUSTOM}: {why}")
    return milli(found["value"])


def outside(api: Api, namespace: str, name: str, selector: Object | None) -> int:
    """La suma de lo que hay fuera con ese nombre y esas etiquetas, en milésimas. Lanza `MetricError`."""
    if kinds.EXTERNAL_METRICS not in api.kinds.groups:
        raise MetricError(f"{_EXTERNAL}: {_NO_RESOURCE} (get {name}.{kinds.EXTERNAL_METRICS})")
    kind = api.kinds.by_plural(kinds.EXTERNAL_METRICS, kinds.EXTERNAL_VERSION, name)
    if kind is None:
        raise MetricError(f"{_EXTERNAL}: the server could not find the metric {name} for namespaces")
    chosen = LabelSelector.from_object(selector) if selector is not None else None
    items = _read(api, kind, namespace, chosen, _EXTERNAL)
    if not items:
        raise MetricError("no metrics returned from external metrics API")
    return sum(milli(one["value"]) for one in items)


def _custom(api: Api, resource: str, namespace: str, name: str, selector: LabelSelector | None = None) -> list[Object]:
    if kinds.CUSTOM_METRICS not in api.kinds.groups:
        raise MetricError(f"{_CUSTOM}: {_ABSENT}")
    kind = api.kinds.by_plural(kinds.CUSTOM_METRICS, kinds.CUSTOM_VERSIONS[0], f"{resource}/{name}")
    if kind is None:
        raise MetricError(f"{_CUSTOM}: the server could not find the metric {name} for {resource}")
    return _read(api, kind, namespace, selector, _CUSTOM)


def _read(api: Api, kind: Kind, namespace: str, selector: LabelSelector | None, start: str) -> list[Object]:
    try:
        return api.list(kind, namespace, selector).items
    except StatusError as error:
        raise MetricError(f"{start}: {error.message}") from None
