"""Un esquema estructural contado a los demás: como definición, para `apply`, y como OpenAPI, para kubectl.

Fuente: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#publish-validation-schema-in-openapi
"""

from __future__ import annotations

from typing import Any

from lab_tools.objects import clone
from lab_tools.objects.custom.structural import Structural
from lab_tools.objects.schema import OBJECT_META, Definition, Field

_API_VERSION = (
    "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized "
    "schemas to the latest internal value, and may reject unrecognized values. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
)
_KIND = (
    "Kind is a string value representing the REST resource this object represents. Servers may infer this from the "
    "endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
)
_METADATA = (
    "Standard object's metadata. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
)
_HEAD = {
    "apiVersion": Field("apiVersion", "string"),
    "kind": Field("kind", "string"),
    "metadata": Field("metadata", ref=OBJECT_META),
}


def definition(name: str, schema: Structural, gvk: tuple[str, str, str]) -> Definition:
    """El tipo entero, con los campos que tiene todo objeto."""
    fields = {**_fields(schema), **_HEAD}
    return Definition(name, fields, schema.required, (gvk,))


def _fields(schema: Structural) -> dict[str, Field]:
    return {name: _field(name, part, name in schema.required) for name, part in schema.properties.items()}


def _field(name: str, schema: Structural, required: bool = False) -> Field:
    raw = schema.raw
    inside = _fields(schema)
    return Field(
        name=name,
        type=schema.type,
        format=raw.get("format", ""),
        items=_field("", schema.items) if schema.items is not None else None,
        additional=_field("", schema.additional) if isinstance(schema.additional, Structural) else None,
        list_type=raw.get("x-kubernetes-list-type"),
        map_keys=tuple(raw.get("x-kubernetes-list-map-keys") or ()),
        map_type=raw.get("x-kubernetes-map-type"),
        required=required,
        inline=Definition(name, inside, schema.required, map_type=raw.get("x-kubernetes-map-type")) if inside else None,
    )


def document(schema: dict[str, Any] | None, gvk: tuple[str, str, str]) -> dict[str, Any]:
    """El esquema OpenAPI v3 del tipo. Sin esquema, o si conserva lo desconocido, solo dice lo de todo objeto."""
    found: dict[str, Any] = clone(schema) if schema else {"type": "object"}
    properties = {
        **found.get("properties", {}),
        "apiVersion": {"description": _API_VERSION, "type": "string"},
        "kind": {"description": _KIND, "type": "string"},
        "metadata": {"description": _METADATA, "allOf": [{"$ref": f"#/components/schemas/{OBJECT_META}"}]},
    }
    group, version, kind = gvk
    named = [{"group": group, "version": version, "kind": kind}]
    return {**found, "properties": properties, "x-kubernetes-group-version-kind": named}
