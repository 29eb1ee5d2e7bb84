"""Parche estratégico: una mezcla que sabe qué listas se unen y por qué clave.

El esquema dice, campo a campo, si una lista se sustituye o se une (`patch_strategy`) y cuál es la clave
de sus elementos (`merge_key`). El parche puede llevar además instrucciones: `$patch` (replace, delete,
merge), `$retainKeys`, `$setElementOrder/x` y `$deleteFromPrimitiveList/x`.
Fuente: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab_tools.objects import Object, clone
from lab_tools.objects.patch.order import interleaved, position
from lab_tools.objects.patch.refusal import PatchRefused
from lab_tools.objects.schema import Definition, Field

_PATCH = "$patch"
_RETAIN = "$retainKeys"
_ORDER = "$setElementOrder/"
_DELETE = "$deleteFromPrimitiveList/"


def apply(doc: Object, patch: Any, definition: Definition | None) -> Object:
    """El documento que resulta de mezclar el parche según la definición de su tipo.

    Lanza `PatchRefused`: 400 si el parche está mal escrito, 422 si no se entiende, 500 si a un elemento
    le falta la clave de su lista.
    """
    if not isinstance(patch, dict):
        raise PatchRefused.malformed("unable to decode strategic merge patch: expected an object")
    return _merged_map(doc, patch, definition)


def _merged_map(original: Object, patch: Object, definition: Definition | None) -> Object:
    """Mezcla dos mapas. `original` no se toca: los valores que cambian se copian, los demás se clonan."""
    if _PATCH in patch:
        return _replaced_or_deleted(patch)
    result = {key: clone(value) for key, value in original.items() if _is_kept(key, patch)}
    fields = definition.fields if definition else {}
    for key in sorted(patch):
        value = patch[key]
        if key == _RETAIN:
            continue
        if key.startswith(_ORDER):
            _apply_order(result, patch, key.removeprefix(_ORDER), value, fields.get(key.removeprefix(_ORDER)))
        elif key.startswith(_DELETE):
            _delete_values(result, key.removeprefix(_DELETE), value)
        elif _ORDER + key in patch and isinstance(value, list) and isinstance(result.get(key), list):
            continue  # «$» va delante de las letras: esta lista ya se unió al ordenarla
        elif value is None:
            result.pop(key, None)
        elif key not in result or type(result[key]) is not type(value):
            result[key] = _without_directives(value)
        else:
            result[key] = _merged(result[key], value, fields.get(key))
    return result


def _merged(original: Any, value: Any, field: Field | None) -> Any:
    strategy = field.patch_strategy if field else ()
    if isinstance(value, dict):
        if "replace" in strategy:
            return _without_directives(value)
        return _merged_map(original, value, field.definition if field else None)
    if isinstance(value, list):
        if "merge" not in strategy or field is None:
            return _without_directives(value)
        return _merged_list(original, value, field)
    return value


def _merged_list(original: Sequence[Any], patch: Sequence[Any], field: Field) -> list[Any]:
    """Une dos listas: por valor si son de valores simples, por clave si son de objetos."""
    key = field.merge_key
    if not any(isinstance(item, dict | list) for item in (*original, *patch)):
        merged = list(dict.fromkeys([*original, *patch]))
        return interleaved(merged, patch, original, None)
    if not key or not all(isinstance(item, dict) for item in (*original, *patch)):
        raise PatchRefused.inapplicable()
    kept, wanted = _obey_elements(list(original), patch, key)
    merged = list(kept)
    for item in wanted:
        if key not in item:
            raise PatchRefused.unmergeable(_no_merge_key(item, key))
        found = position(merged, item, key)
        if found < 0:
            merged.append(_without_directives(item))
        else:
            merged[found] = _merged_map(merged[found], item, field.definition)
    return interleaved(merged, wanted, kept, key)


def _obey_elements(original: list[Object], patch: Sequence[Object], key: str) -> tuple[list[Object], list[Object]]:
    """Cumple los `$patch` de los elementos. Da lo que queda del original y lo que falta por unir."""
    replace = False
    wanted: list[Object] = []
    for item in patch:
        order = item.get(_PATCH)
        if order is None:
            wanted.append(item)
        elif order == "replace":
            replace = True
        elif order != "delete":
            raise PatchRefused.inapplicable()
        elif key not in item:
            raise PatchRefused.unmergeable(_no_merge_key(item, key))
        else:
            original = [other for other in original if other.get(key) != item[key]]
    return ([], wanted) if replace else (original, wanted)


def _replaced_or_deleted(patch: Object) -> Object:
    rest = {key: value for key, value in patch.items() if key != _PATCH}
    if patch[_PATCH] == "replace":
        cleaned: Object = _without_directives(rest)
        return cleaned
    if patch[_PATCH] == "delete":
        return {}
    raise PatchRefused.inapplicable()


def _is_kept(key: str, patch: Object) -> bool:
    """Con `$retainKeys`, solo sobreviven las claves que nombra, y el parche no puede traer otras."""
    if _RETAIN not in patch:
        return True
    retained = patch[_RETAIN]
    if not isinstance(retained, list):
        raise PatchRefused.malformed("invalid patch format of retainKeys")
    if any(name not in retained for name in patch if not name.startswith("$")):
        raise PatchRefused.malformed("invalid patch format of retainKeys")
    return key in retained


def _apply_order(result: Object, patch: Object, name: str, order: Any, field: Field | None) -> None:
    """Ordena una lista de `result` como pide `$setElementOrder`, uniendo antes lo que el parche traiga para ella."""
    changes = patch.get(name)
    if not isinstance(order, list) or (changes is not None and not isinstance(changes, list)):
        raise PatchRefused.malformed("invalid patch format of setElementOrder list")
    key = field.merge_key if field else None
    if key and not all(isinstance(item, dict) and key in item for item in order):
        raise PatchRefused.malformed("invalid patch format of setElementOrder list")
    for item in changes or ():
        if not (isinstance(item, dict) and _PATCH in item) and position(order, item, key) < 0:
            raise PatchRefused.malformed("invalid patch format of setElementOrder list")
    original = result.get(name)
    if not isinstance(original, list):
        return
    merged = _merged_list(original, changes, field) if changes and field else original
    result[name] = interleaved(merged, order, original, key)


def _delete_values(result: Object, name: str, values: Any) -> None:
    """Quita de una lista de valores simples los que se nombran; los que no están se ignoran."""
    if not isinstance(values, list):
        raise PatchRefused.malformed("invalid patch format of primitive list")
    found = result.get(name)
    if isinstance(found, list):
        result[name] = [item for item in found if item not in values]


def _without_directives(value: Any) -> Any:
    """Una copia sin instrucciones ni `null`: es lo que queda de un parche que cae donde no había nada."""
    if isinstance(value, list):
        return [_without_directives(item) for item in value if not (isinstance(item, dict) and item.get(_PATCH))]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_directives(item)
        for key, item in value.items()
        if item is not None and key not in (_PATCH, _RETAIN) and not key.startswith((_ORDER, _DELETE))
    }


def _no_merge_key(item: Object, key: str) -> str:
    return f"map: {_as_go(item)} does not contain declared merge key: {key}"


def _as_go(value: Any) -> str:
    """Un valor como lo escribe `%v` de Go."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{_as_go(value[name])}' for name in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(_as_go(item) for item in value)}]"
    return "<nil>" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
