"""De quién es cada objeto: la referencia al dueño, adoptar huérfanos que encajan y soltar los que dejaron de encajar.

Fuente: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.reconciler import Key
from lab_tools.errors import StatusError
from lab_tools.objects import Object
from lab_tools.objects.kinds import Kind
from lab_tools.objects.selector import LabelSelector


def reference(owner: Object, kind: Kind) -> Object:
    """La referencia con que un objeto dice quién lo controla."""
    meta = owner["metadata"]
    return {"apiVersion": kind.api_version, "kind": kind.kind, "name": meta["name"], "uid": meta["uid"],
            "controller": True, "blockOwnerDeletion": True}  # fmt: skip


def controller_of(obj: Object) -> Object | None:
    """La referencia de quien lo controla, o `None`."""
    for one in obj["metadata"].get("ownerReferences") or ():
        if one.get("controller"):
            return cast(Object, one)
    return None


def orphans(obj: Object) -> list[str]:
    """Índice por espacio de los objetos que no controla nadie."""
    return [] if controller_of(obj) is not None else [obj["metadata"]["namespace"]]


def owners_told(event: Event, owner_kind: str) -> Iterator[Key]:
    """Las claves de quien controla el objeto de una noticia y de quien lo controlaba: puede que acabe de perderlo."""
    for obj in (event.object, event.previous):
        owner = controller_of(obj) if obj is not None else None
        if owner is not None and owner["kind"] == owner_kind:
            yield event.object["metadata"]["namespace"], owner["name"]


def suitors(event: Event, owners: Iterable[Object]) -> Iterator[Object]:
    """De `owners`, los que elegirían al objeto de una noticia, si se ha quedado sin dueño."""
    labels = event.object["metadata"].get("labels") or {}
    if labels and controller_of(event.object) is None and event.type != "DELETED":
        for one in owners:
            if matcher(one["spec"]["selector"])(labels):
                yield one


def matcher(selector: Object) -> Callable[[dict[str, str]], bool]:
    """Cómo saber si unas etiquetas cumplen un selector. Lo normal son igualdades, y esas se miran sin más."""
    wanted = selector.get("matchLabels") or {}
    if selector.get("matchExpressions") or not wanted:
        return LabelSelector.from_object(selector).matches
    items = tuple(wanted.items())
    return lambda labels: all(labels.get(key) == value for key, value in items)


def claim(api: Api, owner: Object, owner_kind: Kind, kind: Kind, candidates: Iterable[Object]) -> list[Object]:
    """Los objetos que son de `owner`: conserva los que encajan, suelta los que no y adopta los huérfanos que sí."""
    fits = matcher(owner["spec"]["selector"])
    uid = owner["metadata"]["uid"]
    mine = []
    for obj in candidates:
        controller, matches = controller_of(obj), fits(obj["metadata"].get("labels") or {})
        if controller is not None and controller["uid"] == uid:
            if matches:
                mine.append(obj)
            else:
                _release(api, kind, obj, uid)
        elif controller is None and matches and not _leaving(owner) and not _leaving(obj):
            adopted = _adopt(api, kind, obj, reference(owner, owner_kind))
            if adopted is not None:
                mine.append(adopted)
    return mine


def _leaving(obj: Object) -> bool:
    return bool(obj["metadata"].get("deletionTimestamp"))


def _adopt(api: Api, kind: Kind, obj: Object, ref: Object) -> Object | None:
    present = obj["metadata"].get("ownerReferences") or []
    return _write(api, kind, obj, [*present, ref])


def _release(api: Api, kind: Kind, obj: Object, uid: str) -> None:
    kept = [one for one in obj["metadata"].get("ownerReferences") or () if one["uid"] != uid]
    _write(api, kind, obj, kept)


def _write(api: Api, kind: Kind, obj: Object, references: list[Object]) -> Object | None:
    meta = obj["metadata"]
    patch = {"metadata": {"uid": meta["uid"], "ownerReferences": references or None}}
    try:
        return api.patch(kind, meta["namespace"], meta["name"], patch)
    except StatusError as error:
        if error.code in (404, 409, 422):
            return None  # se fue, o ya es de otro
        raise
