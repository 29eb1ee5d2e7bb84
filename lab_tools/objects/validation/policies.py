"""El juicio sobre las políticas de admisión y sus vínculos.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/admissionregistration/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import names
from lab_tools.objects.validation.checks import each
from lab_tools.objects.validation.problem import Problem, duplicate, invalid, not_supported, required

_FAILURES = ("Fail", "Ignore")
_ACTIONS = ("Audit", "Deny", "Warn")
_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_REPEATED = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and "
    "headers serves no purpose)"
)


def validating(policy: Object) -> Iterator[Problem]:
    """Los problemas de una ValidatingAdmissionPolicy."""
    spec = policy.get("spec") or {}
    yield from _common(spec)
    if not spec.get("validations") and not spec.get("auditAnnotations"):
        yield required("spec.validations", "validations or auditAnnotations must contain at least one item")
    for index, one in enumerate(spec.get("validations") or ()):
        where, reason = f"spec.validations[{index}]", one.get("reason")
        if reason is not None and reason not in _REASONS:
            yield not_supported(f"{where}.reason", reason, _REASONS)
        message = one.get("message") or ""
        if "\n" in message:
            yield invalid(f"{where}.message", message, "message must not contain line breaks")
        if "\n" in str(one.get("expression") or "").strip() and not message:
            yield required(f"{where}.message", "message must be specified if expression contains line breaks")
    yield from _expressions(spec)


def mutating(policy: Object) -> Iterator[Problem]:
    """Los problemas de una MutatingAdmissionPolicy."""
    from lab_tools.objects.policy import MUTATIONS  # CEL pesa: solo lo paga quien tiene políticas

    spec = policy.get("spec") or {}
    yield from _common(spec)
    if not spec.get("mutations"):
        yield required("spec.mutations", "mutations must contain at least one item")
    for index, one in enumerate(spec.get("mutations") or ()):
        kind = one.get("patchType", "")
        if kind not in MUTATIONS:
            yield not_supported(f"spec.mutations[{index}].patchType", kind, sorted(MUTATIONS))
    reinvocation = spec.get("reinvocationPolicy", "")
    if reinvocation not in ("IfNeeded", "Never"):
        yield not_supported("spec.reinvocationPolicy", reinvocation, ("IfNeeded", "Never"))
    yield from _expressions(spec)


def binding(found: Object) -> Iterator[Problem]:
    """Los problemas de un vínculo, de los que validan o de los que cambian."""
    spec = found.get("spec") or {}
    name = spec.get("policyName", "")
    if not name:
        yield required("spec.policyName")
    yield from each(names.dns_subdomain(name) if name else (), "spec.policyName", name)
    yield from _param_ref(spec.get("paramRef"))
    if "Validating" not in str(found.get("kind", "")):
        return
    actions = spec.get("validationActions") or []
    if not actions:
        yield required("spec.validationActions", "at least one validation action is required")
    for index, action in enumerate(actions):
        if action not in _ACTIONS:
            yield not_supported(f"spec.validationActions[{index}]", action, _ACTIONS)
        if action in actions[:index]:
            yield duplicate(f"spec.validationActions[{index}]", action)
    if {"Deny", "Warn"} <= set(actions):
        yield invalid("spec.validationActions", actions, _REPEATED)


def _param_ref(ref: Object | None) -> Iterator[Problem]:
    if ref is None:
        return
    if ref.get("name") and ref.get("selector") is not None:
        yield invalid("spec.paramRef.name", ref["name"], "name and selector are mutually exclusive")
    elif not ref.get("name") and ref.get("selector") is None:
        yield required("spec.paramRef", "one of name or selector must be specified")
    action = ref.get("parameterNotFoundAction")
    if action is None:
        yield required("spec.paramRef.parameterNotFoundAction", "")
    elif action not in ("Allow", "Deny"):
        yield not_supported("spec.paramRef.parameterNotFoundAction", action, ("Deny", "Allow"))


def _common(spec: Object) -> Iterator[Problem]:
    failure = spec.get("failurePolicy")
    if failure is not None and failure not in _FAILURES:
        yield not_supported("spec.failurePolicy", failure, _FAILURES)
    param = spec.get("paramKind")
    if param is not None:
        for field in ("apiVersion", "kind"):
            if not param.get(field):
                yield required(f"spec.paramKind.{field}")
    match = spec.get("matchConstraints")
    if match is None:
        yield required("spec.matchConstraints", "")
    else:
        yield from _match(match)
    yield from _named(spec.get("matchConditions") or [], "spec.matchConditions", qualified=True)
    yield from _named(spec.get("variables") or [], "spec.variables", qualified=False)


def _match(match: Object) -> Iterator[Problem]:
    where = "spec.matchConstraints.resourceRules"
    if not match.get("resourceRules"):
        yield required(where, "")
    for index, rule in enumerate(match.get("resourceRules") or ()):
        for field in ("operations", "apiGroups", "apiVersions", "resources"):
            if not rule.get(field):
                yield required(f"{where}[{index}].{field}", "")
        for position, operation in enumerate(rule.get("operations") or ()):
            if operation not in _OPERATIONS:
                yield not_supported(f"{where}[{index}].operations[{position}]", operation, _OPERATIONS)


def _named(found: list[Object], where: str, qualified: bool) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, one in enumerate(found):
        name = one.get("name", "")
        if not name:
            yield required(f"{where}[{index}].name", "name is not specified" if not qualified else "")
        elif qualified:
            yield from each(names.qualified_name(name), f"{where}[{index}].name", name)
        elif not _IDENTIFIER.fullmatch(name):
            yield invalid(f"{where}[{index}].name", name, "name is not a valid CEL identifier")
        if name and name in seen:
            yield duplicate(f"{where}[{index}].name", name)
        seen.add(name)


def _expressions(spec: Object) -> Iterator[Problem]:
    from lab_tools.objects import cel, policy  # CEL pesa: solo lo paga quien tiene políticas

    wanted = {"condition": ("bool",), "check": ("bool",) if "validations" in spec else (), "message": ("string",)}
    for what, where, source, scope in policy.scopes(spec):
        if not source.strip():
            yield required(where, "expression is not specified")
            continue
        try:
            result = cel.compile(source, scope).result.name
        except cel.CompileError as error:
            yield invalid(where, source, f"compilation failed: {error}")
            continue
        allowed = wanted.get(what, ())
        if allowed and result not in (*allowed, "dyn"):
            yield invalid(where, source, f"must evaluate to {allowed[0]}")
