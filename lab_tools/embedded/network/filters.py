"""Los filtros de una HTTPRoute: qué cambian de la petición y de su respuesta, a dónde la mandan y quién recibe copia.

Fuente: https://gateway-api.sigs.k8s.io/reference/spec/#httproutefilter
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab_tools.embedded.network import http
from lab_tools.embedded.network.ask import PORTS, Ask
from lab_tools.objects import Object


@dataclass
class Filtered:
    """Cómo queda una petición.

    `response`, las cabeceras que se ponen a la respuesta (las vacías se quitan); `mirrors`, los `requestMirror`; con
    `location`, se pide a quien llama que vaya ahí; y con `unknown`, hay un filtro que este controlador no tiene.
    """

    path: str
    headers: dict[str, str]
    response: dict[str, str] = field(default_factory=dict)
    mirrors: list[Object] = field(default_factory=list)
    location: str = ""
    status: int = 302
    unknown: str = ""


def run(filters: Iterable[Object], ask: Ask, prefix: str, done: Filtered) -> Filtered:
    """Aplica unos filtros, en orden, a lo que ya había. `prefix` es el de la ruta que encajó."""
    for one in filters:
        match one["type"]:
            case "RequestRedirect":
                where = one["requestRedirect"]
                done.location, done.status = _redirected(where, ask, prefix), where.get("statusCode", 302)
            case "URLRewrite":
                change = one["urlRewrite"]
                done.path = http.with_query(_replaced(change.get("path"), http.bare_path(ask), prefix), ask)
                if change.get("hostname"):
                    done.headers["host"] = change["hostname"]
            case "RequestHeaderModifier":
                _modify(done.headers, one["requestHeaderModifier"], forget=True)
            case "ResponseHeaderModifier":
                _modify(done.response, one["responseHeaderModifier"], forget=False)
            case "RequestMirror":
                done.mirrors.append(one["requestMirror"])
            case other:
                done.unknown = other
    return done


def share(mirror: Object) -> tuple[int, int]:
    """De cada cuántas peticiones se copian cuántas: (numerador, denominador)."""
    fraction = mirror.get("fraction") or {"numerator": mirror.get("percent", 100)}
    return int(fraction["numerator"]), int(fraction.get("denominator", 100))


def _modify(headers: dict[str, str], change: Object, *, forget: bool) -> None:
    """Pone, añade y quita cabeceras. Si no se conocen todavía (`forget` falso), quitar es dejarlas vacías."""
    for one in change.get("set") or ():
        headers[one["name"].lower()] = one["value"]
    for one in change.get("add") or ():
        before = headers.get(one["name"].lower())
        headers[one["name"].lower()] = f"{before},{one['value']}" if before else one["value"]
    for name in change.get("remove") or ():
        if forget:
            headers.pop(name.lower(), None)
        else:
            headers[name.lower()] = ""


def _replaced(change: Mapping[str, str] | None, path: str, prefix: str) -> str:
    """La ruta tras un `path` de redirección o de reescritura."""
    if change is None:
        return path
    if change.get("type") == "ReplaceFullPath":
        return change.get("replaceFullPath") or "/"
    rest = path[len(prefix.rstrip("/")) :].lstrip("/")
    head = (change.get("replacePrefixMatch") or "/").rstrip("/")
    return f"{head}/{rest}" if rest or not head else head


def _redirected(where: Object, ask: Ask, prefix: str) -> str:
    scheme = where.get("scheme") or ask.scheme
    host = where.get("hostname") or ask.authority
    # Si cambia el esquema, el puerto es el suyo; si no, el de la puerta por la que se entró.
    port = where.get("port") or (PORTS[scheme] if where.get("scheme") else ask.port)
    path = _replaced(where.get("path"), http.bare_path(ask), prefix)
    shown = "" if port == PORTS.get(scheme) else f":{port}"
    return http.with_query(f"{scheme}://{host}{shown}{path}", ask)
