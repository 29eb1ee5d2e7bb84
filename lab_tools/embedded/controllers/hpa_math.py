"""Cuántas réplicas pide una métrica: la cuenta del HPA, sin reloj ni API.

Los valores van en milésimas de la unidad base (de núcleo, de byte), enteros, como en el controlador real. Los Pods
que aún no cuentan se tratan siempre en contra del cambio: cero al subir, lo pedido al bajar.
Fuente: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/podautoscaler/replica_calculator.go
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from lab_tools.embedded.clock import parse
from lab_tools.objects import Object
from lab_tools.objects.quantity import parse as quantity

# Segundos desde que arranca un Pod en que su CPU solo cuenta si está listo.
CPU_INITIALIZATION = 300.0
# Quien no estuvo listo pasado este tiempo (segundos) desde el arranque es que nunca lo estuvo.
INITIAL_READINESS = 30.0

NO_PODS = "no pods returned by selector while calculating replica count"
NO_SAMPLES = "did not receive metrics for targeted pods (pods might be unready)"


class MetricError(Exception):
    """Una métrica que no da réplicas. `str` es la frase del controlador real, que acaba en las condiciones."""


@dataclass(frozen=True, slots=True)
class Sample:
    """El gasto de un Pod: valor en milésimas, instante de la medida y ventana que abarca (segundos)."""

    value: int
    at: float
    window: float


Samples = Mapping[str, Sample]
Requests = Callable[[], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Cuánto puede apartarse de uno la proporción sin que se haga nada."""

    down: float = 0.1
    up: float = 0.1

    def covers(self, ratio: float) -> bool:
        """Si el cambio es demasiado pequeño."""
        return 1.0 - self.down <= ratio <= 1.0 + self.up


@dataclass(frozen=True, slots=True)
class Proposal:
    """Las réplicas que pide una métrica, y lo medido: media en milésimas y, si hay peticiones, porcentaje."""

    replicas: int
    average: int
    utilization: int | None = None


@dataclass(slots=True)
class Groups:
    """Los Pods según lo que de ellos se sabe."""

    ready: int = 0
    unready: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Measure:
    """Lo que da un juego de valores: proporción sobre el objetivo, media y porcentaje."""

    ratio: float
    average: int
    utilization: int | None = None


def grouped(pods: Iterable[Object], samples: Samples, resource: str, now: float) -> Groups:
    """Reparte los Pods: listos, sin estrenar, sin medidas, y los que ya no cuentan."""
    groups = Groups()
    for pod in pods:
        name, status = pod["metadata"]["name"], pod["status"]
        if pod["metadata"].get("deletionTimestamp") or status.get("phase") == "Failed":
            groups.ignored.add(name)
        elif status.get("phase") == "Pending":
            groups.unready.add(name)
        elif name not in samples:
            groups.missing.add(name)
        elif resource == "cpu" and _unready(status, samples[name], now):
            groups.unready.add(name)
        else:
            groups.ready += 1
    return groups


def _unready(status: Object, sample: Sample, now: float) -> bool:
    ready = next((one for one in status.get("conditions") or () if one["type"] == "Ready"), None)
    if ready is None or not status.get("startTime"):
        return True
    started, changed = parse(status["startTime"]), parse(ready["lastTransitionTime"])
    if started + CPU_INITIALIZATION > now:
        # Al arrancar se gasta más: la medida vale si toda su ventana es posterior a estar listo.
        return ready["status"] == "False" or sample.at < changed + sample.window
    return ready["status"] == "False" and started + INITIAL_READINESS > changed


def by_utilization(current: int, target: int, pods: list[Object], samples: Samples, requests: Requests, resource: str,
                   now: float, tolerance: Tolerance) -> Proposal:  # fmt: skip
    """Réplicas para que el gasto sea el `target` por ciento de lo pedido.

    `requests` da las milésimas pedidas por cada Pod, y puede lanzar `MetricError`.
    """
    groups, values = _counted(pods, samples, resource, now)
    asked = requests()

    def measure(found: Mapping[str, int]) -> Measure:
        return _utilization(found, asked, target)

    def when_down(name: str) -> int:
        return asked[name] * max(100, target) // 100

    return _proposal(current, groups, values, measure, when_down, tolerance, neutral=False)


