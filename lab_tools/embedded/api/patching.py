"""De un parche al objeto que resultaría, ya descifrado como lo haría el servidor."""

from __future__ import annotations

from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.api.protocol import Options
from lab_tools.objects import Object, schema
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
    return json_patch.apply(old, patch)


def _merge(kind: Kind, old: Object, patch: Any) -> Object:
    return merge.apply(old, patch)


def _strategic(kind: Kind, old: Object, patch: Any) -> Object:
    return strategic.apply(old, patch, schema.of(kind))


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

    server_side.check(kind, patch, options.manager)
    wanted = _decoded(kind, patch, options)
    return server_side.apply(kind, old, wanted, options.manager, options.force, now)
