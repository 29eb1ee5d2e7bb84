"""Las métricas, contestadas por HTTP: las del plano de control en `/metrics` y las de los objetos en la puerta propia.

    GET /metrics                      la API, el almacén, los controladores y el planificador
    GET /orquesta/v1/metrics/state    los objetos, como los cuenta kube-state-metrics
    GET /api/v1/nodes/NODO/proxy/metrics[/cadvisor|/resource]    el kubelet de un nodo (véase `kubelet_door`)

Las de la puerta propia las lee quien puede leer `/metrics`.
"""

from __future__ import annotations

from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.rest.call import Cluster
from lab_tools.embedded.rest.edge import Edge
from lab_tools.embedded.rest.message import Request, Response

PATH = "/metrics"
STATE = "/orquesta/v1/metrics/state"


def state(cluster: Cluster, edge: Edge, request: Request) -> Response:
    """Las métricas de los objetos. Lanza 403."""
    cluster.access.check(request.user, Attributes("get", path=PATH))
    return answer(cluster, edge, request, "state")


def answer(cluster: Cluster, edge: Edge, request: Request, source: str, name: str = "") -> Response:
    """Lo que cuenta una pieza (véase `Cluster.scrape`), en la forma que pide quien lo recoge."""
    from lab_tools.embedded.observe import exposition  # solo quien mide paga por ello

    found = cluster.scrape(source, edge.dates.at, name)
    media, body = exposition.render(found, request.headers.get("accept", ""))
    return Response(200, {"content-type": media, "cache-control": "no-cache, private"}, body)
