"""El juicio sobre los volúmenes de un Pod.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab_tools.objects import Object, quantity
from lab_tools.objects.validation import checks, names
from lab_tools.objects.validation.problem import Problem, duplicate, forbidden, invalid, not_supported, required

# Campos de texto sin los que un volumen no se puede montar.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "configMap": ("name",),
    "csi": ("driver",),
    "hostPath": ("path",),
    "nfs": ("server", "path"),
    "persistentVolumeClaim": ("claimName",),
    "secret": ("secretName",),
}
# Lo que un Pod puede contar de sí mismo en un archivo.
TOLD = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
SHORTEST_TOKEN = 600
HOST_PATHS = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")


def validate(volumes: list[Object], field: str) -> Iterator[Problem]:
    """Los problemas de la lista `volumes`."""
    seen: set[str] = set()
    for index, one in enumerate(volumes):
        where, name = f"{field}[{index}]", one.get("name", "")
        yield from source(one, where)
        if not name:
            yield required(f"{where}.name")
            continue
        yield from checks.each(names.dns_label(name), f"{where}.name", name)
        if name in seen:
            yield duplicate(f"{where}.name", name)
        seen.add(name)


def source(volume: Object, field: str) -> Iterator[Problem]:
    """De dónde sale un volumen: exactamente de un sitio."""
    chosen = [key for key, value in volume.items() if key != "name" and value is not None]
    if not chosen:
        yield required(field, "must specify a volume type")
    for key in chosen[1:]:
        yield forbidden(f"{field}.{key}", "may not specify more than 1 volume type")
    for key in chosen[:1]:
        yield from details(key, volume[key], f"{field}.{key}")


def details(kind: str, one: Object, field: str) -> Iterator[Problem]:
    """Lo que una clase de volumen exige de sus propios campos."""
    yield from checks.present(one, field, *NEEDED.get(kind, ()))
    if kind == "hostPath":
        yield from host_path(one, field)
    elif kind == "emptyDir" and one.get("sizeLimit") and quantity.parse(one["sizeLimit"]) < 0:
        yield forbidden(f"{field}.sizeLimit", "SizeLimit field must be a valid resource quantity")
    elif kind in ("configMap", "secret"):
        yield from _mode(one, field, "defaultMode")
        yield from _items(one.get("items") or [], f"{field}.items")
    elif kind == "projected":
        yield from _mode(one, field, "defaultMode")
        for index, part in enumerate(one.get("sources") or ()):
            yield from _projected(part, f"{field}.sources[{index}]")
    elif kind == "downwardAPI":
        yield from _mode(one, field, "defaultMode")
        yield from _told(one.get("items") or [], f"{field}.items")
    elif kind == "ephemeral" and one.get("volumeClaimTemplate") is None:
        yield required(f"{field}.volumeClaimTemplate")
    elif kind == "nfs" and one.get("path"):
        yield from absolute(one["path"], f"{field}.path")


def absolute(path: str, field: str) -> Iterator[Problem]:
    """Una ruta desde la raíz."""
    if not path.startswith("/"):
        yield invalid(field, path, "must be an absolute path")


def _projected(part: Object, field: str) -> Iterator[Problem]:
    """Un trozo de un volumen hecho de varios."""
    chosen = [key for key, value in part.items() if value is not None]
    for key in chosen[1:]:
        yield forbidden(f"{field}.{key}", "may not specify more than 1 volume type")
    for key in ("secret", "configMap"):
        if key in chosen:
            yield from checks.present(part[key], f"{field}.{key}", "name")
            yield from _items(part[key].get("items") or [], f"{field}.{key}.items")
    if "downwardAPI" in chosen:
        yield from _told(part["downwardAPI"].get("items") or [], f"{field}.downwardAPI.items")
    if "serviceAccountToken" in chosen:
        yield from _token(part["serviceAccountToken"], f"{field}.serviceAccountToken")


def _token(one: Object, field: str) -> Iterator[Problem]:
    seconds = one.get("expirationSeconds", SHORTEST_TOKEN)
    if seconds < SHORTEST_TOKEN:
        yield invalid(f"{field}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
    yield from checks.present(one, field, "path")


def _told(items: list[Object], field: str) -> Iterator[Problem]:
    """Lo que un Pod cuenta de sí mismo en archivos."""
    for index, one in enumerate(items):
        where, about = f"{field}[{index}]", one.get("fieldRef")
        yield from checks.present(one, where, "path")
        if about is None and one.get("resourceFieldRef") is None:
            yield required(where, "must specify one of: fieldRef and resourceFieldRef")
        elif about is not None:
            path = about.get("fieldPath", "")
            if path.partition("[")[0] not in TOLD:
                yield not_supported(f"{where}.fieldRef.fieldPath", path, TOLD)


def host_path(one: Object, field: str) -> Iterator[Problem]:
    """Un directorio del nodo."""
    yield from checks.each(names.no_backsteps(one.get("path", "")), f"{field}.path", one.get("path", ""))
    if one.get("type", "") not in HOST_PATHS:
        yield not_supported(f"{field}.type", one["type"], HOST_PATHS)


def _items(items: list[Object], field: str) -> Iterator[Problem]:
    for index, one in enumerate(items):
        where = f"{field}[{index}]"
        yield from checks.present(one, where, "key", "path")
        path = one.get("path", "")
        if path.startswith("/"):
            yield invalid(f"{where}.path", path, "must be a relative path")
        yield from checks.each(names.no_backsteps(path), f"{where}.path", path)
        yield from _mode(one, where, "mode")


def _mode(one: Object, field: str, key: str) -> Iterator[Problem]:
    mode = one.get(key)
    if mode is not None and not 0 <= mode <= 0o777:
        yield invalid(f"{field}.{key}", mode, "must be a number between 0 and 0777 (octal), both inclusive")
