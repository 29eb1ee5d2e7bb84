"""Leer: un objeto, o una lista entera o a trozos.

Fuente: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks y
https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
"""

from __future__ import annotations

import base64
import json
import re
import string
from typing import Any, NamedTuple

from lab_tools.embedded import status
from lab_tools.embedded.api.protocol import Listing
from lab_tools.embedded.rest import answers, refusal
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.gojson import syntax_error
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.errors import StatusError
from lab_tools.objects import Object

_TOKEN_VERSION = "meta.k8s.io/v1"
_ALPHABET = frozenset(f"{string.ascii_letters}{string.digits}-_")
_INTEGER, _DIGITS = re.compile(r"[-+]?[0-9]+"), 19
_MATCHES = ("Exact", "NotOlderThan")
# La revisión de un testigo que ya no promete que todos los trozos sean del mismo instante.
_INCONSISTENT = -1
_CONTINUE_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list "
    "without the continue parameter, or use the continue token in this response to retrieve the remainder of the "
    "results. Continuing with the provided token results in an inconsistent list - objects that were created, "
    "modified, or deleted between the time the first chunk was returned and now may show up in the list."
)

Key = tuple[str, str]


class Page(NamedTuple):
    """Una lista a medias: de qué revisión es, y la última clave ya entregada (espacio y nombre)."""

    revision: int
    start: Key


def get(call: Call) -> Response:
    """Un objeto."""
    return answers.one(call, call.api.get(call.kind, call.target.namespace, call.target.name))


def list_(call: Call) -> Response:
    """Una lista: filtrada, y a trozos de `limit` si se pide. Todos los trozos son de la revisión del primero."""
    request = call.request
    _check_match(request)
    limit, page, asked = integer(request, "limit"), _continued(request), revision_asked(request)
    found = _page(call, page) if page else _listing(call, asked if _is_exact(request, limit, asked) else None)
    if asked > found.revision:
        raise status.too_large(asked, found.revision)
    items = [item for item in found.items if _key(item) > page.start] if page else found.items
    metadata: dict[str, Any] = {"resourceVersion": str(found.revision)}
    if 0 < limit < len(items):
        rest, items = len(items) - limit, items[:limit]
        metadata["continue"] = _token(found.revision, _key(items[-1]))
        # Con un filtro, el servidor real no sabe cuántos quedan.
        if not (request.one("labelSelector") or request.one("fieldSelector")):
            metadata["remainingItemCount"] = rest
    return answers.many(call, items, metadata)


def _listing(call: Call, at: int | None) -> Listing:
    return call.api.list(call.kind, call.target.namespace, call.labels(), call.fields(), at)


def _is_exact(request: Request, limit: int, asked: int) -> bool:
    """Si se pide lo que había en esa revisión y no algo posterior: porque se dice, o porque se pide a trozos."""
    return asked > 0 and (request.one("resourceVersionMatch") or ("Exact" if limit > 0 else "")) == "Exact"


def _page(call: Call, page: Page) -> Listing:
    """El resto de una lista empezada. Si su revisión ya no se recuerda, la negativa trae con qué seguir sin ella."""
    if call.request.one("resourceVersion") not in ("", "0"):
        raise status.bad_request("specifying resource version is not allowed when using continue")
    try:
        return _listing(call, page.revision if page.revision > 0 else None)
    except StatusError as refused:
        if refused.code != 410:
            raise
        expired = status.failure(410, "Expired", _CONTINUE_EXPIRED)
        expired.status["metadata"] = {"continue": _token(_INCONSISTENT, page.start)}
        raise expired from None


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


def integer(request: Request, name: str) -> int:
    """Un parámetro entero de la consulta; 0 si no está. Lanza 400."""
    text = request.one(name) or "0"
    if not _INTEGER.fullmatch(text):
        raise status.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    # Un int64 no llega a más, y Python tarda demasiado en leer un millón de cifras.
    if len(text) > _DIGITS:
        raise status.bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return int(text)


def _key(obj: Object) -> Key:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _token(revision: int, last: Key) -> str:
    start = "/".join(part for part in last if part) + "\0"
    data = json.dumps({"v": _TOKEN_VERSION, "rv": revision, "start": start}, separators=(",", ":"))
    return base64.urlsafe_b64encode(data.encode()).rstrip(b"=").decode()


def _decoded(token: str) -> bytes:
    """Los bytes de un testigo. Lanza `ValueError` con las palabras del servidor real."""
    bad = next((at for at, letter in enumerate(token) if letter not in _ALPHABET), None)
    if bad is None and len(token) % 4 == 1:
        bad = len(token) - 1
    if bad is not None:
        raise ValueError(f"illegal base64 data at input byte {bad}")
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def _continued(request: Request) -> Page | None:
    """Por dónde va la lista, según el testigo `continue`; `None` si se empieza."""
    token = request.one("continue")
    if not token:
        return None
    try:
        data = _decoded(token).decode(errors="replace")
        if why := syntax_error(data):
            raise ValueError(why)
        found = json.loads(data)
        namespace, _, name = str(found["start"]).removesuffix("\0").rpartition("/")
        if found["v"] != _TOKEN_VERSION:
            raise ValueError(f"server does not recognize this encoded version {found['v']}")
        return Page(int(found["rv"]), (namespace, name))
    except (ValueError, TypeError, KeyError) as error:
        raise status.bad_request(f"continue key is not valid: {error}") from None
