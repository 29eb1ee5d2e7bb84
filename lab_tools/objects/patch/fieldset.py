"""Conjuntos de campos, escritos como `fieldsV1`: un árbol cuyas ramas son los pasos de una ruta.

Un paso es `f:nombre` (un campo), `k:{"name":"web"}` (un elemento de lista, por sus claves) o `v:"x"` (un
valor de una lista de valores). Un nodo pertenece al conjunto si está vacío o si lleva la marca «.»; la
raíz no pertenece nunca. Todas las operaciones devuelven árboles nuevos o comparten ramas que nadie cambia.
Fuente: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

FieldSet = dict[str, Any]
Path = tuple[str, ...]

MEMBER = "."


def is_member(node: FieldSet) -> bool:
    """Si el propio nodo pertenece al conjunto."""
    return not node or MEMBER in node


def is_step(text: str) -> bool:
    """Si es un paso bien escrito, o la marca."""
    kind, _, rest = text.partition(":")
    if kind not in ("k", "v"):
        return kind == "f" or text == MEMBER
    try:
        found = json.loads(rest)
    except ValueError:
        return False
    return kind == "v" or isinstance(found, dict)


def node(member: bool, children: FieldSet) -> FieldSet | None:
    """Un nodo con esas ramas; `None` si no contiene nada."""
    if not children:
        return {} if member else None
    return {MEMBER: {}, **children} if member else children


def union(one: FieldSet, other: FieldSet) -> FieldSet:
    """Lo que está en cualquiera de los dos."""
    if not one or not other:
        return one or other
    result = dict(_children(one))
    for step, branch in _children(other).items():
        mine = result.get(step)
        if mine is None:
            result[step] = branch
        else:
            member = is_member(mine) or is_member(branch)
            result[step] = node(member, union(_children(mine), _children(branch))) or {}
    return result


def difference(one: FieldSet, other: FieldSet) -> FieldSet:
    """Lo que está en el primero y no en el segundo."""
    result: FieldSet = {}
    for step, branch in _children(one).items():
        theirs = other.get(step)
        if theirs is None:
            result[step] = branch
            continue
        rest = node(is_member(branch) and not is_member(theirs), difference(branch, theirs))
        if rest is not None:
            result[step] = rest
    return result


def intersection(one: FieldSet, other: FieldSet) -> FieldSet:
    """Lo que está en los dos."""
    result: FieldSet = {}
    for step, branch in _children(one).items():
        theirs = other.get(step)
        if theirs is None:
            continue
        both = node(is_member(branch) and is_member(theirs), intersection(branch, theirs))
        if both is not None:
            result[step] = both
    return result


def without(one: FieldSet, stripped: FieldSet) -> FieldSet:
    """Lo que está en el primero y no cuelga de ningún miembro del segundo."""
    result: FieldSet = {}
    for step, branch in _children(one).items():
        theirs = stripped.get(step)
        if theirs is None:
            result[step] = branch
        elif not is_member(theirs):
            rest = node(is_member(branch), without(branch, theirs))
            if rest is not None:
                result[step] = rest
    return result


def paths(found: FieldSet, before: Path = ()) -> Iterator[Path]:
    """Las rutas que pertenecen al conjunto, en orden alfabético y cada una antes que las que cuelgan de ella."""
    for step in sorted(_children(found)):
        path = (*before, step)
        if is_member(found[step]):
            yield path
        yield from paths(found[step], path)


def text(path: Path) -> str:
    """Una ruta como la escribe el servidor: `.spec.containers[name="web"].image`."""
    return "".join(_step_text(step) for step in path)


def key_step(keys: dict[str, Any]) -> str:
    """El paso que lleva a un elemento de lista por sus claves."""
    return "k:" + json.dumps(keys, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def value_step(value: Any) -> str:
    """El paso que lleva a un valor de una lista de valores."""
    return "v:" + json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _children(found: FieldSet) -> FieldSet:
    return {step: branch for step, branch in found.items() if step != MEMBER} if MEMBER in found else found


def _step_text(step: str) -> str:
    kind, _, rest = step.partition(":")
    if kind == "f":
        return f".{rest}"
    if kind == "k":
        inside = ",".join(f"{key}={json.dumps(value)}" for key, value in sorted(json.loads(rest).items()))
        return f"[{inside}]"
    return f"[{rest}]" if kind == "i" else f"[={rest}]"
