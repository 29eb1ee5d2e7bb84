"""De quién es cada objeto: la referencia al dueño, adoptar huérfanos que encajan y soltar los que dejaron de encajar.

Fuente: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from lab_tools.embedded.api.protocol import Api
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
