"""Parche JSON: una lista de operaciones que se cumplen todas o ninguna (RFC 6902).

Las operaciones las hace la biblioteca `jsonpatch`; aquí se traducen sus quejas a las del servidor real,
que solo dice que el parche no se puede aplicar, sin decir por qué.
"""

from __future__ import annotations

from typing import Any

from lab_tools.objects import Object, clone
from lab_tools.objects.patch.refusal import PatchRefused, go_type

_OPERATIONS = frozenset({"add", "remove", "replace", "move", "copy", "test"})


def apply(doc: Object, operations: Any) -> Object:
    """El documento que resulta de las operaciones. Lanza `PatchRefused` (400 o 422)."""
    # Importar la biblioteca cuesta más que arrancar el resto: solo paga quien usa este parche.
    import jsonpatch

    if not isinstance(operations, list):
        raise PatchRefused.malformed(
            f"json: cannot unmarshal {go_type(operations)} into Go value of type jsonpatch.Patch"
        )
    for operation in operations:
        if not isinstance(operation, dict):
            raise PatchRefused.malformed(
                f"json: cannot unmarshal {go_type(operation)} into Go value of type jsonpatch.Operation"
            )
        if str(operation.get("op")) not in _OPERATIONS or not isinstance(operation.get("path"), str):
            raise PatchRefused.inapplicable()
    try:
        changed = jsonpatch.JsonPatch(clone(operations)).apply(clone(doc), in_place=True)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, KeyError, TypeError, ValueError):
        raise PatchRefused.inapplicable() from None
    if not isinstance(changed, dict):
        raise PatchRefused.inapplicable()
    return changed
