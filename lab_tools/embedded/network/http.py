"""Lo que un proxy decide de una petición HTTP: contestar él, o mandarla a un Service (quizá cambiada)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from lab_tools.embedded.network.ask import Ask
from lab_tools.embedded.network.walk import Reply, Step


@dataclass(frozen=True, slots=True)
class Decision:
    """Con `reply`, contesta el proxy. Sin él, la petición sigue hacia el puerto `port` (número o nombre) de `service`.

    `service` es (espacio, nombre); `response_headers` se ponen a la respuesta (las vacías se quitan); `certificate`,
    lo que quien pide por https reprocharía al certificado; `mirrors`, qué Services y puertos reciben una copia; y
    `patience`, los segundos que espera el proxy antes de contestar 504.
    """

    steps: Sequence[Step]
    reply: Reply | None = None
    service: tuple[str, str] | None = None
    port: int | str = 0
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)
    certificate: str = ""
    mirrors: Sequence[tuple[str, str, int]] = ()
    patience: float = math.inf


def bare_path(ask: Ask) -> str:
    """La ruta sin su consulta."""
    return ask.path.partition("?")[0] or "/"


def query_of(ask: Ask) -> dict[str, str]:
    """La consulta, con el primer valor de cada nombre."""
    return dict(reversed(parse_qsl(ask.path.partition("?")[2], keep_blank_values=True)))


def with_query(path: str, ask: Ask) -> str:
    """Una ruta nueva con la consulta de antes."""
    return path + (f"?{query}" if (query := ask.path.partition("?")[2]) else "")


def under(path: str, prefix: str) -> bool:
    """Si una ruta está bajo otra, por elementos enteros: `/api` cubre `/api/x`, no `/apis`."""
    bare = prefix.rstrip("/")
    return not bare or path == bare or path.startswith(bare + "/")


# Las páginas de error que nginx titula a su manera.
# Fuente: https://github.com/nginx/nginx/blob/release-1.28.0/src/http/ngx_http_special_response.c
_NGINX = {503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


PLAIN_TO_TLS = "The plain HTTP request was sent to HTTPS port"


def page(status: int, server: str = "", why: str = "") -> Reply:
    """La página con que un proxy contesta él mismo. `why` es el motivo, si quiere decirlo."""
    phrase = _NGINX.get(status, HTTPStatus(status).phrase)
    foot = f"<hr><center>{server}</center>\r\n" if server else ""
    said = f"<center>{why}</center>\r\n" if why else ""
    body = (f"<html>\r\n<head><title>{status} {why or phrase}</title></head>\r\n<body>\r\n"
            f"<center><h1>{status} {phrase}</h1></center>\r\n{said}{foot}</body>\r\n</html>\r\n")  # fmt: skip
    return Reply(status, body, {"content-type": "text/html"})


def redirect(status: int, location: str) -> Reply:
    """Una respuesta que manda a otro sitio."""
    return Reply(status, page(status).body, {"content-type": "text/html", "location": location})
