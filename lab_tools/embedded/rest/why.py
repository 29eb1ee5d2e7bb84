"""La puerta de los porqués, bajo `/orquesta/v1/why`: quien puede leer un Pod puede preguntar por qué está donde está.

GET pods/ESPACIO/NOMBRE     nodo por nodo, filtro por filtro y nota por nota
GET network?from=…&url=…    el camino de una petición, paso a paso (véase `why_network`)
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.rest import answers
from lab_tools.embedded.rest.call import Cluster
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.objects import kinds

ROOT = "/orquesta/v1/why"


def handle(cluster: Cluster, request: Request) -> Response:
    """Atiende una petición a la puerta. Lanza 403, 404 o 405."""
    match [part for part in request.path.removeprefix(ROOT).split("/") if part]:
        case ["pods", namespace, name]:
            if request.method not in ("GET", "HEAD"):
                raise status.method_not_allowed()
            cluster.access.check(request.user, Attributes("get", "", kinds.POD.plural, namespace, name))
            return answers.document(cluster.why(cluster.api.get(kinds.POD, namespace, name)))
        case ["network"]:
            if request.method not in ("GET", "HEAD"):
                raise status.method_not_allowed()
            from lab_tools.embedded.rest import why_network  # solo quien pregunta por la red paga por ello

            return why_network.explain(cluster, request)
    raise status.no_such_resource()
