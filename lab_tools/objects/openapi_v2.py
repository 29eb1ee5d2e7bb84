"""El documento OpenAPI v2: los mismos tipos que `openapi`, en un solo documento y con la gramática de antes.

Lo piden `kubectl explain --output=plaintext-openapiv2`, kubectl ante un `kind: List`, que valida por su cuenta, y los
clientes de antes de la versión 3. Como en un servidor real, un `$ref` lleva su descripción al lado, una cantidad y un
valor que puede ser número o texto son textos, y donde un tipo propio admite cualquier campo no se nombra ninguno.
Fuente: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v2
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lab_tools.objects import openapi
from lab_tools.objects.kind import Kind

Document = dict[str, Any]

_NEW, _OLD = "#/components/schemas/", "#/definitions/"
_BELOW = ("items", "additionalProperties")
_FREE = "x-kubernetes-preserve-unknown-fields"
# Lo que la gramática de antes no tiene, y los `default`, que el servidor real quita de ella.
_NEWER = ("oneOf", "anyOf", "not", "nullable", "x-kubernetes-validations", "default")


def document(served: Iterable[tuple[Kind, ...]], info: dict[str, str]) -> Document:
    """Todos los tipos servidos, cada tupla los de un grupo y versión."""
    definitions: Document = {}
    for one in served:
        for name, found in openapi.document(one[0].group, one[0].version, one)["components"]["schemas"].items():
            # De cuántos grupos es lo que es de todos no cabe en un documento único.
            if name in openapi.EVERYWHERE:
                found = {key: value for key, value in found.items() if key != "x-kubernetes-group-version-kind"}
            definitions.setdefault(name, found)
    older = {name: _older(definitions[name]) for name in sorted(definitions)}
    return {"swagger": "2.0", "info": dict(info), "paths": {}, "definitions": older}


def _older(node: Document) -> Document:
    found: Document = {key: value for key, value in node.items() if key not in (*_NEWER, "allOf")}
    for part in node.get("allOf", ()):
        found |= part
    if "oneOf" in node and "type" not in node:
        found["type"] = "string"
    if node.get(_FREE):
        return {key: value for key, value in found.items() if key not in ("properties", *_BELOW)}
    if "$ref" in found:
        found["$ref"] = _OLD + found["$ref"].removeprefix(_NEW)
    if "properties" in found:
        found["properties"] = {name: _older(part) for name, part in found["properties"].items()}
    for name in _BELOW:
        if isinstance(found.get(name), dict):
            found[name] = _older(found[name])
    return found
