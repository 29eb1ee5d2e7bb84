"""Lo que tiene de malo una CustomResourceDefinition.

Fuente: https://github.com/kubernetes/apiextensions-apiserver/blob/v0.36.0/pkg/apis/apiextensions/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lab_tools.objects import Object
from lab_tools.objects.custom import path
from lab_tools.objects.custom.check import check
from lab_tools.objects.custom.structural import MISSING, Structural, parse
from lab_tools.objects.validation import names
from lab_tools.objects.validation.problem import Problem, duplicate, forbidden, invalid, not_supported, required

PROTECTED = (".k8s.io", ".kubernetes.io")
APPROVED, UNAPPROVED = "api-approved.kubernetes.io", "unapproved"
_POLICY = "https://github.com/kubernetes/enhancements/pull/1111"
_URL = re.compile(r"https?://[^/]+")
_SCOPES = ("Cluster", "Namespaced")
_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_KIND = re.compile(r"[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def validate(crd: Object) -> Iterator[Problem]:
    """Los problemas de una definición, en el orden en que el servidor real los cita."""
    spec = crd.get("spec") or {}
    plural, group = (spec.get("names") or {}).get("plural", ""), spec.get("group", "")
    expected = f"{plural}.{group}"
    name = (crd.get("metadata") or {}).get("name", "")
    if name != expected:
        yield invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    yield from _group(group)
    yield from _approval(crd, group)
    scope = spec.get("scope", "")
    if scope not in _SCOPES:
        yield not_supported("spec.scope", scope, _SCOPES) if scope else required("spec.scope")
    yield from _versions(spec.get("versions") or [])
    yield from _names(spec.get("names") or {})
    strategy = (spec.get("conversion") or {}).get("strategy", "None")
    if strategy not in ("None", "Webhook"):
        yield not_supported("spec.conversion.strategy", strategy, ("None", "Webhook"))


def validate_update(new: Object, old: Object) -> Iterator[Problem]:
    """Lo que no puede cambiar una vez que se sirve."""
    after, before = new["spec"], old["spec"]
    for field in ("group", "scope"):
        if after.get(field) != before.get(field):
            yield invalid(f"spec.{field}", after.get(field, ""), "field is immutable")
    for field in ("kind", "plural"):
        if after["names"].get(field) != before["names"].get(field):
            yield invalid(f"spec.names.{field}", after["names"].get(field, ""), "field is immutable")
    known, had = ([one.get("name") for one in spec.get("versions") or ()] for spec in (after, before))
    for index, version in enumerate((old.get("status") or {}).get("storedVersions") or ()):
        if version in had and version not in known:
            detail = "must remain in spec.versions until objects are migrated and status.storedVersions is updated"
            yield invalid(f"status.storedVersions[{index}]", version, f"missing from spec.versions; {version} {detail}")


def _group(group: str) -> Iterator[Problem]:
    if not group:
        yield required("spec.group")
        return
    yield from (invalid("spec.group", group, message) for message in names.dns_subdomain(group))
    if "." not in group:
        yield invalid("spec.group", group, "should be a domain with at least one dot")


def is_protected(group: str) -> bool:
    """Si un grupo es de la comunidad de Kubernetes, y definir en él un tipo necesita su visto bueno."""
    return group.endswith(PROTECTED)


def _approval(crd: Object, group: str) -> Iterator[Problem]:
    if not is_protected(group):
        return
    found = ((crd.get("metadata") or {}).get("annotations") or {}).get(APPROVED)
    where = f"metadata.annotations[{APPROVED}]"
    if found is None:
        yield required(where, f'protected groups must have approval annotation "{APPROVED}", see {_POLICY}')
    elif not found.startswith(UNAPPROVED) and not _URL.match(found):
        shape = f'with either a URL or a reason starting with "{UNAPPROVED}"'
        why = f'protected groups must have approval annotation "{APPROVED}" {shape}, see {_POLICY}'
        yield invalid(where, found, why)


def _versions(versions: list[Object]) -> Iterator[Problem]:
    if not versions:
        yield required("spec.versions", "must have at least one version")
    seen: set[str] = set()
    for index, version in enumerate(versions):
        where, name = f"spec.versions[{index}]", version.get("name", "")
        if not _VERSION.fullmatch(name) or len(name) > 63:
            yield from (invalid(f"{where}.name", name, message) for message in names.dns_1035_label(name))
        if name in seen:
            yield duplicate(f"{where}.name", name)
        seen.add(name)
        yield from _version(version, where)
    if versions and sum(bool(one.get("storage")) for one in versions) != 1:
        yield invalid("spec.versions", versions, "must have exactly one version marked as storage version")


def _version(version: Object, where: str) -> Iterator[Problem]:
    raw = (version.get("schema") or {}).get("openAPIV3Schema")
    if raw is None:
        yield required(f"{where}.schema.openAPIV3Schema", "schemas are required")
    else:
        yield from _root(raw, f"{where}.schema.openAPIV3Schema")
    for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
        yield from _column(column, f"{where}.additionalPrinterColumns[{index}]")
    scale = (version.get("subresources") or {}).get("scale")
    if scale is not None:
        yield from _scale(scale, f"{where}.subresources.scale")


def _root(raw: Object, where: str) -> Iterator[Problem]:
    if not raw.get("type"):
        yield required(f"{where}.type", "must not be empty at the root")
    elif raw["type"] != "object":
        yield invalid(f"{where}.type", raw["type"], "must be object at the root")
    yield from _structural(raw, where, root=True)


def _structural(raw: Object, where: str, untraceable: str = "", root: bool = False) -> Iterator[Problem]:
    """Un nodo con su tipo, sus valores por omisión que valen, y los de debajo."""
    found = raw.get("type", "")
    if found and found not in _TYPES:
        yield not_supported(f"{where}.type", found, _TYPES)
    free = raw.get("x-kubernetes-preserve-unknown-fields") or raw.get("x-kubernetes-int-or-string")
    if not found and not free:
        yield required(f"{where}.type", "must not be empty for specified object fields")
    if raw.get("properties") and raw.get("additionalProperties"):
        yield forbidden(f"{where}.additionalProperties", "additionalProperties and properties are mutual exclusive")
    if found == "array" and not isinstance(raw.get("items"), dict):
        yield required(f"{where}.items", "must be specified")
    yield from _list_type(raw, where)
    yield from _default(raw, where)
    if raw.get("x-kubernetes-validations"):
        from lab_tools.objects.custom import judge_rules  # CEL pesa: solo lo paga quien tiene reglas

        yield from judge_rules.validate(
            raw, where, root or bool(raw.get("x-kubernetes-embedded-resource")), untraceable
        )
    for name, part in sorted((raw.get("properties") or {}).items()):
        if not (name == "metadata" and where.endswith("openAPIV3Schema")):
            yield from _structural(part, f"{where}.properties[{name}]", untraceable)
    for field in ("items", "additionalProperties"):
        if isinstance(raw.get(field), dict):
            # De los elementos de una lista sin claves no se sabe cuál era cada uno.
            lost = field == "items" and raw.get("x-kubernetes-list-type") != "map"
            yield from _structural(raw[field], f"{where}.{field}", untraceable or (where if lost else ""))


def _list_type(raw: Object, where: str) -> Iterator[Problem]:
    keys, kind = raw.get("x-kubernetes-list-map-keys"), raw.get("x-kubernetes-list-type")
    if kind is not None and kind not in ("atomic", "map", "set"):
        yield not_supported(f"{where}.x-kubernetes-list-type", kind, ("atomic", "map", "set"))
    if kind == "map" and not keys:
        yield required(f"{where}.x-kubernetes-list-map-keys",
                       "must not be empty if x-kubernetes-list-type is map")  # fmt: skip


def _default(raw: Object, where: str) -> Iterator[Problem]:
    schema: Structural = parse(raw)
    if schema.default is not MISSING:
        yield from check(schema.default, schema, f"{where}.default")


def _column(column: Object, where: str) -> Iterator[Problem]:
    for field in ("name", "type", "jsonPath"):
        if not column.get(field):
            yield required(f"{where}.{field}")
    kind = column.get("type", "")
    if kind and kind not in _COLUMN_TYPES:
        yield not_supported(f"{where}.type", kind, _COLUMN_TYPES)
    text = column.get("jsonPath", "")
    if text and (not text.startswith(".") or _fails(path.compile, text)):
        yield invalid(f"{where}.jsonPath", text, "does not look like a valid JSON path")


def _scale(scale: Object, where: str) -> Iterator[Problem]:
    for field, root in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        text = scale.get(field, "")
        if not text:
            yield required(f"{where}.{field}")
        elif _fails(path.simple, text) or not text.startswith(root):
            yield invalid(f"{where}.{field}", text, f"should be a json path under {root[:-1]}")
    text = scale.get("labelSelectorPath")
    if text and (_fails(path.simple, text) or not text.startswith((".spec.", ".status."))):
        yield invalid(f"{where}.labelSelectorPath", text, "should be a json path under either .spec or .status")


def _fails(read: Any, text: str) -> bool:
    try:
        read(text)
    except path.PathError:
        return True
    return False


def _names(found: Object) -> Iterator[Problem]:
    for field in ("plural", "singular"):
        value = found.get(field, "")
        if not value and field == "plural":
            yield required("spec.names.plural")
        elif value:
            yield from (invalid(f"spec.names.{field}", value, message) for message in names.dns_1035_label(value))
    for field in ("shortNames", "categories"):
        for index, value in enumerate(found.get(field) or ()):
            where = f"spec.names.{field}[{index}]"
            yield from (invalid(where, value, message) for message in names.dns_1035_label(value))
    for field in ("kind", "listKind"):
        value = found.get(field, "")
        if not value:
            yield required(f"spec.names.{field}")
        elif not _KIND.fullmatch(value):
            for message in names.dns_1035_label(value.lower()):
                detail = f"may have mixed case, but should otherwise match: {message}"
                yield invalid(f"spec.names.{field}", value, detail)
    if found.get("kind") and found.get("kind") == found.get("listKind"):
        yield invalid("spec.names.listKind", found["listKind"], "kind and listKind may not be the same")
