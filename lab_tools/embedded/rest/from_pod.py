"""La API llamada desde un Pod, por HTTP y con la cuenta de servicio que presente: `curl https://kubernetes.default`.

Fuente: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, unquote

from lab_tools.embedded import status
from lab_tools.embedded.access.control import AccessControl
from lab_tools.embedded.network.walk import Walk
from lab_tools.embedded.network.wire import Served
from lab_tools.embedded.rest.encoding import dumps
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.embedded.user import User

ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def answer(handle: Callable[[Request], Response], access: AccessControl, walk: Walk) -> Served:
    """Lo que la API contesta a una petición que ya llegó a ella."""
    ask = walk.ask
    if ask.scheme != "https":
        return Served(400, "Client sent an HTTP request to an HTTPS server.\n")
    header = ask.headers.get("authorization", "")
    user = access.bearer(header) if header else ANONYMOUS
    if user is None:
        return _served(401, dumps(status.failure(401, "Unauthorized", "Unauthorized").status))
    path, _, query = ask.path.partition("?")
    asked = parse_qs(query, keep_blank_values=True)
    # Una vigilancia no acaba nunca, y aquí nadie la espera: se contesta como a una lista.
    asked.pop("watch", None)
    response = handle(Request(ask.method, unquote(path), asked, dict(ask.headers), ask.body.encode(), user))
    body = response.body if isinstance(response.body, bytes) else b""
    return _served(response.status, body, response.headers.get("content-type", "application/json"))


def _served(code: int, body: bytes, kind: str = "application/json") -> Served:
    text = body.decode("utf-8", "replace")
    return Served(code, text, {"content-type": kind, "content-length": str(len(body))})
