"""De un parche al objeto que resultaría, ya descifrado como lo haría el servidor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab_tools.embedded import status
from lab_tools.embedded.api.protocol import Options
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, schema
from lab_tools.objects.decode import DecodeError, decode
from lab_tools.objects.kinds import Kind
from lab_tools.objects.patch import json_patch, merge, strategic


def patched(kind: Kind, old: Object, patch: Any, how: str, options: Options, now: float) -> Object:
    """El objeto `old` con el parche puesto. No toca `old`."""
    if how == "apply":
        return _applied(kind, old, patch, options, now)
    return _decoded(kind, _HOW[how](kind, old, patch), options)


def first_apply(kind: Kind, patch: Any, options: Options, now: float) -> Object:
    """El objeto que crea un `apply` cuando no había ninguno."""
    return _applied(kind, None, patch, options, now)


def _json(kind: Kind, old: Object, patch: Any) -> Object:
    try:
        return json_patch.apply(clone(old), patch)
    except ValueError as error:
        text = "the server rejected our request due to an error in our request"
        raise status.failure(422, "Invalid", str(error) or text, {}) from None


def _merge(kind: Kind, old: Object, patch: Any) -> Object:
    found: Object = merge.apply(clone(old), patch)
    return found


def _strategic(kind: Kind, old: Object, patch: Any) -> Object:
    try:
        return strategic.apply(old, patch, schema.definition(kind.definition))
    except ValueError as error:
        raise status.bad_request(str(error)) from None


if TYPE_CHECKING:
    from lab_tools.objects.patch.apply import ApplyConflict

_HOW = {"json": _json, "merge": _merge, "strategic": _strategic}


def _decoded(kind: Kind, obj: Object, options: Options) -> Object:
    try:
        decoded, warnings = decode(kind, obj, options.field_validation)
    except DecodeError as error:
        raise status.bad_request(str(error)) from None
    options.warnings.extend(warnings)
    return decoded


def _applied(kind: Kind, old: Object | None, patch: Any, options: Options, now: float) -> Object:
    from lab_tools.objects.patch import apply as server_side  # solo quien aplica la necesita

    wanted = _decoded(kind, patch, options)
    try:
        return server_side.apply(kind, old, wanted, options.manager, options.force, now)
    except server_side.ApplyConflict as conflict:
        raise _apply_conflict(conflict) from None


def _apply_conflict(conflict: ApplyConflict) -> StatusError:
    causes = [{"reason": "FieldManagerConflict", "message": one.message, "field": one.field}
              for one in conflict.conflicts]  # fmt: skip
    return status.failure(409, "Conflict", str(conflict), {"causes": causes})
