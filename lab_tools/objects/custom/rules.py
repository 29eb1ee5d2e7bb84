"""Las reglas CEL de un esquema (`x-kubernetes-validations`): prepararlas una vez y juzgar con ellas.

`prepare` recorre el esquema y deja solo las ramas con reglas; `judge` recorre un valor (y el que había) por esas ramas.
Una regla que nombra `oldSelf` solo se mira donde se sabe qué había antes; y lo que ya estaba mal y no cambia se tolera.
Fuente: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
y https://github.com/kubernetes/apiextensions-apiserver/blob/v0.36.0/pkg/apiserver/schema/cel/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab_tools.objects import Object, cel
from lab_tools.objects.cel.values import NONE, some
from lab_tools.objects.custom import typing
from lab_tools.objects.custom.structural import MISSING, Structural
from lab_tools.objects.validation.problem import Problem

KEY = "x-kubernetes-validations"
_BLOCKING = ("FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany",
             "FieldValueTypeInvalid")  # fmt: skip
_SKIPPED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Una regla lista: su programa, el de su mensaje si lo tiene, y lo que dice cuando no se cumple."""

    program: cel.Program
    message: cel.Program | None
    raw: Mapping[str, Any]

    @property
    def text(self) -> str:
        """Cómo se la nombra: su mensaje o, sin él, ella misma."""
        return str(self.raw.get("message") or str(self.raw["rule"]).strip())

    @property
    def transition(self) -> bool:
        """Si compara con lo que había."""
        return "oldSelf" in self.program.names


@dataclass(slots=True)
class Branch:
    """Una rama del esquema con reglas, suyas o de más abajo."""

    schema: Structural
    rules: list[Rule] = field(default_factory=list)
    properties: dict[str, Branch] = field(default_factory=dict)
    additional: Branch | None = None
    items: Branch | None = None


def prepare(schema: Structural, root: bool = True) -> Branch | None:
    """Las ramas con reglas, o `None` si no hay ninguna. Las reglas ya se juzgaron al definir el tipo."""
    found = Branch(schema)
    raw = schema.raw.get(KEY)
    if raw:
        kind = typing.type_of(schema, root)
        found.rules = [compiled(one, kind) for one in raw]
    for name, part in schema.properties.items():
        if (inner := prepare(part, part.embedded)) is not None:
            found.properties[name] = inner
    if isinstance(schema.additional, Structural):
        found.additional = prepare(schema.additional, schema.additional.embedded)
    if schema.items is not None:
        found.items = prepare(schema.items, schema.items.embedded)
    return found if found.rules or found.properties or found.additional or found.items else None


def compiled(raw: Mapping[str, Any], kind: cel.Type) -> Rule:
    """Una regla sobre un valor de tipo `kind`. Lanza `CompileError`."""
    old = typing.optional(kind) if raw.get("optionalOldSelf") else kind
    declared = {"self": kind, "oldSelf": old}
    expression = raw.get("messageExpression")
    return Rule(cel.compile(raw["rule"], declared), cel.compile(expression, declared) if expression else None, raw)


def blocked(problems: list[Problem]) -> Problem | None:
    """Si lo que ya se sabe impide mirar las reglas, el aviso de que no se miraron."""
    if not any(one.reason in _BLOCKING for one in problems):
        return None
    return Problem("FieldValueInvalid", "<nil>", f'Invalid value: "null": {_SKIPPED}', None)


def judge(branch: Branch, value: Any, old: Any = MISSING, where: str = "") -> Iterator[Problem]:
    """Los problemas de `value`, que está en `where`; `old` es lo que había en su sitio, si se sabe."""
    if value is None:
        return
    if branch.rules:
        yield from _apply(branch, value, old, where)
    if isinstance(value, dict):
        yield from _fields(branch, value, old if isinstance(old, dict) else {}, where)
    elif isinstance(value, list) and branch.items is not None:
        before = _by_key(branch.schema, old)
        for index, item in enumerate(value):
            yield from judge(branch.items, item, before.get(_key(branch.schema, item), MISSING), f"{where}[{index}]")


