"""A qué peticiones toca una política: reglas de recursos y selectores, los suyos y los de su vínculo.

Fuente: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#matching-requests-match-criteria
"""

from __future__ import annotations

from collections.abc import Iterable

from lab_tools.embedded.api.policies.asked import Asked
from lab_tools.objects import Object, kinds
from lab_tools.objects.selector import LabelSelector

# A las propias políticas no las juzga nadie: una equivocada no se podría quitar.
EXEMPT = frozenset({
    kinds.VALIDATINGADMISSIONPOLICY, kinds.VALIDATINGADMISSIONPOLICYBINDING, kinds.MUTATINGADMISSIONPOLICY,
    kinds.MUTATINGADMISSIONPOLICYBINDING,
})  # fmt: skip


def touches(match: Object | None, asked: Asked) -> bool:
    """Si unas condiciones de una política, o de un vínculo, incluyen la petición. Sin condiciones, todas."""
    if match is None:
        return True
    if any(_rule(one, asked) for one in match.get("excludeResourceRules") or ()):
        return False
    rules = match.get("resourceRules")
    if rules and not any(_rule(one, asked) for one in rules):
        return False
    return _by_object(match.get("objectSelector"), asked) and _by_namespace(match.get("namespaceSelector"), asked)


def _rule(rule: Object, asked: Asked) -> bool:
    kind = asked.kind
    scope = rule.get("scope", "*")
    return (
        _listed(asked.operation, rule.get("operations") or ())
        and _listed(kind.group, rule.get("apiGroups") or ())
        and any(_listed(version, rule.get("apiVersions") or ()) for version in {kind.version, kind.hub.version})
        and any(_resource(one, kind.plural, asked.subresource) for one in rule.get("resources") or ())
        and scope in ("*", "Namespaced" if kind.namespaced else "Cluster")
        and (not rule.get("resourceNames") or asked.meta.get("name") in rule["resourceNames"])
    )


def _listed(value: str, options: Iterable[str]) -> bool:
    return any(one in ("*", value) for one in options)


def _resource(pattern: str, plural: str, subresource: str) -> bool:
    resource, slash, sub = pattern.partition("/")
    if pattern == "*/*":
        return True
    return resource in ("*", plural) and (sub in ("*", subresource) and bool(subresource) if slash else not subresource)


def _by_object(selector: Object | None, asked: Asked) -> bool:
    if not selector:
        return True
    wanted = LabelSelector.from_object(selector)
    both = [one for one in (asked.obj, asked.old) if one is not None]
    return any(wanted.matches((one.get("metadata") or {}).get("labels") or {}) for one in both)


def _by_namespace(selector: Object | None, asked: Asked) -> bool:
    if not selector:
        return True
    space = asked.namespace_object
    if space is None:
        return not asked.kind.namespaced
    return LabelSelector.from_object(selector).matches(space["metadata"].get("labels") or {})
