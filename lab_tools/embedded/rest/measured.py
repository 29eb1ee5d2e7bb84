"""Las métricas con nombre, contestadas por HTTP, con las rutas que usan un HorizontalPodAutoscaler y `kubectl --raw`.

    /apis/external.metrics.k8s.io/v1beta1/namespaces/NS/MÉTRICA
    /apis/custom.metrics.k8s.io/v1beta2/namespaces/NS/RECURSO/NOMBRE/MÉTRICA     (`*`: de todos, o los que se elijan)

Fuente: https://github.com/kubernetes/design-proposals-archive/blob/main/instrumentation/custom-metrics-api.md y
https://github.com/kubernetes/design-proposals-archive/blob/main/instrumentation/external-metrics-api.md
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.clock import parse, timestamp
from lab_tools.embedded.rest import answers
from lab_tools.embedded.rest.call import Cluster
from lab_tools.embedded.rest.edge import Edge
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.selector import LabelSelector

_EVERYONE = "*"


def handle(cluster: Cluster, edge: Edge, request: Request, group: str, version: str, rest: list[str]) -> Response:
    """Una lectura. Lanza 403, 404 o 405."""
    if request.method not in ("GET", "HEAD"):
        raise status.method_not_allowed()
    if len(rest) < 3 or rest[0] != "namespaces":
        raise status.no_such_resource()
    if group == kinds.EXTERNAL_METRICS:
        return _external(cluster, edge, request, version, rest[1:])
    return _custom(cluster, edge, request, version, rest[1:])


def _external(cluster: Cluster, edge: Edge, request: Request, version: str, rest: list[str]) -> Response:
    if len(rest) != 2:
        raise status.no_such_resource()
    namespace, metric = rest
    asked = Attributes("list", kinds.EXTERNAL_METRICS, metric, namespace)
    cluster.access.check(request.user, asked)
    kind = cluster.api.kinds.by_plural(kinds.EXTERNAL_METRICS, version, metric)
    if kind is None:
        raise _unknown(f"the server could not find the metric {metric} for namespaces")
    items = cluster.api.list(kind, namespace, _selector(request, "labelSelector")).items
    return _list(edge, "ExternalMetricValueList", kind.api_version, items)


def _custom(cluster: Cluster, edge: Edge, request: Request, version: str, rest: list[str]) -> Response:
    if len(rest) != 4:
        raise status.no_such_resource()
    namespace, resource, name, metric = rest
    whom = "" if name == _EVERYONE else name
    asked = Attributes("get", kinds.CUSTOM_METRICS, f"{resource}/{metric}", namespace, whom)
    cluster.access.check(request.user, asked)
    kind = cluster.api.kinds.by_plural(kinds.CUSTOM_METRICS, version, f"{resource}/{metric}")
    if kind is None:
        raise _unknown(f"the server could not find the metric {metric} for {resource}")
    items = cluster.api.list(kind, namespace, _selector(request, "labelSelector")).items
    if name != _EVERYONE:
        items = [one for one in items if one["metadata"]["name"] == name]
        if not items:
            raise _unknown(f"the server could not find the metric {metric} for {resource} {name}")
    shown = items if version != "v1beta1" else [_older(one) for one in items]
    return _list(edge, "MetricValueList", kind.api_version, shown)


def _older(one: Object) -> Object:
    """La forma de v1beta1: el nombre y el selector van sueltos."""
    rest = {key: value for key, value in one.items() if key != "metric"}
    return {**rest, "metricName": one["metric"]["name"], "selector": one["metric"]["selector"]}


def _list(edge: Edge, kind: str, api_version: str, items: list[Object]) -> Response:
    shown = [{**{key: value for key, value in one.items() if key != "metadata"},
              "timestamp": timestamp(edge.dates.at(parse(one["timestamp"])))} for one in items]  # fmt: skip
    return answers.document({"kind": kind, "apiVersion": api_version, "metadata": {}, "items": shown})


def _selector(request: Request, name: str) -> LabelSelector | None:
    text = request.one(name)
    try:
        return LabelSelector.parse(text) if text else None
    except ValueError as error:
        raise status.bad_request(str(error)) from None


def _unknown(message: str) -> StatusError:
    return status.failure(404, "NotFound", message)
