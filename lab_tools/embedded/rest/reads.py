"""Leer: un objeto, o una lista entera o a trozos.

Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.rest import answers, refusal
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.errors import StatusError
from lab_tools.objects import Object

_TOKEN_VERSION = "meta.k8s.io/v1"
_INTEGER, _DIGITS = re.compile(r"[-+]?[0-9]+"), 19
_MATCHES = ("Exact", "NotOlderThan")


def get(call: Call) -> Response:
    """Un objeto."""
    return answers.one(call, call.api.get(call.kind, call.target.namespace, call.target.name))


def list_(call: Call) -> Response:
    """Una lista: filtrada, y a trozos de `limit` si se pide."""
    request = call.request
    _check_match(request)
    limit, start = integer(request, "limit"), _continued(request)
    found = call.api.list(call.kind, call.target.namespace, call.labels(), call.fields())
    _check_revision(revision_asked(request), found.revision)
    items = [item for item in found.items if _key(item) > start] if start else found.items
    metadata: dict[str, Any] = {"resourceVersion": str(found.revision)}
    if 0 < limit < len(items):
        rest, items = len(items) - limit, items[:limit]
        metadata["continue"] = _token(found.revision, items[-1])
        # Con un filtro, el servidor real no sabe cuántos quedan.
        if not (request.one("labelSelector") or request.one("fieldSelector")):
            metadata["remainingItemCount"] = rest
    return answers.many(call, items, metadata)


def revision_asked(request: Request) -> int:
    """`resourceVersion` como número; 0 si no se pide ninguna. Lanza 400."""
    text = request.one("resourceVersion")
    if text and not (text.isascii() and text.isdecimal()):
        raise status.bad_request(f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    if len(text) > _DIGITS + 1:
        raise status.bad_request(f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": value out of range')
    return int(text or 0)


def _check_match(request: Request) -> None:
    match = request.one("resourceVersionMatch")
    if "sendInitialEvents" in request.query:
        raise forbidden_option("sendInitialEvents", "sendInitialEvents is forbidden for list")
    if not match:
        return
    if not request.one("resourceVersion"):
        text = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise forbidden_option("resourceVersionMatch", text)
    if request.one("continue"):
        text = "resourceVersionMatch is forbidden when continue is provided"
        raise forbidden_option("resourceVersionMatch", text)
    if match not in _MATCHES:
        message = f'Unsupported value: "{match}": supported values: "Exact", "NotOlderThan"'
        raise refusal.invalid_option("ListOptions", "resourceVersionMatch", "FieldValueNotSupported", message)
    if match == "Exact" and request.one("resourceVersion") == "0":
        text = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        raise forbidden_option("resourceVersionMatch", text)


def forbidden_option(field: str, why: str) -> StatusError:
    """422: esa opción no vale en esta petición."""
    return refusal.invalid_option("ListOptions", field, "FieldValueForbidden", f"Forbidden: {why}")


def _check_revision(asked: int, current: int) -> None:
    if asked > current:
        raise future_revision(asked, current)


def future_revision(asked: int, current: int) -> StatusError:
    """504: la revisión pedida aún no existe."""
    message = f"Too large resource version: {asked}, current: {current}"
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    return status.failure(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1})


def integer(request: Request, name: str) -> int:
    """Un parámetro entero de la consulta; 0 si no está. Lanza 400."""
    text = request.one(name) or "0"
    if not _INTEGER.fullmatch(text):
        raise status.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    # Un int64 no llega a más, y Python tarda demasiado en leer un millón de cifras.
    if len(text) > _DIGITS:
        raise status.bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return int(text)


def _key(obj: Object) -> tuple[str, str]:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _token(revision: int, last: Object) -> str:
    start = "/".join(part for part in _key(last) if part) + "\0"
    data = json.dumps({"v": _TOKEN_VERSION, "rv": revision, "start": start}, separators=(",", ":"))
    return base64.urlsafe_b64encode(data.encode()).rstrip(b"=").decode()


def _continued(request: Request) -> tuple[str, str] | None:
    """La última clave ya entregada, según el testigo `continue`; `None` si se empieza."""
    token = request.one("continue")
    if not token:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, _, name = str(found["start"]).removesuffix("\0").rpartition("/")
        if found["v"] != _TOKEN_VERSION:
            raise ValueError(f"server does not recognize this encoded version {found['v']}")
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise status.bad_request(f"continue key is not valid: {error}") from None
    return namespace, name
