"""El documento OpenAPI v3 que kubectl pide antes de `apply`, `explain`, `diff` o `replace`.

Un documento por grupo y versión, con los tipos que alcanza y sus descripciones, y una ruta por recurso:
kubectl busca en las rutas qué recursos hay y si su PATCH admite `fieldValidation`. Las descripciones se
leen la primera vez que alguien pide un documento, no antes.
Fuente: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import Any

from lab_tools.objects import kinds, openapi_defaults, schema
from lab_tools.objects.enums import LISTED
from lab_tools.objects.kinds import Kind

Document = dict[str, Any]

TITLE = {"title": "Kubernetes", "version": "1.36"}
_SCHEMAS = "#/components/schemas/"
# Un valor en el párrafo «Possible enum values» de una descripción.
_VALUE = re.compile(r'^ - `"(.*?)"`', re.MULTILINE)
# Lo que es de todos los grupos: cada documento dice que es del suyo, y del núcleo.
EVERYWHERE = (f"{schema.META}DeleteOptions", f"{schema.META}WatchEvent")
_PROTOCOL = ("DeleteOptions", "Patch", "Status", "WatchEvent")
_QUERY = (("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string"), ("force", "boolean"))
_PATCH_BODIES = ("application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json")
# Un tipo propio no lo entiende, y por esta lista sabe `kubectl apply` cuál puede mandar.
_STRATEGIC = "application/strategic-merge-patch+json"


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Los grupos y versiones que se sirven, en el orden del descubrimiento."""
    return tuple(dict.fromkeys((kind.group, kind.version) for kind in kinds.ALL))


def index() -> Document:
    """El índice `/openapi/v3`: dónde está cada documento. El resumen cambia si cambia el documento."""
    return {"paths": {root(*one): {"serverRelativeURL": location(*one)} for one in versions()}}


def location(group: str, version: str) -> str:
    """Dónde está el documento, con su resumen."""
    return f"/openapi/v3/{root(group, version)}?hash={digest(group, version)}"


@cache
def digest(group: str, version: str) -> str:
    """El resumen SHA-512, en mayúsculas, de lo que determina un documento. Sirve también de ETag."""
    seen = hashlib.sha512(f"{group}/{version} {TITLE}".encode())
    for kind in _served(group, version):
        seen.update(kind.definition.encode())
    seen.update(repr(sorted(LISTED.items())).encode())
    seen.update(repr(openapi_defaults.TABLES).encode())
    for file in ("definitions.gz", "descriptions.gz", "enums.gz", "quantity.gz"):
        seen.update(schema.packed(file))
    return seen.hexdigest().upper()


def document(group: str, version: str, served: tuple[Kind, ...] | None = None) -> Document:
    """El documento de un grupo y versión; `KeyError` si no se sirve. Quien lo pide puede cambiarlo.

    `served` son los tipos de ese grupo y versión; si no se dicen, los de la tabla.
    """
    served = _served(group, version) if served is None else served
    if not served:
        raise KeyError(f"{group}/{version}")
    schemas = {**{name: _described(name) for name in _reachable(served)}, **_own(served)}
    for name in EVERYWHERE:
        schemas[name]["x-kubernetes-group-version-kind"] = _everywhere(group, version, name.rpartition(".")[2])
    return {
        "openapi": "3.0.0",
        "info": dict(TITLE),
        "paths": {_path(kind): _operations(kind) for kind in served},
        "components": {"schemas": schemas},
    }


def _everywhere(group: str, version: str, kind: str) -> list[Document]:
    places = dict.fromkeys((("", "v1"), (group, version)))
    return [{"group": one, "kind": kind, "version": each} for one, each in places]


@cache
def document_bytes(group: str, version: str) -> bytes:
    """El documento ya escrito: se fabrica una vez. `KeyError` si no se sirve."""
    return json.dumps(document(group, version), separators=(",", ":"), ensure_ascii=False).encode()


def _own(served: tuple[Kind, ...]) -> Document:
    """Los esquemas de los tipos propios, y los de sus listas."""
    found: Document = {}
    for kind in served:
        if kind.own is not None:
            found[kind.definition] = dict(kind.own.document)
            items = {"type": "array", "items": {"$ref": _SCHEMAS + kind.definition}}
            metadata = {"allOf": [{"$ref": f"{_SCHEMAS}{schema.META}ListMeta"}]}
            gvk = {"group": kind.group, "version": kind.version, "kind": kind.list_kind}
            found[f"{kind.definition}List"] = {
                "type": "object",
                "required": ["items"],
                "properties": {"apiVersion": {"type": "string"}, "items": items, "kind": {"type": "string"},
                               "metadata": metadata},
                "x-kubernetes-group-version-kind": [gvk],
            }  # fmt: skip
    return found


