"""El juicio sobre `metadata`: nombres, etiquetas, anotaciones, dueños y finalizadores.

Fuente: https://github.com/kubernetes/apimachinery/blob/v0.36.0/pkg/api/validation/objectmeta.go
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.validation import names, strict_ip
from lab_tools.objects.validation.problem import Problem, forbidden, invalid, required, too_long

ANNOTATIONS_LIMIT = 256 * 1024
STANDARD_FINALIZERS = {"orphan", "foregroundDeletion", "kubernetes"}


def _cron_job_name(value: str) -> tuple[str, ...]:
    # El Job que nace de un CronJob añade once caracteres al nombre.
    messages = names.dns_subdomain(value)
    return (*messages, names.too_long(52)) if len(value) > 52 else messages


# Qué nombre vale para cada tipo; para los demás, uno de DNS.
NAME_RULES: Mapping[Kind, names.Check] = {
    kinds.NAMESPACE: names.dns_label,
    kinds.SERVICE: names.dns_label,
    kinds.STATEFULSET: names.dns_label,
    kinds.CRONJOB: _cron_job_name,
    kinds.ROLE: names.path_segment,
    kinds.ROLEBINDING: names.path_segment,
    kinds.CLUSTERROLE: names.path_segment,
    kinds.CLUSTERROLEBINDING: names.path_segment,
    kinds.IPADDRESS: strict_ip.address,
    # De un APIService manda otra regla: su versión y su grupo, que en el núcleo no tiene nombre.
    kinds.APISERVICE: names.path_segment,
}


def validate(kind: Kind, meta: Object) -> Iterator[Problem]:
    """Los problemas de unos metadatos."""
    rule = NAME_RULES.get(kind, names.dns_subdomain)
    name, prefix = meta.get("name", ""), meta.get("generateName", "")
    if prefix:
        # Se juzga como si ya llevara detrás los caracteres que faltan.
        for message in rule(prefix.rstrip("-") + "a" if prefix.endswith("-") else prefix):
            yield invalid("metadata.generateName", prefix, message)
    if not name:
        yield required("metadata.name", "name or generateName is required")
    else:
        yield from (invalid("metadata.name", name, message) for message in rule(name))
    yield from _namespace(kind, meta.get("namespace", ""))
    yield from labels(meta.get("labels"), "metadata.labels")
    yield from annotation_map(meta.get("annotations"), "metadata.annotations")
    yield from _owners(meta.get("ownerReferences") or [])
    yield from _finalizers(meta.get("finalizers") or [])


def validate_update(new: Object, old: Object) -> Iterator[Problem]:
    """Lo que no puede cambiar de unos metadatos."""
    if old.get("deletionTimestamp"):
        added = sorted(set(new.get("finalizers") or ()) - set(old.get("finalizers") or ()))
        if added:
            listed = ", ".join(f'"{name}"' for name in added)
            detail = ("no new finalizers can be added if the object is being deleted, "
                      f"found new finalizers []string{{{listed}}}")  # fmt: skip
            # El servidor real lo comprueba en dos sitios y lo dice dos veces.
            yield from [forbidden("metadata.finalizers", detail)] * 2
    for field in ("name", "namespace", "uid", "creationTimestamp"):
        if new.get(field) != old.get(field):
            yield invalid(f"metadata.{field}", new.get(field, ""), "field is immutable")


def labels(found: Mapping[str, Any] | None, field: str) -> Iterator[Problem]:
    """Unas etiquetas, estén donde estén."""
    for key, value in (found or {}).items():
        yield from (invalid(field, key, message) for message in names.qualified_name(key))
        yield from (invalid(field, value, message) for message in names.label_value(value))


def annotation_map(found: Mapping[str, Any] | None, field: str) -> Iterator[Problem]:
    """Unas anotaciones: las claves, como las de las etiquetas; los valores, hasta 256 KiB entre todos."""
    for key in found or ():
        yield from (invalid(field, key, message) for message in names.qualified_name(key.lower()))
    if sum(len(key.encode()) + len(value.encode()) for key, value in (found or {}).items()) > ANNOTATIONS_LIMIT:
        yield too_long(field, ANNOTATIONS_LIMIT)


def _namespace(kind: Kind, namespace: str) -> Iterator[Problem]:
    if not kind.namespaced:
        if namespace:
            yield forbidden("metadata.namespace", "not allowed on this type")
    elif not namespace:
        yield required("metadata.namespace")
    else:
        yield from (invalid("metadata.namespace", namespace, message) for message in names.dns_label(namespace))


def _owners(owners: list[Object]) -> Iterator[Problem]:
    controller = ""
    for owner in owners:
        field = "metadata.ownerReferences"  # El servidor real no dice cuál: no pone índice.
        if not owner.get("apiVersion", "").rpartition("/")[2]:
            yield invalid(f"{field}.apiVersion", owner.get("apiVersion", ""), "version must not be empty")
        for key in ("kind", "name", "uid"):
            if not owner.get(key):
                yield invalid(f"{field}.{key}", "", "must not be empty")
        if (owner.get("apiVersion"), owner.get("kind")) == ("v1", "Event"):
            yield invalid(field, owner, "/v1, Kind=Event is disallowed from being an owner")
        if owner.get("controller"):
            if controller:
                detail = ('Only one reference can have Controller set to true. Found "true" in references for '
                          f"{controller} and {_called(owner)}")  # fmt: skip
                yield invalid("metadata.ownerReferences", owners, detail)
            controller = _called(owner)


def _called(owner: Object) -> str:
    return f"{owner.get('kind', '')}/{owner.get('name', '')}"


def _finalizers(finalizers: list[str]) -> Iterator[Problem]:
    for index, name in enumerate(finalizers):
        yield from (invalid("metadata.finalizers", name, message) for message in names.qualified_name(name))
        if "/" not in name and name not in STANDARD_FINALIZERS:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid(f"metadata.finalizers[{index}]", name, detail)
