"""De quién es cada campo: `metadata.managedFields`, puesto al día después de cada escritura.

`track` compara lo de antes con lo de después: sirve para lo que escribe una persona o un programa suyo.
Comparar cuesta en proporción al objeto, y los componentes del clúster escriben mucho: para ellos está
`touch`, que solo apunta que existen y es gratis desde la segunda vez.
Fuente: https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lab_tools.objects import Object, duration, schema
from lab_tools.objects.kinds import Kind
from lab_tools.objects.patch import shape
from lab_tools.objects.patch.ancient import capped
from lab_tools.objects.patch.fieldset import FieldSet, difference, is_step, union, without

Entry = dict[str, Any]
Owner = tuple[str, str, str, str]  # gestor, operación, versión (vacía en Apply) y subrecurso

UPDATE, APPLY = "Update", "Apply"

# Lo que nadie posee: identifica al objeto o lo escribe el propio servidor.
_NOBODY_S: FieldSet = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {
        f"f:{name}": {}
        for name in ("name", "namespace", "creationTimestamp", "selfLink", "uid", "generation",
                     "managedFields", "resourceVersion")
    },
}  # fmt: skip
# Quien escribe `status` no puede tocar lo demás, así que tampoco lo posee.
_NOT_STATUS: FieldSet = {"f:spec": {}, "f:metadata": {"f:labels": {}, "f:ownerReferences": {}}}
_IS_STATUS: FieldSet = {"f:status": {}}


def track(
    kind: Kind,
    old: Object | None,
    new: Object,
    *,
    manager: str,
    now: float,
    operation: str = UPDATE,
    subresource: str = "",
) -> list[Entry]:
    """Los `managedFields` de `new` después de que `manager` lo escribiera sobre `old` (`None` al crear).

    Ni `old` ni `new` se modifican. Si quien escribe trae sus propios `managedFields`, se parte de ellos
    (así los corrige kubectl); una lista con una sola entrada vacía los borra todos.
    """
    entries = _base(old, new)
    definition = schema.of(kind)
    changed, removed = shape.differences(old or {}, new, definition)
    changed = stripped(changed, kind, subresource)
    if not changed and not removed:
        return entries
    me = (manager, operation, kind.api_version if operation == UPDATE else "", subresource)
    owners = {owner(entry): entry for entry in entries}
    moment = duration.instant(now)
    result = []
    for who, entry in owners.items():
        if who == me:
            continue
        left = difference(entry["fieldsV1"], union(changed, removed))
        if left:
            result.append(entry if left == entry["fieldsV1"] else {**entry, "fieldsV1": left})
    mine = owners.get(me)
    kept = difference(mine["fieldsV1"], removed) if mine else {}
    if changed or kept:
        time = moment if changed or mine is None else mine.get("time", moment)
        result.append(entry_for(me, kind, union(kept, changed), time))
    return ordered(capped(result), me if changed else None)


def touch(
    kind: Kind, entries: list[Entry] | None, fields: FieldSet, *, manager: str, now: float, subresource: str = ""
) -> list[Entry]:
    """Apunta que un componente escribe esos campos. Si ya estaba apuntado, devuelve la misma lista."""
    entries = entries or []
    me = (manager, UPDATE, kind.api_version, subresource)
    mine = next((entry for entry in entries if owner(entry) == me), None)
    if mine is not None and not difference(fields, mine["fieldsV1"]):
        return entries
    both = union(mine["fieldsV1"], fields) if mine else fields
    others = [entry for entry in entries if entry is not mine]
    return ordered([*others, entry_for(me, kind, both, duration.instant(now))], me)


def stripped(fields: FieldSet, kind: Kind, subresource: str) -> FieldSet:
    """Un conjunto sin lo que nadie posee ni lo que esa puerta no deja escribir."""
    fields = without(fields, _NOBODY_S)
    if fields.get("f:metadata") == {}:
        del fields["f:metadata"]  # `without` da un árbol nuevo: este es nuestro
    if subresource == "status":
        return without(fields, _NOT_STATUS)
    return without(fields, _IS_STATUS) if "status" in kind.subresources and not subresource else fields


def keep_times(old: Object | None, new: Object) -> Object:
    """`new`, con los `managedFields` de `old` si solo difieren en hora u orden: aplicar lo mismo no escribe nada."""
    before, after = ((obj or {}).get("metadata", {}).get("managedFields") or [] for obj in (old, new))
    if before != after and _timeless(before) == _timeless(after) and _unowned(old or {}) == _unowned(new):
        new["metadata"]["managedFields"] = before
    return new


def owner(entry: Entry) -> Owner:
    """Quién es el dueño de una entrada. Quien aplica es el mismo aunque cambie de versión."""
    operation = entry.get("operation", "")
    version = entry.get("apiVersion", "") if operation == UPDATE else ""
    return entry.get("manager", ""), operation, version, entry.get("subresource", "")


def entry_for(who: Owner, kind: Kind, fields: FieldSet, time: str) -> Entry:
    """La entrada de un dueño, con sus claves en el orden del servidor."""
    manager, operation, _, subresource = who
    entry = {
        "manager": manager,
        "operation": operation,
        "apiVersion": kind.api_version,
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    return {**entry, "subresource": subresource} if subresource else entry


def ordered(entries: Iterable[Entry], newest: Owner | None = None) -> list[Entry]:
    """Primero quien aplica; después, por antigüedad y por nombre.

    Quien acaba de escribir (`newest`) va tras los del mismo segundo: el servidor ordena antes de redondear su hora.
    """
    return sorted(
        entries,
        key=lambda entry: (
            entry.get("operation", ""),
            entry.get("time", ""),
            owner(entry) == newest,
            entry.get("manager", ""),
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
        ),
    )


def _base(old: Object | None, new: Object) -> list[Entry]:
    given = new.get("metadata", {}).get("managedFields")
    if given == [{}]:
        return []
    if _is_readable(given):
        return list(given)
    kept = (old or {}).get("metadata", {}).get("managedFields")
    return list(kept) if _is_readable(kept) else []


def _timeless(entries: list[Entry]) -> dict[Owner, FieldSet]:
    return {owner(entry): entry.get("fieldsV1", {}) for entry in entries}


def _unowned(obj: Object) -> Object:
    metadata = {key: value for key, value in obj.get("metadata", {}).items() if key != "managedFields"}
    return {**obj, "metadata": metadata}


def _is_readable(entries: Any) -> bool:
    """Si es una lista de entradas completas. El servidor real descarta en silencio las que no entiende."""
    return (
        isinstance(entries, list)
        and bool(entries)
        and all(isinstance(entry, dict) and _is_tree(entry.get("fieldsV1")) for entry in entries)
    )


def _is_tree(fields: Any) -> bool:
    """Si es un árbol de pasos que se entienden. Lo escribe quien llama, así que puede ser cualquier cosa."""
    return isinstance(fields, dict) and all(is_step(step) and _is_tree(inner) for step, inner in fields.items())