def root(group: str, version: str) -> str:
    """El nombre de un grupo y versión en el índice: «apis/apps/v1», «api/v1»."""
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _served(group: str, version: str) -> tuple[Kind, ...]:
    return tuple(kind for kind in kinds.ALL if (kind.group, kind.version) == (group, version))


def _path(kind: Kind) -> str:
    return kind.path("{namespace}", "{name}")


def _operations(kind: Kind) -> Document:
    gvk = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    body = {"schema": {"$ref": f"{_SCHEMAS}{schema.META}Patch"}}
    answer = {"content": {"application/json": {"schema": {"$ref": _SCHEMAS + kind.definition}}}, "description": "OK"}
    query = [{"name": name, "in": "query", "schema": {"type": one, "uniqueItems": True}} for name, one in _QUERY]
    places = ("name", "namespace") if kind.namespaced else ("name",)
    bodies = _PATCH_BODIES if kind.own is not None else (*_PATCH_BODIES, _STRATEGIC)
    patch = {"requestBody": {"content": dict.fromkeys(bodies, body), "required": True}}
    method, more = ("patch", patch) if "patch" in kind.verbs else ("get" if "get" in kind.verbs else "post", {})
    return {
        method: {
            "operationId": f"{method}{kind.kind}",
            "parameters": query,
            **more,
            "responses": {"200": answer},
            "x-kubernetes-action": method,
            "x-kubernetes-group-version-kind": gvk,
        },
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "uniqueItems": True}}
            for name in places
        ],
    }


def _reachable(served: tuple[Kind, ...]) -> list[str]:
    """Nombres, en orden, de todo lo que mencionan los tipos servidos, sus listas y el protocolo."""
    pending = [schema.META + name for name in _PROTOCOL]
    for kind in served:
        pending += [kind.definition, kind.definition + "List"]
        if kind.own is not None:
            pending += [schema.OBJECT_META, schema.META + "ListMeta"]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found and schema.find(name) is not None:
            found.add(name)
            pending.extend(_references(schema.raw(name)))
    return sorted(found)


def _references(node: Any) -> list[str]:
    """Los nombres que aparecen como `$ref` en un esquema."""
    parts = [*node.get("properties", {}).values(), node.get("items"), node.get("additionalProperties")]
    found = [node["$ref"]] if "$ref" in node else []
    for part in parts:
        if isinstance(part, dict):
            found += _references(part)
    return found


def _described(name: str) -> Document:
    """Un esquema con sus descripciones y en la forma de OpenAPI v3."""
    texts = json.loads(schema.lines("quantity.gz" if name == schema.QUANTITY else "descriptions.gz")[name])
    short = ".".join(name.split(".")[-3:])
    closed = json.loads(schema.lines("enums.gz").get(short, "{}"))
    result = _open(schema.raw(name))
    if "" in texts:
        result = {"description": texts[""], **result}
    properties = result.get("properties", {})
    for field, part in properties.items():
        if field in closed:
            part["enum"] = _VALUE.findall(closed[field])
        if listed := LISTED.get(f"{short}.{field}"):
            part["items" if "items" in part else "additionalProperties"]["enum"] = list(listed)
        if field in texts:
            properties[field] = {"description": texts[field] + closed.get(field, ""), **part}
        elif set(part) == {"allOf"}:
            properties[field] = part["allOf"][0]
    for field, value in openapi_defaults.of(name):
        part = properties[field]
        properties[field] = {**({"allOf": [part]} if "$ref" in part else part), "default": value}
    return result


def _open(node: Document) -> Document:
    """Un `$ref` con hermanos va dentro de `allOf`, como manda OpenAPI 3.0."""
    result: Document = {}
    for key, value in node.items():
        if key == "properties":
            result[key] = {name: _property(part) for name, part in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            result[key] = _open(value)
        elif key == "$ref":
            result[key] = _SCHEMAS + value
        else:
            result[key] = value
    return result


def _property(node: Document) -> Document:
    opened = _open(node)
    reference = opened.pop("$ref", None)
    return {**opened, "allOf": [{"$ref": reference}]} if reference else opened
