"""La puerta de un kubelet, la del puerto 10250: salud, sus Pods, lo que gastan y lo que escriben.

Fuente: https://kubernetes.io/docs/reference/node/kubelet-authn-authz/ (rutas) y
https://kubernetes.io/docs/reference/instrumentation/node-metrics/ (resumen y métricas)
"""

from __future__ import annotations

from lab_tools.embedded.clock import parse, timestamp
from lab_tools.embedded.dates import Dates
from lab_tools.embedded.rest import answers, measures
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.message import Response
from lab_tools.embedded.rest.negotiation import JSON
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.quantity import bytes_
from lab_tools.objects.quantity import parse as quantity

# Ruta de métricas → qué cuenta el nodo en ella.
_METRICS = {("metrics",): "kubelet", ("metrics", "cadvisor"): "cadvisor", ("metrics", "resource"): "resource"}


def answer(call: Call, node: Object, path: str) -> Response:
    """Lo que contesta el kubelet de `node` a `path`."""
    parts = [part for part in path.split("/") if part]
    if parts == ["healthz"]:
        return answers.text("ok")
    if parts == ["pods"]:
        found = [call.encoder.whole(kinds.POD, pod, call.edge.dates) for pod in _pods(call, node)]
        body = b'{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[' + b",".join(found) + b"]}"
        return Response(200, {"content-type": JSON}, body)
    if parts == ["stats", "summary"]:
        return answers.document(_summary(call, node))
    if (source := _METRICS.get(tuple(parts))) is not None:
        return measures.answer(call.cluster, call.edge, call.request, source, node["metadata"]["name"])
    if parts[:1] == ["containerLogs"] and len(parts) == 4:
        return _logs(call, parts[1], parts[2], parts[3])
    return answers.text("404 page not found\n", 404)


def _pods(call: Call, node: Object) -> list[Object]:
    name = node["metadata"]["name"]
    return [pod for pod in call.api.list(kinds.POD).items if pod["spec"].get("nodeName") == name]


def _logs(call: Call, namespace: str, pod: str, container: str) -> Response:
    try:
        lines = call.cluster.logs(namespace, pod, container)
    except StatusError as error:
        return answers.text(f"{error.message}\n", error.code)
    return answers.text("".join(f"{line}\n" for _, line in lines))


def _usage(call: Call, node: Object) -> tuple[Object, list[Object]]:
    """Lo que gastan el nodo y sus Pods, como lo mide la casa."""
    name = node["metadata"]["name"]
    mine = {(pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in _pods(call, node)}
    whole: Object = next((one for one in call.cluster.metrics.nodes() if one["metadata"]["name"] == name), {})
    pods = [one for one in call.cluster.metrics.pods(None)
            if (one["metadata"].get("namespace", ""), one["metadata"]["name"]) in mine]  # fmt: skip
    return whole, pods


def _summary(call: Call, node: Object) -> Object:
    whole, pods = _usage(call, node)
    dates = call.edge.dates
    uids = {
        (pod["metadata"]["namespace"], pod["metadata"]["name"]): pod["metadata"]["uid"] for pod in _pods(call, node)
    }
    measured = [_pod_summary(one, uids[one["metadata"]["namespace"], one["metadata"]["name"]], dates) for one in pods]
    name = node["metadata"]["name"]
    return {"node": {"nodeName": name, **_spent(whole.get("usage") or {}, whole, dates)}, "pods": measured}


def _pod_summary(one: Object, uid: str, dates: Dates) -> Object:
    meta = one["metadata"]
    parts = [{"name": part["name"], **_spent(part["usage"], one, dates)} for part in one["containers"]]
    return {"podRef": {"name": meta["name"], "namespace": meta["namespace"], "uid": uid}, "containers": parts}


def _spent(usage: Object, measured: Object, dates: Dates) -> Object:
    """CPU en milmillonésimas de núcleo, memoria en bytes."""
    if not usage:
        return {}
    at = timestamp(dates.at(parse(measured["timestamp"])))
    memory = bytes_(usage["memory"])
    return {"cpu": {"time": at, "usageNanoCores": int(quantity(usage["cpu"]) * 10**9)},
            "memory": {"time": at, "usageBytes": memory, "workingSetBytes": memory}}  # fmt: skip
