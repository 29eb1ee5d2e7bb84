"""La puerta de las trazas, `/orquesta/v1/traces`: lo apuntado, como lo lee OpenTelemetry, y el interruptor.

    GET  traces    un ExportTraceServiceRequest de OTLP, en JSON
    POST traces    {"on": true} empieza a apuntar y {"on": false} lo deja: {"on", "kept", "forgotten"}

Las lee quien puede leer `/metrics`; las enciende quien además puede entrar en cualquier Pod.
"""

from __future__ import annotations

import json
from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.rest import answers, measures
from lab_tools.embedded.rest.call import Cluster
from lab_tools.embedded.rest.edge import Edge
from lab_tools.embedded.rest.message import Request, Response


def handle(cluster: Cluster, edge: Edge, request: Request) -> Response:
    """Atiende una petición a la puerta. Lanza 400, 403 o 405."""
    if request.method not in ("GET", "HEAD", "POST"):
        raise status.method_not_allowed()
    cluster.access.check(request.user, Attributes("get", path=measures.PATH))
    if request.method == "POST":
        cluster.access.check(request.user, Attributes("create", "", "pods/exec"))
        cluster.trace(_wanted(request))
        return answers.document(_state(cluster))
    from lab_tools.embedded.observe import otlp  # solo quien las lee paga por ello

    tracer = cluster.traced
    if tracer is None:
        return answers.document({"resourceSpans": []})
    if tracer.on:
        cluster.traffic.settle()
    return answers.document(otlp.document(tracer.spans, tracer.seed, edge.dates.at))


def _state(cluster: Cluster) -> dict[str, Any]:
    tracer = cluster.traced
    kept = len(tracer.spans) if tracer is not None else 0
    return {"on": tracer is not None and tracer.on, "kept": kept,
            "forgotten": tracer.forgotten if tracer is not None else 0}  # fmt: skip


def _wanted(request: Request) -> bool:
    try:
        asked = json.loads(request.body or b"null")
    except ValueError as error:
        raise status.bad_request(f'El cuerpo no es JSON: {error}: manda {{"on": true}}.') from None
    if not isinstance(asked, dict) or set(asked) != {"on"} or not isinstance(asked["on"], bool):
        raise status.bad_request('Aquí solo se enciende y se apaga: manda {"on": true} o {"on": false}.')
    return asked["on"]
