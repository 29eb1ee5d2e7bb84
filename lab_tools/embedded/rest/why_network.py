"""Por qué una petición llega o no: `GET /orquesta/v1/why/network?from=ESPACIO/POD&url=…`.

También `method` y `header` («Nombre: valor», repetible). Sin `from`, se llama desde fuera. Cuenta el camino que
seguiría ahora (véase `Walk.document`); no manda nada ni gasta la suerte de nadie. Desde un Pod pregunta quien podría
entrar en él (`create pods/exec` en su espacio de nombres); desde fuera, cualquiera que tenga credencial.
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes, forbidden
from lab_tools.embedded.network.ask import Ask, BadAddress, PodKey
from lab_tools.embedded.network.network import NoSource
from lab_tools.embedded.rest import answers
from lab_tools.embedded.rest.call import Cluster
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.embedded.user import AUTHENTICATED

_FIELDS = {"from", "url", "method", "header"}


def explain(cluster: Cluster, request: Request) -> Response:
    """El camino, en JSON. Lanza 400 si la pregunta está mal escrita, y 403 si no se puede hacer."""
    if unknown := sorted(set(request.query) - _FIELDS):
        raise status.bad_request(f"unknown parameter {unknown[0]!r}: expected {', '.join(sorted(_FIELDS))}")
    source = _source(request.one("from"))
    _check(cluster, request, source)
    headers = {name.strip(): value.strip() for name, _, value in
               (one.partition(":") for one in request.query.get("header", []))}  # fmt: skip
    try:
        ask = Ask.url(request.one("url"), source, request.one("method") or "GET", headers)
        return answers.document(cluster.network.walk(ask, rehearsal=True).document())
    except (BadAddress, NoSource) as fault:
        raise status.bad_request(str(fault)) from None


def _source(text: str) -> PodKey | None:
    if not text:
        return None
    namespace, _, pod = text.partition("/")
    if not namespace or not pod or "/" in pod:
        raise status.bad_request(f"from: Invalid value: {text!r}: expected NAMESPACE/POD")
    return namespace, pod


def _check(cluster: Cluster, request: Request, source: PodKey | None) -> None:
    if source is not None:
        cluster.access.check(request.user, Attributes("create", "", "pods/exec", *source))
    elif AUTHENTICATED not in request.user.groups and "system:masters" not in request.user.groups:
        raise forbidden(request.user, Attributes("get", path=request.path))
