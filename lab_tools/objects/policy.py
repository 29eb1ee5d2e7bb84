"""Una política de admisión como programas: sus condiciones, sus variables y lo que exige o cambia, ya preparados.

Fuente: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#validation-expression
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lab_tools.objects import Object, cel
from lab_tools.objects.cel import types

_GVK = types.object_of(dict.fromkeys(("group", "version", "kind"), types.STRING))
_GVR = types.object_of(dict.fromkeys(("group", "version", "resource"), types.STRING))
_USER = types.object_of({"username": types.STRING, "uid": types.STRING, "groups": types.list_of(types.STRING),
                         "extra": types.map_of(types.list_of(types.STRING))})  # fmt: skip
REQUEST = types.object_of({
    "kind": _GVK, "resource": _GVR, "subResource": types.STRING, "requestKind": _GVK, "requestResource": _GVR,
    "requestSubResource": types.STRING, "name": types.STRING, "namespace": types.STRING, "operation": types.STRING,
    "userInfo": _USER, "dryRun": types.BOOL, "options": types.DYN, "uid": types.STRING,
})  # fmt: skip
_ALWAYS: Mapping[str, types.Type] = {"object": types.DYN, "oldObject": types.DYN, "request": REQUEST,
                                     "namespaceObject": types.DYN, "authorizer": types.DYN}  # fmt: skip
MUTATIONS = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}


@dataclass(frozen=True, slots=True)
class Expression:
    """Una expresión de una política y el sitio donde está escrita."""

    where: str
    source: str
    program: cel.Program


@dataclass(frozen=True, slots=True)
class Policy:
    """Los programas de una política. `checks` van a la par con `spec.validations` (o con `spec.mutations`)."""

    conditions: tuple[tuple[str, Expression], ...]
    variables: tuple[tuple[str, Expression], ...]
    checks: tuple[Expression, ...]
    messages: tuple[Expression | None, ...]


def sources(spec: Object) -> Iterator[tuple[str, str, str]]:
    """Cada expresión de una política: qué es («condition», «variable», «check» o «message»), dónde está y su texto."""
    for index, one in enumerate(spec.get("matchConditions") or ()):
        yield "condition", f"spec.matchConditions[{index}].expression", one.get("expression", "")
    for index, one in enumerate(spec.get("variables") or ()):
        yield "variable", f"spec.variables[{index}].expression", one.get("expression", "")
    for index, one in enumerate(spec.get("validations") or ()):
        yield "check", f"spec.validations[{index}].expression", one.get("expression", "")
        if one.get("messageExpression"):
            yield "message", f"spec.validations[{index}].messageExpression", one["messageExpression"]
    for index, one in enumerate(spec.get("mutations") or ()):
        field = MUTATIONS.get(one.get("patchType", ""), "applyConfiguration")
        yield "check", f"spec.mutations[{index}].{field}.expression", (one.get(field) or {}).get("expression", "")


def declared(spec: Object, known: Mapping[str, types.Type] | None = None) -> dict[str, types.Type]:
    """Los nombres que una expresión de esta política puede usar, sin sus variables. `known` afina algún tipo."""
    found = {**_ALWAYS, **(known or {})}
    if spec.get("paramKind"):
        found["params"] = types.DYN
    return found


def scopes(spec: Object, known: Mapping[str, types.Type] | None = None) -> Iterator[tuple[str, str, str, Any]]:
    """Lo mismo que `sources`, con los nombres que valen en cada una: una variable solo ve las anteriores."""
    names, variables = declared(spec, known), dict[str, types.Type]()
    position = 0
    for what, where, source in sources(spec):
        scope = names if what == "condition" else {**names, "variables": types.object_of(dict(variables))}
        yield what, where, source, scope
        if what == "variable":
            variables[str(spec["variables"][position].get("name", ""))] = types.DYN
            position += 1


def prepared(policy: Object) -> Policy:
    """Los programas de una política guardada. Lanza `CompileError`."""
    meta = policy["metadata"]
    return _prepared(_Key(meta["uid"], meta.get("generation", 1), policy["spec"]))


class _Key:
    """Una política, reconocible por su identidad, su generación y lo que dice."""

    __slots__ = ("identity", "spec")

    def __init__(self, uid: str, generation: int, spec: Object) -> None:
        self.identity = uid, generation
        self.spec = spec

    def __hash__(self) -> int:
        return hash(self.identity)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Key) or self.identity != other.identity:
            return False
        # Dos clústeres de la misma semilla dan las mismas identidades a políticas distintas.
        return self.spec is other.spec or self.spec == other.spec


@lru_cache(maxsize=256)
def _prepared(key: _Key) -> Policy:
    spec = key.spec
    found: dict[str, list[Expression]] = {"condition": [], "variable": [], "check": []}
    messages: list[Expression | None] = []
    for what, where, source, scope in scopes(spec):
        one = Expression(where, source, cel.compile(source, scope))
        if what == "message":
            messages[-1] = one
            continue
        found[what].append(one)
        if what == "check":
            messages.append(None)
    conditions = [one["name"] for one in spec.get("matchConditions") or ()]
    variables = [one["name"] for one in spec.get("variables") or ()]
    return Policy(
        tuple(zip(conditions, found["condition"], strict=True)), tuple(zip(variables, found["variable"], strict=True)),
        tuple(found["check"]), tuple(messages),
    )  # fmt: skip
