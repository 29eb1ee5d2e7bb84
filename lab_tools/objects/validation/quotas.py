"""El juicio sobre los ámbitos de un ResourceQuota: cuáles hay, con qué recursos van y cuáles se excluyen.

Fuente: https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation.checks import IMMUTABLE
from lab_tools.objects.validation.problem import Problem, invalid, required

_PODS = frozenset({"pods"})
_COMPUTE = _PODS | {"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
# Ámbito -> los recursos de siempre que admite a su lado.
_SCOPES = {
    "BestEffort": _PODS, "NotBestEffort": _COMPUTE, "Terminating": _COMPUTE, "NotTerminating": _COMPUTE,
    "PriorityClass": _COMPUTE, "CrossNamespacePodAffinity": _COMPUTE,
    "VolumeAttributesClass": frozenset({"persistentvolumeclaims", "requests.storage"}),
}  # fmt: skip
# Los que una cuota conoce por su nombre; los demás (`count/…`, los extendidos) van con cualquier ámbito.
_KNOWN = _COMPUTE | {
    "ephemeral-storage", "requests.ephemeral-storage", "limits.ephemeral-storage", "requests.storage",
    "resourcequotas", "services", "replicationcontrollers", "secrets", "persistentvolumeclaims", "configmaps",
    "services.nodeports", "services.loadbalancers",
}  # fmt: skip
_COUNTED = _PODS | {
    "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
    "services.nodeports", "services.loadbalancers",
}  # fmt: skip
_HUGE = ("hugepages-", "requests.hugepages-")
_PAIRS = ({"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"})
_ONLY_EXISTS = ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity")
_EXIST = ("must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
          "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or "
          "ResourceQuotaScopeCrossNamespacePodAffinity")  # fmt: skip


def is_standard(name: str) -> bool:
    """Si es uno de los recursos que una cuota conoce sin apellido."""
    return name in _KNOWN or name in ("storage", "limits.storage") or name.startswith(_HUGE)


def is_counted(name: str) -> bool:
    """Si se cuenta de uno en uno: objetos y recursos extendidos."""
    return name in _COUNTED or "/" in name


def scopes(spec: Object) -> Iterator[Problem]:
    """Los problemas de `scopes` y de `scopeSelector`."""
    listed, hard = spec.get("scopes") or [], sorted(spec.get("hard") or {})
    for scope in listed:
        for message in _scope(scope, hard):
            yield invalid("spec.scopes", listed, message)
    for pair in _PAIRS:
        if pair <= set(listed):
            yield invalid("spec.scopes", listed, "conflicting scopes")
    selector = spec.get("scopeSelector") or {}
    for term in selector.get("matchExpressions") or ():
        yield from _term(term, selector, hard)


def scopes_update(new: Object, old: Object) -> Iterator[Problem]:
    """Los ámbitos no cambian."""
    after, before = ((one.get("spec") or {}).get("scopes") for one in (new, old))
    if set(after or ()) != set(before or ()):
        yield invalid("spec.scopes", after, IMMUTABLE)


def _scope(scope: str, hard: list[str]) -> Iterator[str]:
    if scope not in _SCOPES:
        yield "unsupported scope"
    for name in hard:
        if name in _KNOWN and name not in _SCOPES.get(scope, ()):
            yield "unsupported scope applied to resource"


def _term(term: Object, selector: Object, hard: list[str]) -> Iterator[Problem]:
    field = "spec.scopeSelector.matchExpressions"
    scope, operator, values = term.get("scopeName", ""), term.get("operator", ""), term.get("values") or []
    for message in _scope(scope, hard):
        where = ("scopeName", scope) if message == "unsupported scope" else ("", selector)
        yield invalid(f"{field}.{where[0]}" if where[0] else field, where[1], message)
    if scope in _ONLY_EXISTS and operator != "Exists":
        yield invalid(f"{field}.operator", operator, _EXIST)
    if operator in ("In", "NotIn"):
        if not values:
            yield required(f"{field}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope "
                           "selector")  # fmt: skip
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            detail = "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector"
            yield invalid(f"{field}.values", values, detail)
    else:
        yield invalid(f"{field}.operator", operator, "not a valid selector operator")
