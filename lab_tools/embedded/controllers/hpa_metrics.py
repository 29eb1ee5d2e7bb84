"""Las métricas de un HPA, una a una: de dónde se lee cada una y cuántas réplicas pide.

Las de recursos salen de `metrics.k8s.io`; las otras (Pods, Object, External), de un adaptador, si lo hay (`hpa_named`).
Fuente: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/podautoscaler/metrics/client.go
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import parse
from lab_tools.embedded.controllers import hpa_math, hpa_named
from lab_tools.embedded.controllers.hpa_math import MetricError, Proposal, Sample, Tolerance, milli
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.quantity import canonical, from_millicores
from lab_tools.objects.selector import LabelSelector

_WINDOW = re.compile(r"(?:(\d+)m)?(?:([\d.]+)s)?")


@dataclass(frozen=True)
class Target:
    """Lo que se escala, visto por sus métricas: espacio, réplicas pedidas, las que hay, selector y sus Pods."""

    namespace: str
    replicas: int
    present: int
    selector: LabelSelector
    pods: list[Object]


@dataclass(frozen=True, slots=True)
class Reading:
    """Una métrica leída: réplicas que pide, su nombre para los mensajes y su entrada en `currentMetrics`."""

    replicas: int
    name: str
    status: Object


class Failure(Exception):
    """Una métrica que no se pudo leer: motivo para la condición, su mensaje (`str`) y cómo empieza el resumen."""

    def __init__(self, reason: str, message: str, summary: str) -> None:
        super().__init__(message)
        self.reason, self.summary = reason, f"{summary}: {message}"


def read(api: Api, target: Target, metric: Object, now: float, tolerance: Tolerance) -> Reading:
    """Lo que pide una métrica. Lanza `Failure`."""
    reader, reason, summary = _READERS[metric["type"]]
    try:
        return reader(api, target, metric, now, tolerance)
    except MetricError as error:
        raise Failure(reason, str(error), summary(metric)) from None


def _resource(api: Api, target: Target, metric: Object, now: float, tolerance: Tolerance) -> Reading:
    source = metric["resource"]
    found = _measured(api, target, source, "", now, tolerance)
    status = {"type": "Resource", "resource": {"name": source["name"], "current": _current(source["name"], found)}}
    return Reading(found.replicas, f"{source['name']} resource{_share(found)}", status)


def _container(api: Api, target: Target, metric: Object, now: float, tolerance: Tolerance) -> Reading:
    source = metric["containerResource"]
    found = _measured(api, target, source, source["container"], now, tolerance)
    current = {"name": source["name"], "container": source["container"], "current": _current(source["name"], found)}
    infix = " container resource" if found.utilization is not None else " resource"
    return Reading(found.replicas, f"{source['name']}{infix}{_share(found)}",
                   {"type": "ContainerResource", "containerResource": current})  # fmt: skip


def _measured(api: Api, target: Target, source: Object, container: str, now: float,
              tolerance: Tolerance) -> Proposal:  # fmt: skip
    resource, wanted = source["name"], source["target"]
    average = wanted.get("averageValue")
    try:
        samples = _samples(api, target, resource, container)
        if average is not None:
            return hpa_math.by_average(target.replicas, milli(average), target.pods, samples, resource, now, tolerance)
        return hpa_math.by_utilization(
            target.replicas, wanted["averageUtilization"], target.pods, samples,
            lambda: hpa_math.pod_requests(target.pods, container, resource), resource, now, tolerance,
        )  # fmt: skip
    except MetricError as error:
        what = "usage" if average is not None else "utilization"
        raise MetricError(f"failed to get {resource} {what}: {error}") from None


def _samples(api: Api, target: Target, resource: str, container: str) -> dict[str, Sample]:
    prefix = f"unable to get metrics for resource {resource}: "
    try:
        items = api.list(kinds.POD_METRICS, target.namespace, target.selector).items
    except StatusError as error:
        absent = error.code in (404, 503)
        why = f"{error.message} (get {kinds.POD_METRICS.resource})" if absent else error.message
        raise MetricError(f"{prefix}unable to fetch metrics from resource metrics API: {why}") from None
    if not items:
        raise MetricError(f"{prefix}no metrics returned from resource metrics API")
    found = {}
    for item in items:
        values = [one["usage"].get(resource) for one in item["containers"] if container in ("", one["name"])]
        if container and not values:
            meta = item["metadata"]
            why = f"container {container} not present in metrics for pod {meta['namespace']}/{meta['name']}"
            raise MetricError(f"{prefix}failed to get container metrics: {why}")
        # Un Pod del que falta algún contenedor no tiene medida: a medias engañaría.
        if all(value is not None for value in values):
            total = sum(milli(value) for value in values)
            found[item["metadata"]["name"]] = Sample(total, parse(item["timestamp"]), _seconds(item["window"]))
    return found


def _seconds(window: str) -> float:
    """Una duración de Go, «15s» o «1m0.5s», en segundos."""
    found = _WINDOW.fullmatch(window)
    return float(found[1] or 0) * 60 + float(found[2] or 0) if found else 0.0


def _current(resource: str, found: Proposal) -> Object:
    average = from_millicores(found.average) if resource == "cpu" else _size(found.average)
    share = {} if found.utilization is None else {"averageUtilization": found.utilization}
    return {"averageValue": average, **share}


def _size(amount: int) -> str:
    """Bytes en milésimas, con el sufijo binario que les quepa justo."""
    whole, power = math.ceil(amount / 1000), 0
    while whole and whole % 1024 == 0 and power < 4:
        whole, power = whole // 1024, power + 1
    return canonical(f"{whole}{('', 'Ki', 'Mi', 'Gi', 'Ti')[power]}")


def _share(found: Proposal) -> str:
    return "" if found.utilization is None else " utilization (percentage of request)"


def _container_name(metric: Object) -> str:
    return str(metric["containerResource"]["container"])


def _of_pods(api: Api, target: Target, metric: Object, now: float, tolerance: Tolerance) -> Reading:
    source = metric["pods"]
    name = source["metric"]["name"]
    try:
        samples = hpa_named.pod_samples(api, target.namespace, name, target.selector)
    except MetricError as error:
        raise MetricError(f"unable to get metric {name}: {error}") from None
    wanted = milli(source["target"]["averageValue"])
    found = hpa_math.by_average(target.replicas, wanted, target.pods, samples, "", now, tolerance)
    current = {"averageValue": from_milli(found.average)}
    return Reading(found.replicas, f"pods metric {name}",
                   {"type": "Pods", "pods": {"metric": source["metric"], "current": current}})  # fmt: skip


def _of_object(api: Api, target: Target, metric: Object, now: float, tolerance: Tolerance) -> Reading:
    source = metric["object"]
    about, name = source["describedObject"], source["metric"]["name"]
    try:
        usage = hpa_named.of_object(api, target.namespace, name, about)
    except MetricError as error:
        # El orden extraño de la frase es el del controlador real.
        why = f"unable to get metric {name}: {about['kind']} on {target.namespace} {about['name']}/{error}"
        raise MetricError(why) from None
    found, current = _named(target, source["target"], usage, tolerance)
    whole = source["target"].get("averageValue") is None
    said = f"{about['kind']} metric {name}" if whole else f"external metric {name}({_chosen(source)})"
    return Reading(found, said, {"type": "Object", "object": {
        "metric": source["metric"], "current": current, "describedObject": about}})  # fmt: skip


def _external(api: Api, target: Target, metric: Object, now: float, tolerance: Tolerance) -> Reading:
    source = metric["external"]
    name, chosen = source["metric"]["name"], _chosen(source)
    try:
        usage = hpa_named.outside(api, target.namespace, name, source["metric"].get("selector"))
    except MetricError as error:
        raise MetricError(f"unable to get external metric {target.namespace}/{name}/{chosen}: {error}") from None
    found, current = _named(target, source["target"], usage, tolerance)
    return Reading(found, f"external metric {name}({chosen})",
                   {"type": "External", "external": {"metric": source["metric"], "current": current}})  # fmt: skip


def _named(target: Target, wanted: Object, usage: int, tolerance: Tolerance) -> tuple[int, Object]:
    """Las réplicas que pide una métrica entera o por Pod, y cómo se cuenta lo medido."""
    average = wanted.get("averageValue")
    if average is not None:
        share = hpa_named.by_share(target.present, milli(average), usage, tolerance)
        return share.replicas, {"averageValue": from_milli(share.measured)}
    whole = hpa_named.by_value(target.replicas, milli(wanted["value"]), usage, target.pods, tolerance)
    return whole.replicas, {"value": from_milli(whole.measured)}


def from_milli(amount: int) -> str:
    """Una cantidad en milésimas, como la escribe el controlador real."""
    return canonical(f"{amount}m")


def _chosen(source: Object) -> str:
    return _go_selector(source["metric"].get("selector"))


def _go_selector(selector: Object | None) -> str:
    """Un selector como lo escribe el `%+v` de Go."""
    if selector is None:
        return "nil"
    labels = "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))
    terms = "".join(map(_go_term, selector.get("matchExpressions") or ()))
    shown = f"map[string]string{{{labels}}}"
    return f"&LabelSelector{{MatchLabels:{shown},MatchExpressions:[]LabelSelectorRequirement{{{terms}}},}}"


def _go_term(term: Object) -> str:
    values = " ".join(term.get("values") or ())
    return f"LabelSelectorRequirement{{Key:{term['key']},Operator:{term['operator']},Values:[{values}],}},"


Reader = Callable[[Api, Target, Object, float, Tolerance], Reading]

_READERS: dict[str, tuple[Reader, str, Callable[[Object], str]]] = {
    "Resource": (_resource, "FailedGetResourceMetric",
                 lambda metric: f"failed to get {metric['resource']['name']} resource metric value"),
    "ContainerResource": (_container, "FailedGetContainerResourceMetric",
                          lambda metric: f"failed to get {_container_name(metric)} container metric value"),
    "Pods": (_of_pods, "FailedGetPodsMetric", lambda metric: "failed to get pods metric value"),
    "Object": (_of_object, "FailedGetObjectMetric", lambda metric: "failed to get object metric value"),
    "External": (_external, "FailedGetExternalMetric",
                 lambda metric: f"failed to get {metric['external']['metric']['name']} external metric value"),
}  # fmt: skip