def by_average(current: int, target: int, pods: list[Object], samples: Samples, resource: str, now: float,
               tolerance: Tolerance) -> Proposal:  # fmt: skip
    """Réplicas para que el gasto medio por Pod sea `target` (milésimas)."""
    groups, values = _counted(pods, samples, resource, now)

    def measure(found: Mapping[str, int]) -> Measure:
        average = sum(found.values()) // len(found)
        return Measure(average / target, average)

    return _proposal(current, groups, values, measure, lambda _: target, tolerance, neutral=True)


def _counted(pods: list[Object], samples: Samples, resource: str, now: float) -> tuple[Groups, dict[str, int]]:
    if not pods:
        raise MetricError(NO_PODS)
    groups = grouped(pods, samples, resource, now)
    out = groups.ignored | groups.unready
    values = {name: sample.value for name, sample in samples.items() if name not in out}
    if not values:
        raise MetricError(NO_SAMPLES)
    return groups, values


def _utilization(values: Mapping[str, int], requests: Mapping[str, int], target: int) -> Measure:
    known = [name for name in values if name in requests]
    used, asked = sum(values[name] for name in known), sum(requests[name] for name in known)
    if not asked:
        raise MetricError("no metrics returned matched known pods")
    percent = used * 100 // asked
    return Measure(percent / target, used // len(known), percent)


def _proposal(current: int, groups: Groups, values: dict[str, int], measure: Callable[[Mapping[str, int]], Measure],
              when_down: Callable[[str], int], tolerance: Tolerance, *, neutral: bool) -> Proposal:  # fmt: skip
    """La cuenta común. `neutral` dice si a los que faltan se les da cero también cuando la proporción es uno."""
    first = measure(values)

    def propose(replicas: int) -> Proposal:
        return Proposal(replicas, first.average, first.utilization)

    starting = bool(groups.unready) and first.ratio > 1.0
    if not starting and not groups.missing:
        return propose(current if tolerance.covers(first.ratio) else math.ceil(first.ratio * groups.ready))
    if first.ratio < 1.0:
        values |= {name: when_down(name) for name in groups.missing}
    elif first.ratio > 1.0 or neutral:
        values |= dict.fromkeys(groups.missing, 0)
    if starting:
        values |= dict.fromkeys(groups.unready, 0)
    again = measure(values).ratio
    # Suponer lo que falta solo puede frenar un cambio, nunca darle la vuelta.
    if tolerance.covers(again) or (first.ratio < 1.0 < again) or (again < 1.0 < first.ratio):
        return propose(current)
    replicas = math.ceil(again * len(values))
    turned = (again < 1.0 and replicas > current) or (again > 1.0 and replicas < current)
    return propose(current if turned else replicas)


def pod_requests(pods: list[Object], container: str, resource: str) -> dict[str, int]:
    """Milésimas pedidas por cada Pod (por un contenedor, si se nombra). Lanza `MetricError` si falta alguna."""
    return {pod["metadata"]["name"]: _requested(pod, container, resource) for pod in pods}


def _requested(pod: Object, container: str, resource: str) -> int:
    spec, total = pod["spec"], 0
    whole = ((spec.get("resources") or {}).get("requests") or {}).get(resource)
    if whole is not None and not container:
        return milli(whole)
    lasting = [one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
    for one in [*spec["containers"], *lasting]:
        if container in ("", one["name"]):
            asked = ((one.get("resources") or {}).get("requests") or {}).get(resource)
            if asked is None:
                name = pod["metadata"]["name"]
                raise MetricError(f"missing request for {resource} in container {one['name']} of Pod {name}")
            total += milli(asked)
    return total


def milli(amount: str) -> int:
    """Una cantidad en milésimas, redondeada hacia arriba."""
    return math.ceil(quantity(amount) * 1000)
