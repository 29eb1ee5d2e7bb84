"""Poner en marcha una política: sus parámetros, sus variables y sus condiciones.

Una variable se calcula una vez, y solo si alguien la nombra.
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#parameter-resources
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab_tools.embedded.api.policies import matching
from lab_tools.embedded.api.policies.asked import Asked
from lab_tools.objects import Object
from lab_tools.objects.cel import CelError
from lab_tools.objects.kinds import Kind
from lab_tools.objects.policy import Expression, Policy, prepared
from lab_tools.objects.selector import LabelSelector

NO_PARAMS = "no params found for policy binding with `Deny` parameterNotFoundAction"


class Misconfigured(Exception):
    """Una política que no se puede aplicar: le faltan sus parámetros."""


def bound(asked: Asked, policies: Kind, bindings: Kind) -> Iterator[tuple[Object, Object]]:
    """Las políticas que tocan a la petición, cada una con el vínculo por el que lo hacen, por orden de nombre."""
    for binding in asked.world.all(bindings):
        policy = asked.world.find(policies, "", binding["spec"].get("policyName", ""))
        if policy is None:
            continue
        if matching.touches(policy["spec"].get("matchConstraints"), asked) and matching.touches(
            binding["spec"].get("matchResources"), asked
        ):
            yield policy, binding


def params(asked: Asked, policy: Object, binding: Object) -> list[Object | None]:
    """Los objetos de parámetros con los que se mira: uno, varios o ninguno (`None`). Lanza `Misconfigured`."""
    wanted, ref = policy["spec"].get("paramKind"), binding["spec"].get("paramRef")
    if not wanted or not ref:
        return [None]
    kind = asked.world.kinds.find(wanted["apiVersion"], wanted["kind"])
    if kind is None:
        raise Misconfigured(f"failed to find resource referenced by paramKind: '{wanted['apiVersion']}, "
                            f"Kind={wanted['kind']}'")  # fmt: skip
    space = (ref.get("namespace") or asked.namespace) if kind.namespaced else ""
    if ref.get("name"):
        one = asked.world.find(kind, space, ref["name"])
        found = [one] if one is not None else []
    else:
        selector = LabelSelector.from_object(ref.get("selector"))
        everyone = asked.world.within(kind.hub, space) if space else asked.world.all(kind)
        found = [one for one in everyone if selector.matches(one["metadata"].get("labels") or {})]
    if not found and ref.get("parameterNotFoundAction") == "Deny":
        raise Misconfigured(NO_PARAMS)
    return list(found)


class Variables(dict[str, Any]):
    """Las variables de una política: se calculan al nombrarlas."""

    def __init__(self, policy: Policy, scope: dict[str, Any]) -> None:
        super().__init__({name: None for name, _ in policy.variables})
        self._programs = dict(policy.variables)
        self._scope = scope
        self._done: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """El valor de una variable. Lanza `CelError`."""
        if name not in self._done:
            try:
                self._done[name] = self._programs[name].program(**self._scope)
            except CelError as error:
                raise CelError(f'composited variable "{name}" fails to evaluate: {error}') from None
        return self._done[name]


class Run:
    """Una política con una petición y unos parámetros."""

    def __init__(self, asked: Asked, policy: Object, param: Object | None) -> None:
        self.programs = prepared(policy)
        self.scope: dict[str, Any] = {
            "object": asked.obj, "oldObject": asked.old, "request": asked.request(),
            "namespaceObject": asked.namespace_object, "params": param, "authorizer": asked.authorizer(),
        }  # fmt: skip
        self.scope["variables"] = Variables(self.programs, self.scope)

    def applies(self) -> bool:
        """Si se cumplen todas sus condiciones. Lanza `CelError` si alguna falla y ninguna dice que no."""
        failed: CelError | None = None
        for name, condition in self.programs.conditions:
            try:
                if self.value(condition) is False:
                    return False
            except CelError as error:
                failed = failed or CelError(f"matchCondition '{name}' resulted in error: {error}")
        if failed is not None:
            raise failed
        return True

    def value(self, expression: Expression) -> Any:
        """Lo que vale una expresión. Lanza `CelError`."""
        return expression.program(**self.scope)
