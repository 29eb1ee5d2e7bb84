"""Lo que una petición exige del objeto al que va: su versión y su `uid`, que en otro clúster son otros.

Quien guarda lo que da `kubectl get -o yaml`, lo cambia y lo manda con `kubectl replace` o con `kubectl apply`, manda
también el `resourceVersion` y el `uid` que leyó. Al repetir su trabajo, esas dos exigencias se ponen al día: si
entonces se cumplieron, se cumplen; si no, la petición se repite tal cual, y vuelve a no cumplirse.
https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lab_tools.embedded.rest import Request, Response

_EXACT = ("resourceVersion", "uid")


def renewed(request: Request, ask: Callable[[Request], Response]) -> Request:
    """La petición con lo que exige puesto al día. `ask` lee el objeto; si no está, la petición queda como vino."""
    body = _told(request.body)
    place = _place(request.method, body)
    if place is None or not any(place.get(name) for name in _EXACT):
        return request
    # La expulsión se pide en un subrecurso que no se lee: el objeto es su Pod.
    there = ask(replace(request, method="GET", path=request.path.removesuffix("/eviction"), query={}, body=b""))
    found = _told(there.body) if there.status < 400 else None
    now = _inside(found, "metadata") or {}
    place |= {name: now[name] for name in _EXACT if place.get(name) and name in now}
    return replace(request, body=json.dumps(body).encode())


def _told(body: object) -> Any:
    """Un cuerpo entendido como JSON, que es como lo manda kubectl; None si no lo es."""
    try:
        return json.loads(body) if isinstance(body, bytes) else None
    except (ValueError, RecursionError):
        return None


def _place(method: str, body: Any) -> dict[str, Any] | None:
    """Dónde dice un cuerpo lo que exige: en sus metadatos o, si borra o expulsa, en sus condiciones previas."""
    if method in ("PUT", "PATCH"):
        return _inside(body, "metadata")
    return _inside(body if method == "DELETE" else _inside(body, "deleteOptions"), "preconditions")


def _inside(body: Any, name: str) -> dict[str, Any] | None:
    """La parte de un cuerpo que se llama así; None si no la tiene o no es un objeto."""
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, dict) else None
