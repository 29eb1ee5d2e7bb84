"""Parche de mezcla: un documento a medias cuyos valores ganan y cuyos `null` borran (RFC 7386)."""

from __future__ import annotations

from typing import Any

from lab_tools.objects import Object, clone
from lab_tools.objects.patch.refusal import PatchRefused, go_type


def apply(doc: Object, patch: Any) -> Object:
    """El documento mezclado con el parche; las listas se sustituyen enteras. Lanza `PatchRefused` (400)."""
    if not isinstance(patch, dict):
        why = f"cannot unmarshal {go_type(patch)} into Go value of type map[string]interface {{}}"
        raise PatchRefused.malformed(f"error decoding patch: json: {why}")
    return _merged(doc, patch)


def _merged(target: object, patch: Object) -> Object:
    before: Object = target if isinstance(target, dict) else {}
    result = {key: clone(value) for key, value in before.items() if key not in patch}
    for key, value in patch.items():
        if isinstance(value, dict):
            result[key] = _merged(before.get(key), value)
        elif value is not None:
            result[key] = clone(value)
    return result
