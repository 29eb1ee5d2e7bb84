"""JSON para leerlo: con sangría, si lo pide quien llama o si quien llama es un navegador, curl o wget.

Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/ (`pretty`) y
https://github.com/kubernetes/apiserver/blob/v0.36.0/pkg/endpoints/handlers/negotiation/negotiate.go
"""

from __future__ import annotations

import json

from lab_tools.embedded.rest.message import Request, Response

_READERS = ("curl", "Wget", "Mozilla/5.0")
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
# Lo que el servidor real escribe siempre así, lo pida quien lo pida.
_ALWAYS = ("/", "/version")
_ROOTS = ("/api", "/apis")


def apply(request: Request, response: Response) -> None:
    """Pone sangría al cuerpo de una respuesta, si toca."""
    if not isinstance(response.body, bytes) or not _is_wanted(request):
        return
    if response.headers.get("content-type", "").startswith("application/json") and response.body:
        response.body = json.dumps(json.loads(response.body), indent=2, ensure_ascii=False).encode()


def _is_wanted(request: Request) -> bool:
    if request.path in _ALWAYS:
        return True
    asked = request.one("pretty")
    wanted = asked in _TRUE if asked else request.headers.get("user-agent", "").startswith(_READERS)
    return wanted and (request.path in _ROOTS or request.path.startswith(("/api/", "/apis/")))