def _fields(branch: Branch, value: Object, old: Object, where: str) -> Iterator[Problem]:
    for name, item in value.items():
        if (inner := branch.properties.get(name)) is not None:
            yield from judge(inner, item, old.get(name, MISSING), f"{where}.{name}" if where else name)
        elif branch.additional is not None and name not in branch.schema.properties:
            yield from judge(branch.additional, item, old.get(name, MISSING), f"{where}[{name}]")


def _by_key(schema: Structural, old: Any) -> dict[Any, Any]:
    """Lo que había en una lista, por su clave; vacío si sus elementos no la tienen."""
    if schema.raw.get("x-kubernetes-list-type") != "map" or not isinstance(old, list):
        return {}
    return {_key(schema, item): item for item in old}


def _key(schema: Structural, item: Any) -> Any:
    keys = schema.raw.get("x-kubernetes-list-map-keys") or ()
    return tuple(str(item.get(key)) for key in keys) if isinstance(item, dict) else None


def _apply(branch: Branch, value: Any, old: Any, where: str) -> Iterator[Problem]:
    known = old is not MISSING and old is not None
    same = known and old == value
    converted: dict[str, Any] = {}
    for rule in branch.rules:
        optional = bool(rule.raw.get("optionalOldSelf"))
        if rule.transition and not known and not optional:
            continue
        if same and not rule.transition:
            continue
        if not converted:
            converted["self"] = typing.converted(value, branch.schema)
            converted["oldSelf"] = typing.converted(old, branch.schema) if known else None
        before = (some(converted["oldSelf"]) if known else NONE) if optional else converted["oldSelf"]
        problem = _judged(rule, branch.schema, {"self": converted["self"], "oldSelf": before}, where)
        if problem is not None:
            yield problem


def _judged(rule: Rule, schema: Structural, variables: dict[str, Any], where: str) -> Problem | None:
    place = _place(where, str(rule.raw.get("fieldPath") or ""))
    try:
        if rule.program(**variables) is True:
            return None
    except cel.CelError as error:
        return _problem("", schema, place, _incomputable(rule, str(error)))
    return _problem(str(rule.raw.get("reason") or ""), schema, place, _said(rule, variables))


def _incomputable(rule: Rule, why: str) -> str:
    if why.startswith("no such overload"):
        reason = "call arguments did not match a supported operator, function or macro signature"
        return f"'{why}': {reason} for rule: {rule.text}"
    if why.startswith("operation cancelled"):
        return f"'{why}': no further validation rules will be run due to call cost exceeds limit for rule: {rule.text}"
    return f"{why} evaluating rule: {rule.text}"


def _said(rule: Rule, variables: dict[str, Any]) -> str:
    """El mensaje: el que se calcula si sale un texto de una línea; si no, el escrito o la propia regla."""
    if rule.message is not None:
        try:
            found = rule.message(**variables)
        except cel.CelError:
            found = None
        if isinstance(found, str) and found.strip() and "\n" not in found:
            return found.strip()
    return rule.text if rule.raw.get("message") else f"failed rule: {rule.text}"


def _place(where: str, more: str) -> str:
    return f"{where}{more}" if where else more.removeprefix(".")


def _problem(reason: str, schema: Structural, where: str, said: str) -> Problem:
    if reason == "FieldValueRequired":
        return Problem(reason, where, f"Required value: {said}", "")
    if reason == "FieldValueForbidden":
        return Problem(reason, where, f"Forbidden: {said}", "")
    if reason == "FieldValueDuplicate":
        return Problem(reason, where, f'Duplicate value: "{schema.type}"', schema.type)
    return Problem("FieldValueInvalid", where or "<nil>", f'Invalid value: "{schema.type}": {said}', schema.type)
