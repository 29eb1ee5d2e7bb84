"""Lo que tienen de malo las reglas CEL de una CustomResourceDefinition, antes de que nadie las use.

Fuente: https://github.com/kubernetes/apiextensions-apiserver/blob/v0.36.0/pkg/apis/apiextensions/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lab_tools.objects import Object, cel
from lab_tools.objects.custom import typing
from lab_tools.objects.custom.rules import KEY, compiled
from lab_tools.objects.custom.structural import Structural, parse
from lab_tools.objects.validation.problem import Problem, invalid, not_supported, required, shown

_REASONS = ("FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired", "FieldValueDuplicate")
_GO_NAMES = (("Rule", "rule", ""), ("Message", "message", ""), ("MessageExpression", "messageExpression", ""),
             ("Reason", "reason", None), ("FieldPath", "fieldPath", ""),
             ("OptionalOldSelf", "optionalOldSelf", None))  # fmt: skip
_STEP = re.compile(r"\.([a-zA-Z_][a-zA-Z0-9_-]*)|\['([^']+)'\]")


def validate(raw: Object, where: str, root: bool, correlatable: str = "") -> Iterator[Problem]:
    """Los problemas de las reglas de un nodo. `correlatable` es la ruta desde la que ya no se sabe qué había antes."""
    rules = raw.get(KEY)
    if not rules:
        return
    schema = parse(raw)
    kind = typing.type_of(schema, root)
    for index, rule in enumerate(rules):
        yield from _rule(rule, kind, schema, f"{where}.{KEY}[{index}]", correlatable)


def _rule(rule: Object, kind: cel.Type, schema: Structural, where: str, correlatable: str) -> Iterator[Problem]:
    if not str(rule.get("rule") or "").strip():
        yield required(f"{where}.rule", "rule is not specified")
        return
    if "message" in rule and not str(rule["message"]).strip():
        yield invalid(f"{where}.message", rule["message"], "message must be non-empty if specified")
    elif "\n" in str(rule.get("message") or ""):
        yield invalid(f"{where}.message", rule["message"], "message must not contain line breaks")
    if "\n" in str(rule["rule"]).strip() and not rule.get("message"):
        yield required(f"{where}.message", "message must be specified if rule contains line breaks")
    reason = rule.get("reason")
    if reason is not None and reason not in _REASONS:
        yield not_supported(f"{where}.reason", reason, _REASONS)
    path = rule.get("fieldPath")
    if path and not _leads(schema, str(path)):
        yield invalid(
            f"{where}.fieldPath", path, f"fieldPath must be a valid path: does not refer to a valid field: {path}"
        )
    yield from _compiles(rule, kind, where, correlatable)


def _compiles(rule: Object, kind: cel.Type, where: str, correlatable: str) -> Iterator[Problem]:
    plain = {key: value for key, value in rule.items() if key != "messageExpression"}
    try:
        found = compiled(plain, kind)
    except cel.CompileError as error:
        yield _invalid(f"{where}.rule", rule, f"compilation failed: {error}")
        return
    if found.program.result.name not in ("bool", "dyn"):
        yield _invalid(f"{where}.rule", rule, "cel expression must evaluate to a bool")
    if found.transition and correlatable and not rule.get("optionalOldSelf"):
        why = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {correlatable}"
        yield invalid(f"{where}.rule", rule["rule"], why)
    if not rule.get("messageExpression"):
        return
    try:
        said = compiled(rule, kind).message
    except cel.CompileError as error:
        yield _invalid(f"{where}.messageExpression", rule, f"messageExpression compilation failed: {error}")
        return
    if said is not None and said.result.name not in ("string", "dyn"):
        yield _invalid(f"{where}.messageExpression", rule, "messageExpression must evaluate to a string")


def _invalid(where: str, rule: Object, why: str) -> Problem:
    """El servidor real enseña la regla entera, con los nombres que tiene por dentro."""
    inside: dict[str, Any] = {go: rule.get(name, empty) for go, name, empty in _GO_NAMES}
    return Problem("FieldValueInvalid", where, f"Invalid value: {_ordered(inside)}: {why}", inside)


def _ordered(inside: dict[str, Any]) -> str:
    return "{" + ",".join(f'"{name}":{shown(value)}' for name, value in inside.items()) + "}"


def _leads(schema: Structural, path: str) -> bool:
    """Si una ruta lleva a un campo del esquema."""
    position, node = 0, schema
    while position < len(path):
        step = _STEP.match(path, position)
        inner = node.child(step[1] or step[2]) if step else None
        if step is None or inner is None:
            return False
        node, position = inner, step.end()
    return True
