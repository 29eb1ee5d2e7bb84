"""Lo que debe valer tras cualquier petición, se pidiera lo que se pidiera.

Un 5xx solo puede ser de los que también da un servidor real: los de `EXPECTED`, con sus palabras.
Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/ (verbos, Status, revisiones, `dryRun`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lab_tools.embedded.rest import Request, Response

EXPECTED = re.compile("|".join((
    "resourceVersion should not be set on objects to be created",
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support",
    "Internal error occurred: .*(container|pod|exec|unable to upgrade connection|error dialing backend)",
    "Too large resource version",
    "the server is currently unable to handle the request",
    "no endpoints available for service",
    "error trying to reach service",
    "does not contain declared merge key",
    "failed to create typed patch object",
)), re.DOTALL)  # fmt: skip
_DECIMAL = re.compile(r"[1-9][0-9]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_READS = ("GET", "HEAD")


def complaints(request: Request, response: Response, before: int, after: int) -> Iterator[str]:
    """Lo que está mal en una respuesta. `before` y `after` son las revisiones del almacén a cada lado."""
    code = response.status
    if not 100 <= code < 600:
        yield f"código {code}"
    if after != before:
        if request.method in _READS:
            yield f"leer ha gastado {after - before} revisiones"
        if code >= 400 and request.method != "DELETE":
            yield f"una petición negada con {code} ha gastado {after - before} revisiones"
        # Un borrado con cuerpo no mira la consulta.
        if request.query.get("dryRun") and not (request.method == "DELETE" and request.body):
            yield f"con dryRun se han gastado {after - before} revisiones"
    if isinstance(response.body, bytes):
        yield from _about_body(request, response, response.body)
    for name, value in response.headers.items():
        if _CONTROL.search(value) or not name.isascii():
            yield f"la cabecera {name} lleva lo que no cabe en una cabecera: {value!r}"


def _about_body(request: Request, response: Response, data: bytes) -> Iterator[str]:
    media = response.headers.get("content-type", "")
    if not media.startswith("application/json") or not data:
        if response.status >= 400 and data and not media.startswith(("text/plain", "application/yaml")):
            yield f"un error de tipo {media!r}"
        return
    try:
        found = json.loads(data, parse_constant=_refuse)
    except ValueError as error:
        yield f"el cuerpo no es JSON: {error}"
        return
    if response.status >= 400:
        yield from _about_status(response.status, found)
    elif isinstance(found, dict) and request.path.startswith("/api"):
        yield from _about_object(found)


def _about_status(code: int, found: Any) -> Iterator[str]:
    if not isinstance(found, dict) or found.get("kind") != "Status" or found.get("apiVersion") != "v1":
        yield f"un error que no es un Status: {str(found)[:200]}"
        return
    if found.get("status") != "Failure" or found.get("code") != code or not found.get("message"):
        yield f"un Status que no cuadra con el código {code}: {found}"
    if code >= 500 and not EXPECTED.search(found["message"]):
        yield f"un {code} que un servidor real no da: {found['message']}"
    for cause in (found.get("details") or {}).get("causes") or ():
        if not isinstance(cause.get("message"), str):
            yield f"una causa sin mensaje: {cause}"


def _about_object(found: dict[str, Any]) -> Iterator[str]:
    if not isinstance(found.get("kind"), str):
        yield f"una respuesta sin kind: {str(found)[:200]}"
        return
    if "columnDefinitions" in found:
        widths = {len(row["cells"]) for row in found["rows"]}
        if widths - {len(found["columnDefinitions"] or ())} and found["columnDefinitions"] is not None:
            yield f"una tabla de {len(found['columnDefinitions'])} columnas con filas de {widths}"
    metadata = found.get("metadata")
    version = metadata.get("resourceVersion", "") if isinstance(metadata, dict) else ""
    # Una pregunta se devuelve con los metadatos que traía; nadie la guarda.
    if version and not found["kind"].endswith("Review") and not _DECIMAL.fullmatch(version):
        yield f"resourceVersion no es un número: {version!r}"


def _refuse(word: str) -> None:
    raise ValueError(f"lleva {word}")
