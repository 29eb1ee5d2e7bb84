"""Negar, avisar o dejar pasar: las ValidatingAdmissionPolicies.

Fuente: https://github.com/kubernetes/apiserver/blob/v0.36.0/pkg/admission/plugin/policy/validating/dispatcher.go
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab_tools.embedded import status
from lab_tools.embedded.api.policies.asked import Asked
from lab_tools.embedded.api.policies.matching import EXEMPT
from lab_tools.embedded.api.policies.running import Misconfigured, Run, bound, params
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.cel import CelError, CompileError

_CODES = {"Forbidden": 403, "Unauthorized": 401, "RequestEntityTooLarge": 413, "Invalid": 422}


@dataclass(frozen=True, slots=True)
class _Decision:
    """Una validación que no se cumple: lo que se dice y el motivo del Status."""

    message: str
    reason: str = "Invalid"


def judge(asked: Asked) -> None:
    """Pasa la petición por todas las políticas. `StatusError` si alguna la niega; los avisos van a las opciones."""
    if asked.kind in EXEMPT:
        return
    denied: StatusError | None = None
    for policy, binding in bound(asked, kinds.VALIDATINGADMISSIONPOLICY, kinds.VALIDATINGADMISSIONPOLICYBINDING):
        names = f"'{policy['metadata']['name']}' with binding '{binding['metadata']['name']}'"
        actions = binding["spec"].get("validationActions") or ()
        for decision in _decisions(asked, policy, binding):
            if "Warn" in actions:
                said = f"Validation failed for ValidatingAdmissionPolicy {names}: {decision.message}"
                asked.options.warnings.append(said)
            if "Deny" in actions and denied is None:
                denied = _denied(asked, f"ValidatingAdmissionPolicy {names} denied request: {decision.message}",
                                 decision.reason)  # fmt: skip
    if denied is not None:
        raise denied


def _decisions(asked: Asked, policy: Object, binding: Object) -> Iterator[_Decision]:
    tolerant = policy["spec"].get("failurePolicy") == "Ignore"
    try:
        found = params(asked, policy, binding)
    except Misconfigured as fault:
        if not tolerant:
            yield _Decision(f"failed to configure binding: {fault}")
        return
    for param in found:
        try:
            run = Run(asked, policy, param)
            if not run.applies():
                continue
        except (CelError, CompileError) as error:
            if not tolerant:
                yield _Decision(str(error))
            continue
        yield from _unmet(run, policy["spec"].get("validations") or (), tolerant)


def _unmet(run: Run, validations: Sequence[Object], tolerant: bool) -> Iterator[_Decision]:
    for one, check, message in zip(validations, run.programs.checks, run.programs.messages, strict=True):
        try:
            held = run.value(check)
        except CelError as error:
            if not tolerant:
                yield _Decision(f"expression '{check.source.strip()}' resulted in error: {error}")
            continue
        if held is True:
            continue
        said = one.get("message") or f"failed expression: {check.source.strip()}"
        if message is not None:
            try:
                better = run.value(message)
            except CelError:
                better = None
            if isinstance(better, str) and better.strip() and "\n" not in better:
                said = better.strip()
        yield _Decision(said, one.get("reason") or "Invalid")


def _denied(asked: Asked, message: str, reason: str) -> StatusError:
    found = status.forbidden(asked.kind, asked.meta.get("name", ""), message)
    details = {**found.details, "causes": [{"message": message}]}
    return status.failure(_CODES.get(reason, 422), reason, found.message, details)
