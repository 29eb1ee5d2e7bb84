"""Aplicar en el servidor: «de estos campos respondo yo», y lo que deja de nombrarse desaparece.

Quien aplica manda una configuración a medias. Lo que nombra pasa a ser suyo; si ya era de otro y pide
otro valor, hay conflicto, salvo que fuerce; lo que nombró la vez anterior y ya no nombra se borra si
nadie más responde de ello.
Fuente: https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

from typing import Any

from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, duration, schema
from lab_tools.objects.kinds import Kind
from lab_tools.objects.patch import managed, shape, typed
from lab_tools.objects.patch.fieldset import FieldSet, Path, difference, intersection, paths, text, union
from lab_tools.objects.patch.managed import APPLY, UPDATE, Entry, Owner
from lab_tools.objects.patch.order import interleaved
from lab_tools.objects.patch.refusal import PatchRefused
from lab_tools.objects.patch.shape import Shape

_FIRST = "before-first-apply"


class ApplyConflict(StatusError):
    """Otros gestores responden de campos que se querían cambiar. `conflicts`: pares (dueño, ruta)."""

    def __init__(self, conflicts: list[tuple[Owner, Path]]) -> None:
        self.conflicts = conflicts
        causes = [
            {"reason": "FieldManagerConflict", "message": f"conflict with {_named(who)}", "field": text(path)}
            for who, path in conflicts
        ]
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Conflict"}
        super().__init__({**status, "message": _summary(conflicts), "details": {"causes": causes}, "code": 409})


def apply(
    kind: Kind,
    live: Object | None,
    applied: Object,
    manager: str,
    force: bool,
    now: float,
    subresource: str = "",
) -> Object:
    """El objeto que resulta de aplicar una configuración, con sus `managedFields` al día.

    `live` es lo guardado (`None` si aún no existe). No modifica sus argumentos. Si nada cambia, el
    resultado es igual a `live`. Lanza `ApplyConflict` (409) o `PatchRefused` (400, 422).
    """
    check(kind, applied, manager)
    definition = schema.of(kind)
    me: Owner = (manager, APPLY, "", subresource)
    owners = {managed.owner(entry): entry for entry in _entries(kind, live, now)}
    before: FieldSet = owners[me]["fieldsV1"] if me in owners else {}
    named = shape.owned(applied, definition)
    wanted = managed.stripped(named, kind, subresource)

    old: Object = live or {}
    others = {who: entry for who, entry in owners.items() if who != me}
    result: Object = _merged(old, applied, definition)
    kept = named  # con el nombre y lo demás que nadie posee: tampoco eso se borra
    for entry in others.values():
        kept = union(kept, entry["fieldsV1"])
    _prune(result, definition, before, kept)

    changed, removed = shape.differences(old, result, definition)
    conflicts = [
        (who, path) for who, entry in others.items() for path in paths(intersection(entry["fieldsV1"], changed))
    ]
    if conflicts and not force:
        raise ApplyConflict(sorted(conflicts, key=lambda conflict: conflict[1]))
    entries = _losing(others, union(changed, removed))
    same = not changed and not removed and wanted == before
    time = owners[me]["time"] if same and me in owners else duration.instant(now)
    if wanted:
        entries.append(managed.entry_for(me, kind, wanted, time))
    result.setdefault("metadata", {})["managedFields"] = managed.ordered(entries, None if same else me)
    return managed.keep_times(live, result)


def check(kind: Kind, applied: Any, manager: str) -> None:
    """Rechaza lo que no se puede aplicar, antes de mirar lo vivo. Lanza `PatchRefused` (400, 422, 500)."""
    if not manager:
        raise PatchRefused.nameless()
    if not isinstance(applied, dict):
        raise PatchRefused.malformed("error decoding YAML: expected an object")
    api_version, name = str(applied.get("apiVersion") or ""), str(applied.get("kind") or "")
    if (api_version, name) != (kind.api_version, kind.kind):
        group, _, version = api_version.rpartition("/")
        raise PatchRefused.malformed(f"invalid object type: {group}/{version}, Kind={name}")
    metadata = applied.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") is not None:
        raise PatchRefused.malformed("metadata.managedFields must be nil")
    if why := typed.complaint(kind, applied):
        raise PatchRefused.unmergeable(why)


def _entries(kind: Kind, live: Object | None, now: float) -> list[Entry]:
    """Los dueños de ahora. Un objeto que nunca los tuvo es entero de quien lo hizo antes de la primera vez."""
    if live is None:
        return []
    entries: list[Entry] = live.get("metadata", {}).get("managedFields") or []
    if entries:
        return entries
    return managed.track(kind, None, live, manager=_FIRST, now=now, operation=UPDATE)


def _losing(others: dict[Owner, Entry], lost: FieldSet) -> list[Entry]:
    """Las entradas de los demás, sin lo que acaban de perder; las que se quedan sin nada desaparecen."""
    left = [{**entry, "fieldsV1": difference(entry["fieldsV1"], lost)} for entry in others.values()]
    return [entry for entry in left if entry["fieldsV1"]]


def _merged(old: Any, new: Any, form: Shape) -> Any:
    """Lo vivo con lo aplicado encima. Nada de lo que devuelve se comparte con los argumentos."""
    fresh, known = shape.children(new, form), shape.children(old, form)
    if fresh is None or known is None:
        return clone(new)
    mine = {step: (item, inner) for step, item, inner in fresh}
    theirs = {step: item for step, item, _ in known}
    merged: dict[str, Any] = {step: clone(item) for step, item in theirs.items() if step not in mine}
    for step, (item, inner) in mine.items():
        merged[step] = _merged(theirs[step], item, inner) if step in theirs else clone(item)
    if isinstance(new, list):
        return [merged[step] for step in interleaved(list(merged), list(mine), list(theirs), None)]
    return {step[2:]: value for step, value in merged.items() if value is not None or step not in mine}


def _prune(value: Any, form: Shape, before: FieldSet, kept: FieldSet) -> None:
    """Borra de `value`, que es nuestro, lo que se nombraba antes y de lo que ya nadie responde."""
    for step, item, inner in shape.children(value, form) or ():
        if step not in before:
            continue
        if step in kept:
            _prune(item, inner, before[step], kept[step])
        elif isinstance(value, dict):
            del value[step[2:]]
        else:
            # Por identidad: dos elementos iguales de una lista no son el mismo.
            value[:] = [other for other in value if other is not item]


def _named(who: Owner) -> str:
    manager, operation, version, subresource = who
    inside = f'"{manager}" with subresource "{subresource}"' if subresource else f'"{manager}"'
    return f"{inside} using {version}" if operation == UPDATE else inside


def _summary(conflicts: list[tuple[Owner, Path]]) -> str:
    if len(conflicts) == 1:
        ((who, path),) = conflicts
        return f"Apply failed with 1 conflict: conflict with {_named(who)}: {text(path)}"
    lines = []
    for who in sorted({who for who, _ in conflicts}):
        lines.append(f"conflicts with {_named(who)}:")
        lines += [f"- {text(path)}" for other, path in conflicts if other == who]
    return f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)
