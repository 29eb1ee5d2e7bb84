"""El juicio sobre el reparto de la propia API entre quienes la llaman: FlowSchema y PriorityLevelConfiguration.

Fuente: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/flowcontrol/validation/validation.go
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names
from lab_tools.objects.validation.problem import Problem, duplicate, forbidden, invalid, not_supported, required

EXEMPT = "exempt"
MOST_PRECEDENCE = 10_000
MOST_QUEUES = 10_000_000
HASH_BITS = 60
_METHODS = ("ByNamespace", "ByUser")
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
# De cada clase de sujeto, su campo.
_SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
# En qué orden se niega lo que sobra.
_OTHERS = {"ServiceAccount": ("User", "Group"), "User": ("ServiceAccount", "Group"),
           "Group": ("ServiceAccount", "User")}  # fmt: skip
_NAMESPACE = "each member of this list must be '*' or a DNS-1123 label; "


def schema(obj: Object) -> Iterator[Problem]:
    """Los problemas de un FlowSchema: a qué nivel va qué petición, y antes o después de cuáles."""
    spec = obj.get("spec") or {}
    yield from _precedence(spec.get("matchingPrecedence", 0), (obj.get("metadata") or {}).get("name", ""))
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type", "") not in _METHODS:
        yield not_supported("spec.distinguisherMethod.type", {"Type": method.get("type", "")}, _METHODS)
    level = (spec.get("priorityLevelConfiguration") or {}).get("name", "")
    if not level:
        yield required("spec.priorityLevelConfiguration.name", "must reference a priority level")
    else:
        yield from checks.each(names.dns_subdomain(level), "spec.priorityLevelConfiguration.name", level)
    for index, rule in enumerate(spec.get("rules") or ()):
        yield from _rule(rule, f"spec.rules[{index}]")
    yield from _conditions(obj.get("status") or {})


def level(obj: Object) -> Iterator[Problem]:
    """Los problemas de un PriorityLevelConfiguration: cuántas peticiones a la vez, y qué se hace con las demás."""
    spec, name = obj.get("spec") or {}, (obj.get("metadata") or {}).get("name", "")
    kind, exempt, limited = spec.get("type", ""), spec.get("exempt"), spec.get("limited")
    if (name == EXEMPT) != (kind == "Exempt"):
        yield invalid("spec.type", kind, "type must be 'Exempt' if and only if name is 'exempt'")
    if kind == "Exempt":
        if limited is not None:
            yield forbidden("spec.limited", "must be nil if the type is not Limited")
        yield from _shares(exempt or {}, "spec.exempt")
    elif kind == "Limited":
        if exempt is not None:
            yield forbidden("spec.exempt", "must be nil if the type is Limited")
        if limited is None:
            yield required("spec.limited", "must not be empty when type is Limited")
        else:
            yield from _limited(limited, "spec.limited")
    else:
        yield not_supported("spec.type", kind, ("Exempt", "Limited"))
    yield from _conditions(obj.get("status") or {})


def _precedence(value: int, name: str) -> Iterator[Problem]:
    field = "spec.matchingPrecedence"
    if value <= 0:
        yield invalid(field, value, "must be a positive value")
    if value > MOST_PRECEDENCE:
        yield invalid(field, value, f"must not be greater than {MOST_PRECEDENCE}")
    if value == 1 and name != EXEMPT:
        yield invalid(field, value, "only the schema named 'exempt' may have matchingPrecedence 1")


def _rule(rule: Object, field: str) -> Iterator[Problem]:
    subjects = rule.get("subjects") or []
    if not subjects:
        yield required(f"{field}.subjects", "subjects must contain at least one value")
    for index, one in enumerate(subjects):
        yield from _subject(one, f"{field}.subjects[{index}]")
    resources, others = rule.get("resourceRules") or [], rule.get("nonResourceRules") or []
    if not resources and not others:
        yield required(field, "at least one of resourceRules and nonResourceRules has to be non-empty")
    for index, one in enumerate(resources):
        yield from _resources(one, f"{field}.resourceRules[{index}]")
    for index, one in enumerate(others):
        yield from _paths(one, f"{field}.nonResourceRules[{index}]")


def _subject(one: Object, field: str) -> Iterator[Problem]:
    kind = one.get("kind", "")
    key = _SUBJECTS.get(kind)
    if key is None:
        yield not_supported(f"{field}.kind", kind, _SUBJECTS)
        return
    chosen = one.get(key)
    if chosen is None:
        yield required(f"{field}.{key}", f"{key} is required when subject kind is '{kind}'")
    else:
        yield from _who(chosen, kind, f"{field}.{key}")
    for other in _OTHERS[kind]:
        if one.get(_SUBJECTS[other]) is not None:
            detail = f"{_SUBJECTS[other]} is forbidden when subject kind is not '{other}'"
            yield forbidden(f"{field}.{_SUBJECTS[other]}", detail)


def _who(chosen: Object, kind: str, field: str) -> Iterator[Problem]:
    name, space = chosen.get("name", ""), chosen.get("namespace", "")
    if not name:
        yield required(f"{field}.name")
    if kind != "ServiceAccount":
        return
    if name and name != "*":
        yield from checks.each(names.dns_subdomain(name), f"{field}.name", name)
    if not space:
        yield required(f"{field}.namespace", "must specify namespace for service account")
    else:
        yield from checks.each(names.dns_label(space), f"{field}.namespace", space)


def _verbs(rule: Object, field: str) -> Iterator[Problem]:
    verbs = rule.get("verbs") or []
    if not verbs:
        yield required(f"{field}.verbs", "verbs must contain at least one value")
    elif "*" in verbs:
        yield from _alone(verbs, f"{field}.verbs", "verbs")
    elif not set(verbs) <= set(_VERBS):
        yield not_supported(f"{field}.verbs", verbs, _VERBS)


def _alone(found: list[str], field: str, what: str) -> Iterator[Problem]:
    """Quien dice «todo» no dice nada más."""
    if "*" in found and len(found) > 1:
        yield invalid(field, found, f"if '*' is present, must not specify other {what}")


def _resources(rule: Object, field: str) -> Iterator[Problem]:
    yield from _verbs(rule, field)
    for key, one, many in (("apiGroups", "api group", "api groups"), ("resources", "resource", "resources")):
        if not rule.get(key):
            yield required(f"{field}.{key}", f"resource rules must supply at least one {one}")
        yield from _alone(rule.get(key) or [], f"{field}.{key}", many)
    spaces = rule.get("namespaces") or []
    if not spaces and not rule.get("clusterScope"):
        detail = "resource rules that are not cluster scoped must supply at least one namespace"
        yield required(f"{field}.namespaces", detail)
    elif "*" in spaces:
        yield from _alone(spaces, f"{field}.namespaces", "namespaces")
    else:
        for index, one in enumerate(spaces):
            told = (_NAMESPACE + message for message in names.dns_label(one))
            yield from checks.each(told, f"{field}.namespaces[{index}]", one)


def _paths(rule: Object, field: str) -> Iterator[Problem]:
    yield from _verbs(rule, field)
    paths = rule.get("nonResourceURLs") or []
    if not paths:
        yield required(f"{field}.nonResourceURLs", "nonResourceURLs must contain at least one value")
    elif "*" in paths:
        yield from _alone(paths, f"{field}.nonResourceURLs", "non-resource URLs")
    else:
        for index, path in enumerate(paths):
            told = _path(path)
            yield from checks.each((told,) if told else (), f"{field}.nonResourceURLs[{index}]", path)


def _path(path: str) -> str:
    """Qué tiene de malo una ruta; vacío si vale."""
    tests = ((not path, "must not be empty"), (not path.startswith("/"), "must start with slash"),
             (" " in path, "must not contain white-space"), ("//" in path, "must not contain double slash"),
             ("*" in path.removesuffix("/*"), "wildcard can only do suffix matching"))  # fmt: skip
    return next((message for broken, message in tests if broken), "")


def _shares(one: Object, field: str) -> Iterator[Problem]:
    """Cuánto le toca, y cuánto de eso presta."""
    shares, lent = one.get("nominalConcurrencyShares"), one.get("lendablePercent")
    if shares is not None and shares < 0:
        yield invalid(f"{field}.nominalConcurrencyShares", shares, "must be a non-negative integer")
    if lent is not None and not 0 <= lent <= 100:
        yield invalid(f"{field}.lendablePercent", lent, names.between(0, 100))


def _limited(one: Object, field: str) -> Iterator[Problem]:
    shares, lent, borrowed = (one.get(key) for key in ("nominalConcurrencyShares", "lendablePercent",
                                                       "borrowingLimitPercent"))  # fmt: skip
    if shares is not None and shares < 0:
        yield invalid(f"{field}.nominalConcurrencyShares", shares, "must be a non-negative integer")
    yield from _response(one.get("limitResponse") or {}, f"{field}.limitResponse")
    if lent is not None and not 0 <= lent <= 100:
        yield invalid(f"{field}.lendablePercent", lent, names.between(0, 100))
    if borrowed is not None and borrowed < 0:
        yield invalid(f"{field}.borrowingLimitPercent", borrowed, "if specified, must be a non-negative integer")


def _response(one: Object, field: str) -> Iterator[Problem]:
    kind, queuing = one.get("type", ""), one.get("queuing")
    if kind == "Reject":
        if queuing is not None:
            yield forbidden(f"{field}.queuing", "must be nil if limited.limitResponse.type is not Limited")
    elif kind == "Queue":
        if queuing is None:
            yield required(f"{field}.queuing", "must not be empty if limited.limitResponse.type is Limited")
        else:
            yield from _queues(queuing, f"{field}.queuing")
    else:
        yield not_supported(f"{field}.type", kind, ("Queue", "Reject"))


def _queues(one: Object, field: str) -> Iterator[Problem]:
    length, queues, hand = (one.get(key, 0) for key in ("queueLengthLimit", "queues", "handSize"))
    if length <= 0:
        yield invalid(f"{field}.queueLengthLimit", length, "must be positive")
    if queues <= 0:
        yield invalid(f"{field}.queues", queues, "must be positive")
    elif queues > MOST_QUEUES:
        yield invalid(f"{field}.queues", queues, f"must not be greater than {MOST_QUEUES}")
    if hand <= 0:
        yield invalid(f"{field}.handSize", hand, "must be positive")
    elif hand > queues:
        yield invalid(f"{field}.handSize", hand, f"should not be greater than queues ({queues})")
    elif math.ceil(math.log2(queues) * hand) > HASH_BITS:
        bits = f"required entropy bits of deckSize {queues} and handSize {hand}"
        yield invalid(f"{field}.handSize", hand, f"{bits} should not be greater than {HASH_BITS}")


def _conditions(status: Object) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, one in enumerate(status.get("conditions") or ()):
        kind = one.get("type", "")
        if kind in seen:
            yield duplicate(f"status.conditions[{index}].type", kind)
        seen.add(kind)
        if not kind:
            yield required(f"status.conditions[{index}].type", "must not be empty")
