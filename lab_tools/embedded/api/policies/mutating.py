"""Cambiar lo que entra: las MutatingAdmissionPolicies.

`ApplyConfiguration` mezcla con las reglas del tipo, como el parche estratégico; `JSONPatch` da operaciones.
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/#how-mutating-admission-policy-works
"""

from __future__ import annotations

from typing import Any

from lab_tools.embedded import status
from lab_tools.embedded.api.policies.asked import Asked
from lab_tools.embedded.api.policies.matching import EXEMPT
from lab_tools.embedded.api.policies.running import Misconfigured, Run, bound, params
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds, schema
from lab_tools.objects.cel import CelError, CompileError
from lab_tools.objects.decode import DecodeError, decode
from lab_tools.objects.patch import json_patch, merge, strategic
from lab_tools.objects.patch.refusal import PatchRefused

_FIXED = ("apiVersion", "kind")


def change(asked: Asked) -> bool:
    """Cambia `asked.obj` según las políticas que le tocan. Cierto si lo cambió. `StatusError` si alguna falla."""
    if asked.kind in EXEMPT or asked.obj is None:
        return False
    before = asked.obj
    for policy, binding in bound(asked, kinds.MUTATINGADMISSIONPOLICY, kinds.MUTATINGADMISSIONPOLICYBINDING):
        try:
            for param in params(asked, policy, binding):
                _apply(asked, policy, param)
        except (Misconfigured, CelError, CompileError, PatchRefused, DecodeError) as fault:
            if policy["spec"].get("failurePolicy") != "Ignore":
                raise _denied(asked, policy, binding, str(fault)) from None
    return asked.obj is not before


def _apply(asked: Asked, policy: Object, param: Object | None) -> None:
    run = Run(asked, policy, param)
    if not run.applies():
        return
    for mutation, expression in zip(policy["spec"].get("mutations") or (), run.programs.checks, strict=True):
        run = Run(asked, policy, param)  # cada cambio ve lo que dejó el anterior
        wanted = run.value(expression)
        assert asked.obj is not None
        changed = _patched(asked, mutation["patchType"], asked.obj, wanted)
        fresh, _ = decode(asked.kind, {**changed, **{key: asked.obj[key] for key in _FIXED}}, "Ignore")
        if fresh != asked.obj:
            asked.obj = fresh


def _patched(asked: Asked, how: str, obj: Object, wanted: Any) -> Object:
    if how == "JSONPatch":
        if not isinstance(wanted, list):
            raise CelError("type error, JSONPatch expressions must evaluate to a list of JSONPatch")
        return json_patch.apply(obj, wanted)
    if not isinstance(wanted, dict):
        raise CelError("type error, ApplyConfiguration expressions must evaluate to an Object")
    if asked.kind.own is not None:
        return merge.apply(obj, wanted)
    return strategic.apply(obj, wanted, schema.of(asked.kind))


def _denied(asked: Asked, policy: Object, binding: Object, why: str) -> StatusError:
    names = f"'{policy['metadata']['name']}' with binding '{binding['metadata']['name']}'"
    return status.forbidden(asked.kind, asked.meta.get("name", ""), f"policy {names} denied request: {why}")
