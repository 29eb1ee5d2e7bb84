"""Las métricas como objetos de la API: qué tipos se sirven, y lo que hay de cada uno en un Namespace.

De una métrica de los Pods hay un valor por Pod y otro, la suma de los suyos, por cada Service, Deployment y
StatefulSet; de una de fuera, uno por Namespace. Cada objeto lleva además unos `metadata` para elegirlo, que no salen a
la red (`rest.measured` los quita).
Fuente: https://github.com/kubernetes/metrics/tree/v0.36.0/pkg/apis (custom_metrics/v1beta2, external_metrics/v1beta1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lab_tools.embedded.adapter.collector import Collector, Sample
from lab_tools.embedded.adapter.config import Metric
from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.objects import Object, kinds
from lab_tools.objects.kind import Kind
from lab_tools.objects.quantity import canonical
from lab_tools.objects.selector import LabelSelector

# Los objetos de un tipo servido, de un Namespace o de todos.
Source = Callable[["str | None"], list[Object]]
# Lo que se puede medir además de un Pod: la suma de los suyos.
_GROUPING = (kinds.SERVICE, kinds.DEPLOYMENT, kinds.STATEFULSET)


class Served:
    """Lo que se sirve de unas métricas leídas por un `Collector`."""

    def __init__(self, api: Api, clock: Clock, collector: Collector) -> None:
        self._api, self._clock, self._collector = api, clock, collector

    def kinds(self, metrics: Sequence[Metric]) -> Iterator[tuple[Kind, Source]]:
        """Los tipos de unas métricas, y de dónde sale cada uno."""
        for metric in metrics:
            if metric.external:
                yield _kind(kinds.EXTERNAL_METRICS, kinds.EXTERNAL_VERSION, "ExternalMetricValueList", metric.name), \
                    self._external(metric)  # fmt: skip
                continue
            for version in kinds.CUSTOM_VERSIONS:
                for of in (kinds.POD, *_GROUPING):
                    name = f"{of.resource}/{metric.name}"
                    yield _kind(kinds.CUSTOM_METRICS, version, "MetricValueList", name), self._custom(metric, of)

    def _external(self, metric: Metric) -> Source:
        return lambda namespace: self._outside(metric, namespace)

    def _custom(self, metric: Metric, of: Kind) -> Source:
        return lambda namespace: list(self._inside(metric, of, namespace))

    def _outside(self, metric: Metric, namespace: str | None) -> list[Object]:
        found: Sample | None
        if metric.value is not None:
            found = (self._clock.now, metric.value / 1000)
        else:
            found = _sum([self._collector.value(metric, pod) for pod in self._api.list(kinds.POD, namespace).items])
        if found is None:
            return []
        labels = dict(metric.labels or {})
        return [{
            "metadata": {"name": metric.name, "namespace": namespace or "", "labels": labels},
            "metricName": metric.name, "metricLabels": labels, "timestamp": timestamp(found[0]),
            "value": _quantity(found[1]),
        }]  # fmt: skip

    def _inside(self, metric: Metric, of: Kind, namespace: str | None) -> Iterator[Object]:
        for one in self._api.list(of, namespace).items:
            found = _sum([self._collector.value(metric, pod) for pod in self._pods(of, one)])
            if found is not None:
                yield _value(metric, of, one, found)

    def _pods(self, of: Kind, one: Object) -> list[Object]:
        if of is kinds.POD:
            return [one]
        chosen = one["spec"].get("selector")
        if of is kinds.SERVICE:
            chosen = {"matchLabels": chosen} if chosen else None
        if not chosen:
            return []
        return self._api.list(kinds.POD, one["metadata"]["namespace"], LabelSelector.from_object(chosen)).items


def _kind(group: str, version: str, name: str, plural: str) -> Kind:
    return Kind(group, version, name, plural, verbs=("get",))


def _sum(found: list[Sample | None]) -> Sample | None:
    """La suma de lo que se sabe, con la fecha de lo más viejo; `None` si no se sabe nada."""
    known = [one for one in found if one is not None]
    return (min(at for at, _ in known), sum(value for _, value in known)) if known else None


def _value(metric: Metric, of: Kind, one: Object, found: Sample) -> Object:
    meta = one["metadata"]
    about = {"kind": of.kind, "namespace": meta["namespace"], "name": meta["name"],
             "apiVersion": of.api_version if of.group else "/v1"}  # fmt: skip
    return {
        "metadata": {"name": meta["name"], "namespace": meta["namespace"], "labels": meta.get("labels") or {}},
        "describedObject": about, "metric": {"name": metric.name, "selector": None},
        "timestamp": timestamp(found[0]), "value": _quantity(found[1]),
    }  # fmt: skip


def _quantity(value: float) -> str:
    return canonical(f"{round(value * 1000)}m")
