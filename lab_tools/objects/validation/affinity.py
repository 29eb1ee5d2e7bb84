"""El juicio sobre dónde quiere estar un Pod: afinidad, tolerancias y reparto.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names, selectors
from lab_tools.objects.validation.problem import Problem, duplicate, forbidden, invalid, required

_ALWAYS, _BETTER = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
_SPREAD = "core.v1.TopologySpreadConstraint"


def validate(spec: Object, field: str) -> Iterator[Problem]:
    """Los problemas de `affinity`, `topologySpreadConstraints` y `tolerations`."""
    affinity = spec.get("affinity") or {}
    yield from _node(affinity.get("nodeAffinity") or {}, f"{field}.affinity.nodeAffinity")
    for kind in ("podAffinity", "podAntiAffinity"):
        yield from _pod(affinity.get(kind) or {}, f"{field}.affinity.{kind}")
    spreads = spec.get("topologySpreadConstraints") or []
    for index, one in enumerate(spreads):
        yield from _spread(one, spreads[index + 1 :], f"{field}.topologySpreadConstraints[{index}]")
    for index, one in enumerate(spec.get("tolerations") or ()):
        yield from toleration(one, f"{field}.tolerations[{index}]")


def toleration(one: Object, field: str) -> Iterator[Problem]:
    """Una tolerancia."""
    key, operator, value = one.get("key", ""), one.get("operator", ""), one.get("value", "")
    if key:
        yield from checks.each(names.qualified_name(key), f"{field}.key", key)
    elif operator != "Exists":
        detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        yield invalid(f"{field}.operator", operator, detail)
    if one.get("tolerationSeconds") is not None and one.get("effect") != "NoExecute":
        detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield invalid(f"{field}.effect", one.get("effect", ""), detail)
    if operator == "Exists" and value:
        yield invalid(f"{field}.operator", one, "value must be empty when `operator` is 'Exists'")
    elif operator in ("", "Equal"):
        yield from checks.each(names.label_value(value), f"{field}.operator", value)
    yield from checks.one_of(one, field, "operator", "core.v1.Toleration")
    yield from checks.one_of(one, field, "effect", "core.v1.Toleration")


def node_selector(selector: Object, field: str) -> Iterator[Problem]:
    """Qué nodos valen: al menos una condición."""
    terms = selector.get("nodeSelectorTerms") or []
    if not terms:
        yield required(f"{field}.nodeSelectorTerms", "must have at least one node selector term")
    for index, term in enumerate(terms):
        yield from _term(term, f"{field}.nodeSelectorTerms[{index}]")


def _node(one: Object, field: str) -> Iterator[Problem]:
    always = one.get(_ALWAYS)
    if always is not None:
        yield from node_selector(always, f"{field}.{_ALWAYS}")
    for index, better in enumerate(one.get(_BETTER) or ()):
        where = f"{field}.{_BETTER}[{index}]"
        yield from _weight(better, where)
        yield from _term(better.get("preference") or {}, f"{where}.preference")


def _term(term: Object, field: str) -> Iterator[Problem]:
    for key in ("matchExpressions", "matchFields"):
        for index, one in enumerate(term.get(key) or ()):
            yield from _requirement(one, f"{field}.{key}[{index}]")


def _requirement(one: Object, field: str) -> Iterator[Problem]:
    operator, values = one.get("operator", ""), one.get("values") or []
    if operator in ("In", "NotIn") and not values:
        yield required(f"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist") and values:
        yield forbidden(f"{field}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif operator in ("Gt", "Lt") and len(values) != 1:
        yield required(f"{field}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
    elif operator not in ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"):
        yield invalid(f"{field}.operator", operator, "not a valid selector operator")
    yield from checks.each(names.qualified_name(one.get("key", "")), f"{field}.key", one.get("key", ""))


def _pod(one: Object, field: str) -> Iterator[Problem]:
    for index, term in enumerate(one.get(_ALWAYS) or ()):
        yield from _pod_term(term, f"{field}.{_ALWAYS}[{index}]")
    for index, better in enumerate(one.get(_BETTER) or ()):
        where = f"{field}.{_BETTER}[{index}]"
        yield from _weight(better, where)
        yield from _pod_term(better.get("podAffinityTerm") or {}, f"{where}.podAffinityTerm")


def _pod_term(term: Object, field: str) -> Iterator[Problem]:
    yield from selectors.validate(term.get("labelSelector"), f"{field}.labelSelector")
    key = term.get("topologyKey", "")
    if not key:
        yield required(f"{field}.topologyKey", "can not be empty")
    yield from checks.each(names.qualified_name(key), f"{field}.topologyKey", key)


def _weight(one: Object, field: str) -> Iterator[Problem]:
    weight = one.get("weight", 0)
    if not 1 <= weight <= 100:
        yield invalid(f"{field}.weight", weight, "must be in the range 1-100")


def _spread(one: Object, rest: list[Object], field: str) -> Iterator[Problem]:
    """Un reparto; `rest` son los que vienen después, que no pueden repetirlo."""
    skew, key, action = one.get("maxSkew", 0), one.get("topologyKey", ""), one.get("whenUnsatisfiable", "")
    if skew <= 0:
        yield invalid(f"{field}.maxSkew", skew, "must be greater than zero")
    if not key:
        yield required(f"{field}.topologyKey", "can not be empty")
    else:
        yield from checks.each(names.qualified_name(key), f"{field}.topologyKey", key)
    yield from checks.one_of(one, field, "whenUnsatisfiable", _SPREAD, needed=True)
    if any((other.get("topologyKey"), other.get("whenUnsatisfiable")) == (key, action) for other in rest):
        yield duplicate(f"{field}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}")
    domains = one.get("minDomains")
    if domains is not None and domains <= 0:
        yield invalid(f"{field}.minDomains", domains, "must be greater than zero")
    if domains is not None and action != "DoNotSchedule":
        detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        yield invalid(f"{field}.minDomains", domains, detail)
    for policy in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        yield from checks.one_of(one, field, policy, _SPREAD)
    yield from _spread_keys(one, f"{field}.matchLabelKeys")
    yield from selectors.validate(one.get("labelSelector"), f"{field}.labelSelector")


def _spread_keys(one: Object, field: str) -> Iterator[Problem]:
    keys, selector = one.get("matchLabelKeys") or [], one.get("labelSelector")
    if keys and selector is None:
        yield forbidden(field, "must not be specified when labelSelector is not set")
        return
    for index, key in enumerate(keys):
        yield from checks.each(names.qualified_name(key), f"{field}[{index}]", key)


def repeated_keys(spec: Object, field: str) -> Iterator[Problem]:
    """Las claves de un reparto que su selector ya dice.

    Se mira al nacer: después es la propia API quien las ha escrito en el selector.
    """
    for place, one in enumerate(spec.get("topologySpreadConstraints") or ()):
        selector = one.get("labelSelector") or {}
        chosen = {*(selector.get("matchLabels") or ()),
                  *(term.get("key") for term in selector.get("matchExpressions") or ())}  # fmt: skip
        for index, key in enumerate(one.get("matchLabelKeys") or ()):
            if key in chosen:
                where = f"{field}.topologySpreadConstraints[{place}].matchLabelKeys[{index}]"
                yield invalid(where, key, "exists in both matchLabelKeys and labelSelector")
