"""De un parche al objeto que resultaría, ya descifrado como lo haría el servidor."""

from __future__ import annotations

import json
from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.api.protocol import Options
from lab_tools.errors import StatusError
from lab_tools.objects import Object, schema
from lab_tools.objects.decode import DecodeError, decode, notices
from lab_tools.objects.kinds import Kind
from lab_tools.objects.patch import json_patch, merge, strategic


def patched(kind: Kind, old: Object, patch: Any, how: str, options: Options, now: float) -> Object:
    """El objeto `old` con el parche puesto. No toca `old`."""
    if how == "apply":
        return _applied(kind, old, patch, options, now)
    new = _HOW[how](kind, old, patch)
    try:
        decoded, warnings = decode(kind, new, options.field_validation)
    except DecodeError as error:
        # Aquí el culpable es el parche, no el objeto: un 422 sin nombre, en vez del 400 de un cuerpo mal escrito.
        raise _refused_patch(options.shown(new), error.why) from None
    options.warnings.extend(warnings)
    return decoded


def check_repeated(patch: Any, complaints: tuple[str, ...], options: Options, how: str = "") -> None:
    """Un parche que dice dos veces un campo: en Strict, 422 (400 si es de `apply`); en Warn, un aviso."""
    if complaints and options.field_validation == "Strict":
        if how == "apply":
            told = f"error converting YAML to JSON: {', '.join(complaints)}"
            raise status.bad_request(f"error strict decoding YAML: {told}")
        raise _refused_patch(patch, f"strict decoding error: {', '.join(complaints)}")
    if options.field_validation == "Warn":
        options.warnings.extend(notices(complaints))


def first_apply(kind: Kind, patch: Any, options: Options, now: float) -> Object:
    """El objeto que crea un `apply` cuando no había ninguno."""
    return _applied(kind, None, patch, options, now)


def _refused_patch(new: Any, why: str) -> StatusError:
    detail = f"Invalid value: {json.dumps(json.dumps(new, separators=(',', ':')))}: {why}"
    cause = {"reason": "FieldValueInvalid", "message": detail, "field": "patch"}
    return status.failure(422, "Invalid", f' "" is invalid: patch: {detail}', {"causes": [cause]})


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
    from lab_tools.objects.patch import apply as server_side  # solo quien aplica las necesita
    from lab_tools.objects.patch import managed

    server_side.check(kind, patch, options.manager)
    _decoded(kind, patch, options)
    # Se aplica lo que se escribió, no lo descifrado: hasta un mapa vacío es de quien lo nombra.
    new = server_side.apply(kind, old, patch, options.manager, options.force, now)
    return managed.keep_times(old, decode(kind, new, "Ignore")[0])
