"""El juicio sobre las variables de entorno de un contenedor.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names
from lab_tools.objects.validation.problem import Problem, invalid, not_supported, required

SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
FIELDS = ("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
          "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs")  # fmt: skip
RESOURCES = ("limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
             "requests.memory")  # fmt: skip
_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


def validate(container: Object, field: str) -> Iterator[Problem]:
    """Los problemas de `env` y `envFrom`."""
    for index, one in enumerate(container.get("env") or ()):
        yield from _variable(one, f"{field}.env[{index}]")
    for index, one in enumerate(container.get("envFrom") or ()):
        yield from _many(one, f"{field}.envFrom[{index}]")


def _variable(one: Object, field: str) -> Iterator[Problem]:
    name, source = one.get("name", ""), one.get("valueFrom")
    if not name:
        yield required(f"{field}.name")
    else:
        yield from checks.each(names.env_name(name), f"{field}.name", name)
    if source is not None:
        yield from _source(source, f"{field}.valueFrom")
        if one.get("value"):
            yield invalid(f"{field}.valueFrom", "", "may not be specified when `value` is not empty")


def _source(source: Object, field: str) -> Iterator[Problem]:
    chosen = [name for name in SOURCES if source.get(name) is not None]
    if not chosen:
        listed = ", ".join(f"`{name}`" for name in SOURCES[:-1])
        yield invalid(field, "", f"must specify one of: {listed} or `{SOURCES[-1]}`")
    elif len(chosen) > 1:
        yield invalid(field, "", "may not have more than one field specified at a time")
    for name in chosen:
        yield from _reference(name, source[name], f"{field}.{name}")


def _reference(kind: str, one: Object, field: str) -> Iterator[Problem]:
    if kind == "fieldRef":
        yield from _field_path(one.get("fieldPath", ""), f"{field}.fieldPath")
    elif kind == "resourceFieldRef":
        resource = one.get("resource", "")
        if not resource:
            yield required(f"{field}.resource")
        elif resource not in RESOURCES and ".hugepages-" not in resource:
            yield not_supported(f"{field}.resource", resource, RESOURCES)
    else:
        yield from checks.present(one, field, *(("volumeName", "path") if kind == "fileKeyRef" else ("name",)))
        key = one.get("key", "")
        if not key:
            yield required(f"{field}.key")
        elif kind != "fileKeyRef":
            yield from checks.each(names.config_key(key), f"{field}.key", key)


def _field_path(path: str, field: str) -> Iterator[Problem]:
    subscript = _SUBSCRIPT.fullmatch(path)
    if not path:
        yield required(field)
    elif subscript:
        yield from checks.each(names.qualified_name(subscript[2]), field, subscript[2])
    elif path not in FIELDS:
        yield not_supported(field, path, FIELDS)


def _many(one: Object, field: str) -> Iterator[Problem]:
    prefix = one.get("prefix", "")
    if prefix:
        yield from checks.each(names.env_name(prefix), f"{field}.prefix", prefix)
    chosen = [name for name in ("configMapRef", "secretRef") if one.get(name) is not None]
    if not chosen:
        yield invalid(field, "", "must specify one of: `configMapRef` or `secretRef`")
    elif len(chosen) > 1:
        yield invalid(field, "", "may not have more than one field specified at a time")
    for name in chosen:
        yield from checks.present(one[name], f"{field}.{name}", "name")
