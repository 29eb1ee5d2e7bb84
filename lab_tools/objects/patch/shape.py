"""De qué está hecho un valor según su esquema: lo que decide hasta dónde se reparte su propiedad.

Un campo simple, una lista atómica o un mapa atómico tienen un solo dueño. Las estructuras y los mapas se
reparten por campos; las listas con claves, por elementos; las listas de valores, por valores.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab_tools.objects import Object
from lab_tools.objects.patch.fieldset import MEMBER, FieldSet, key_step, value_step
from lab_tools.objects.schema import Definition, Field

Shape = Field | Definition | None

# Estructuras que en Go no son punteros: existen aunque nadie las haya escrito, así que crearlas no las
# hace de nadie. El esquema no lo dice; esta lista sale de los tipos del servidor.
_ALWAYS_THERE = frozenset({
    "metadata", "spec", "status", "template", "strategy", "updateStrategy", "resources", "jobTemplate",
    "loadBalancer", "scaleTargetRef", "target", "current", "involvedObject", "source", "nodeInfo",
    "daemonEndpoints", "kubeletEndpoint", "state", "lastState", "backend", "podSelector", "roleRef",
})  # fmt: skip

# Claves de lista que el servidor completa antes de mirar: un puerto sin protocolo es TCP.
_KEY_DEFAULTS = {"protocol": "TCP"}


def children(value: Any, shape: Shape) -> list[tuple[str, Any, Shape]] | None:
    """Los trozos en que se reparte un valor: (paso, valor, forma). `None` si tiene un solo dueño."""
    if isinstance(value, dict):
        return None if _is_atomic(shape) else [(f"f:{key}", item, child(shape, key)) for key, item in value.items()]
    if isinstance(value, list) and isinstance(shape, Field):
        return _elements(value, shape)
    return None


def child(shape: Shape, key: str) -> Shape:
    """La forma de un campo de una estructura o de un valor de un mapa."""
    if isinstance(shape, Field):
        if shape.additional is not None:
            return shape.additional
        shape = shape.definition
    return shape.fields.get(key) if shape else None


def is_free_map(shape: Shape) -> bool:
    """Si sus claves no están en el esquema, como las etiquetas."""
    return not isinstance(shape, Definition) and (shape is None or shape.is_map or shape.definition is None)


def is_always_there(key: str, shape: Shape) -> bool:
    """Si el campo existe, vacío, en cuanto existe la estructura que lo contiene."""
    return key in _ALWAYS_THERE or (isinstance(shape, Field) and shape.required)


def owned(value: Any, shape: Shape) -> FieldSet:
    """Los campos que nombra una configuración aplicada: sus hojas, y los elementos de lista enteros."""
    result: FieldSet = {}
    free = isinstance(value, dict) and is_free_map(shape)
    for step, item, inner in children(value, shape) or ():
        branch = owned(item, inner)
        if branch and (free or not step.startswith("f:")):
            branch = {MEMBER: {}, **branch}
        # Una lista con claves pero vacía no nombra nada: no hay de qué ser dueño.
        if branch or item in (None, {}) or children(item, inner) is None:
            result[step] = branch
    return result


def everything(value: Any, shape: Shape) -> FieldSet:
    """Todos los campos de un valor, los que contienen a otros incluidos."""
    return {
        step: {MEMBER: {}, **inside} if (inside := everything(item, inner)) else {}
        for step, item, inner in children(value, shape) or ()
    }


def differences(old: Any, new: Any, shape: Shape) -> tuple[FieldSet, FieldSet]:
    """Lo que cambia de un valor a otro: (lo nuevo o distinto, lo que ya no está)."""
    if old is new or old == new:
        return {}, {}
    before = {step: item for step, item, _ in children(old, shape) or ()}
    changed: FieldSet = {}
    removed: FieldSet = {}
    present = set()
    for step, item, inner in children(new, shape) or ():
        present.add(step)
        if step in before:
            _compare(step, before[step], item, inner, changed, removed)
        else:
            _appear(step, item, inner, changed)
    for step, item, inner in children(old, shape) or ():
        if step not in present:
            inside = everything(item, inner)
            removed[step] = {MEMBER: {}, **inside} if inside else {}
    return changed, removed


def _compare(step: str, old: Any, new: Any, shape: Shape, changed: FieldSet, removed: FieldSet) -> None:
    if old is new or old == new:
        return
    if children(old, shape) is None or children(new, shape) is None:
        inside = everything(new, shape)
        changed[step] = {MEMBER: {}, **inside} if inside else {}
        return
    more, less = differences(old, new, shape)
    if more:
        changed[step] = more
    if less:
        removed[step] = less


def _appear(step: str, item: Any, shape: Shape, changed: FieldSet) -> None:
    """Un campo que no estaba. Si su estructura existía ya de todos modos, solo aparece lo que lleva dentro."""
    if step.startswith("f:") and children(item, shape) and is_always_there(step[2:], shape):
        empty: Any = [] if isinstance(item, list) else {}
        more, _ = differences(empty, item, shape)
        if more:
            changed[step] = more
        return
    inside = everything(item, shape)
    changed[step] = {MEMBER: {}, **inside} if inside else {}


def _is_atomic(shape: Shape) -> bool:
    if isinstance(shape, Definition):
        return shape.map_type == "atomic"
    if shape is None or shape.additional is not None:
        return shape is not None and shape.map_type == "atomic"
    inner = shape.definition
    return shape.map_type == "atomic" or (inner is not None and inner.map_type == "atomic")


def _elements(value: list[Any], shape: Field) -> list[tuple[str, Any, Shape]] | None:
    if shape.list_type == "set":
        return [(value_step(item), item, None) for item in value]
    if shape.list_type != "map" or not all(isinstance(item, dict) for item in value):
        return None
    return [(key_step(dict(keys_of(item, shape))), item, shape.items) for item in value]


def keys_of(item: Object, shape: Field) -> Iterator[tuple[str, Any]]:
    """Las claves de un elemento y sus valores; falta la que no tiene ni le pone el servidor."""
    for key in shape.map_keys:
        value = item.get(key, _KEY_DEFAULTS.get(key))
        if value is not None:
            yield key, value
