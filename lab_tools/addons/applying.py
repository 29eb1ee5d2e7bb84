"""Poner y quitar los objetos de un complemento, sin llevarse por delante los de otro.

Cada objeto lleva la etiqueta de su complemento. Uno que ya estaba sin ella lo puso otra persona: no se toca.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab_tools.addons.adapting import adapted
from lab_tools.addons.catalogue import Addon
from lab_tools.client import CLOCK, Client
from lab_tools.drivers.base import MADE_BY
from lab_tools.errors import ClusterError, StatusError, UsageError
from lab_tools.objects import Object, kinds

LABEL = "orquesta.dev/complemento"
_PATIENCE = 30.0


def is_course(client: Client) -> bool:
    """Si se habla con un clúster del curso, que no ejecuta contenedores."""
    return client.connection.send("GET", CLOCK).status != 404


def check(addon: Addon, course: bool) -> None:
    """Lanza UsageError si el complemento no es para el clúster del curso y se está en él."""
    if course and not addon.everywhere:
        raise UsageError(
            f"«{addon.name}» es para clústeres de verdad: el del curso no ejecuta contenedores.",
            "Lo que hace lo trae ya el clúster del curso, o lo enseña con un modelo. Di otro con --cluster.",
        )


def put(client: Client, addon: Addon, objects: Sequence[Object], course: bool = False) -> list[Object]:
    """Pone los objetos y espera a que el clúster sirva sus tipos nuevos. Devuelve lo que quedó.

    En el clúster del curso lo que ya estuviera se toma por nuestro; en los demás, no: lanza UsageError si algo es de
    otro, y `StatusError` si el clúster se niega.
    """
    placed = _with_namespace(addon, objects)
    wanted = [_labelled(addon, obj) for obj in (placed if course else adapted(client, addon.name, placed))]
    made: list[Object] = []
    for obj in sorted(wanted, key=_order):
        there = _find(client, obj)
        if there is not None and obj["kind"] == "Namespace":
            continue  # uno que ya estaba se usa, y no se reclama
        if there is not None and _owner(there) != addon.name and not course:
            raise UsageError(
                f"Ya hay {obj['kind']} «{obj['metadata']['name']}» en «{client.connection.name}», de otra procedencia.",
                f"Puede que «{addon.name}» ya esté instalado. No se ha cambiado lo que había.",
            )
        made.append(client.apply(obj))
        if obj["kind"] == "CustomResourceDefinition":
            made[-1] = _served(client, str(obj["metadata"]["name"]))
    return made


def take(client: Client, addon: Addon, objects: Sequence[Object]) -> list[str]:
    """Quita los objetos del complemento, del último al primero. Devuelve los que se quedan por no ser suyos."""
    left: list[str] = []
    for obj in sorted(_with_namespace(addon, objects), key=_order)[::-1]:
        there = _find(client, obj)
        if there is None:
            continue
        name = f"{obj['kind'].lower()}/{obj['metadata']['name']}"
        if _owner(there) != addon.name:
            left.append(name)
            continue
        try:
            client.delete(there["kind"].lower(), there["metadata"]["name"], there["metadata"].get("namespace"),
                          propagation="Background", uid=there["metadata"]["uid"])  # fmt: skip
        except (ClusterError, StatusError) as error:
            if isinstance(error, StatusError) and error.code in (404, 409):
                continue
            left.append(name)
    return left


def present(client: Client, addon: Addon, objects: Sequence[Object]) -> bool:
    """Si todos los objetos del complemento están y son suyos."""
    wanted = [obj for obj in _with_namespace(addon, objects) if obj["kind"] != "Namespace"]
    return all((there := _find(client, obj)) is not None and _owner(there) == addon.name for obj in wanted)


def _served(client: Client, name: str) -> Object:
    """Una CustomResourceDefinition, cuando el clúster ya sirve su tipo. Lanza ClusterError si no llega."""

    def look() -> Object:
        found = client.get("customresourcedefinitions", name)
        return found if _is_established(found) else {}

    return client.wait_for(look, _PATIENCE, f"el clúster acepte «{name}»")


def _is_established(crd: Object) -> bool:
    conditions = crd.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def _order(obj: Object) -> int:
    """Primero donde van y los tipos nuevos; después, lo demás en su orden."""
    return {"Namespace": 0, "CustomResourceDefinition": 1}.get(obj["kind"], 2)


def _with_namespace(addon: Addon, objects: Sequence[Object]) -> list[Object]:
    """Los objetos, con el namespace del complemento donde no dicen ninguno, y el propio namespace si hace falta."""
    if not addon.namespace:
        return [dict(obj) for obj in objects]
    place = addon.namespace
    moved = [{**obj, "metadata": {"namespace": place, **obj["metadata"]}} if _is_placed(obj) else dict(obj)
             for obj in objects]  # fmt: skip
    if any(obj["kind"] == "Namespace" and obj["metadata"]["name"] == place for obj in moved):
        return moved
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place}}, *moved]


def _is_placed(obj: Object) -> bool:
    """Si va en un namespace. De un tipo que aún no se conoce se supone que sí."""
    kind = kinds.find(obj["apiVersion"], obj["kind"])
    return kind is None or kind.namespaced


def _labelled(addon: Addon, obj: Object) -> Object:
    meta = obj["metadata"]
    labels = {**(meta.get("labels") or {}), LABEL: addon.name, MADE_BY[0]: MADE_BY[1]}
    return {**obj, "metadata": {**meta, "labels": labels}}


def _owner(obj: Object) -> str:
    return str((obj["metadata"].get("labels") or {}).get(LABEL) or "")


def _find(client: Client, obj: Object) -> Object | None:
    """El objeto del clúster, o None. De un tipo que aún no existe no hay ninguno."""
    word = f"{obj['kind'].lower()}"
    try:
        return client.find(word, obj["metadata"]["name"], obj["metadata"].get("namespace"))
    except UsageError:
        return None
