"""OpenAPI v3 tal como lo piden `kubectl apply`, `explain` y `replace`: un índice y un documento por grupo.

De la versión 2, el documento único que piden un `kubectl explain` a la antigua y kubectl ante un `kind: List`.
Fuente: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
"""

from __future__ import annotations

from typing import Any

from lab_tools.embedded.rest import discovery, openapi_protobuf
from lab_tools.embedded.rest.documents import Document, Library
from lab_tools.embedded.rest.encoding import dumps
from lab_tools.embedded.rest.message import Request, Response
from lab_tools.embedded.rest.negotiation import wants
from lab_tools.objects import openapi, openapi_v2
from lab_tools.objects.registry import Kinds

ROOT = "/openapi/v3"
OLD = "/openapi/v2"
_OLD_MEDIA = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
# Lo que se pide lleva una arroba, que en un tipo MIME no vale: el servidor real contesta con un punto.
_OLD_ANSWER = _OLD_MEDIA.replace("@", ".")
_INFO = {"title": "Kubernetes", "version": discovery.VERSION["gitVersion"]}


def handle(library: Library, kinds: Kinds, request: Request) -> Response | None:
    """El índice o un documento; `None` si no hay tal cosa."""
    name = request.path.removeprefix(ROOT).strip("/")
    if not name:
        return library.get(ROOT, lambda: _index(library, kinds)).answer(request)
    parts = _known(kinds, name)
    if parts is None:
        return None
    current = _hash(library, kinds, *parts)
    asked = request.one("hash")
    if asked and asked != current:
        return Response(301, {"location": _address(name, current), "content-type": "text/plain"}, b"")
    found = _document(library, kinds, *parts)
    return found.answer(request, "public, immutable, max-age=31536000" if asked else "no-cache, private")


def handle_old(library: Library, kinds: Kinds, request: Request) -> Response:
    """El documento de la versión 2, en Protobuf o en JSON."""
    if wants(request.headers.get("accept", ""), _OLD_MEDIA):
        return library.get(f"{OLD} protobuf", lambda: openapi_protobuf.encode(_old(kinds)), _OLD_ANSWER).answer(request)
    return library.get(OLD, lambda: dumps(_old(kinds))).answer(request)


def _old(kinds: Kinds) -> dict[str, Any]:
    served = (kinds.of_version(group, version) for group, versions in kinds.groups.items() for version in versions)
    return openapi_v2.document(served, _INFO)


def _index(library: Library, kinds: Kinds) -> bytes:
    paths = {}
    for group, versions in kinds.groups.items():
        for version in versions:
            name = openapi.root(group, version)
            paths[name] = {"serverRelativeURL": _address(name, _hash(library, kinds, group, version))}
    return dumps({"paths": paths})


def _document(library: Library, kinds: Kinds, group: str, version: str) -> Document:
    def write() -> bytes:
        return dumps(openapi.document(group, version, kinds.of_version(group, version)))

    return library.get(f"{ROOT}/{openapi.root(group, version)}", write)


def _hash(library: Library, kinds: Kinds, group: str, version: str) -> str:
    """La huella de un documento. El de un tipo propio es pequeño y cambia: la suya sale de lo que dice."""
    if any(kind.own is not None for kind in kinds.of_version(group, version)):
        return _document(library, kinds, group, version).hash
    return openapi.digest(group, version)


def _address(name: str, current: str) -> str:
    return f"{ROOT}/{name}?hash={current}"


def _known(kinds: Kinds, name: str) -> tuple[str, str] | None:
    for group, versions in kinds.groups.items():
        for version in versions:
            if name == openapi.root(group, version):
                return group, version
    return None
