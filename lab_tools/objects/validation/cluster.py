"""El juicio sobre lo que sostiene un clúster: Namespace, Node, Lease, prioridades y permisos.

Fuente: https://github.com/kubernetes/kubernetes/tree/v1.36.0/pkg/apis (archivos `validation.go`)
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names, resources, selectors
from lab_tools.objects.validation.problem import Problem, duplicate, forbidden, invalid, not_supported, required

HIGHEST_USER_PRIORITY = 1_000_000_000
SYSTEM = "system-"
SYSTEM_PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
PREEMPTION = ("PreemptLowerPriority", "Never")
POD_SECURITY = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")
RBAC = "rbac.authorization.k8s.io"


def namespace(obj: Object) -> Iterator[Problem]:
    """Los niveles de seguridad que un Namespace pide en sus etiquetas."""
    labels = (obj.get("metadata") or {}).get("labels") or {}
    for mode in ("enforce", "audit", "warn"):
        level = labels.get(POD_SECURITY + mode)
        if level is not None and level not in LEVELS:
            field = f"metadata.labels[{POD_SECURITY}{mode}]"
            yield invalid(field, level, f"must be one of {', '.join(LEVELS)}")


def node(obj: Object) -> Iterator[Problem]:
    """Los taints de un Node y lo que dice tener."""
    seen: set[tuple[str, str]] = set()
    for index, one in enumerate((obj.get("spec") or {}).get("taints") or ()):
        field = f"spec.taints[{index}]"
        key, value = one.get("key", ""), one.get("value", "")
        yield from checks.each(names.qualified_name(key), f"{field}.key", key)
        yield from checks.each(names.label_value(value), f"{field}.value", value)
        yield from checks.one_of(one, field, "effect", "core.v1.Taint", needed=True)
        if (key, one.get("effect", "")) in seen:
            problem = duplicate(field, one)
            message = f"{problem.message}: taints must be unique by key and effect pair"
            yield Problem(problem.reason, field, message, one)
        seen.add((key, one.get("effect", "")))
    status = obj.get("status") or {}
    yield from resources.not_negative(status.get("capacity"), "status.capacity")
    yield from resources.not_negative(status.get("allocatable"), "status.allocatable")


def node_update(new: Object, old: Object) -> Iterator[Problem]:
    """La red de Pods y la identidad de un nodo se ponen una vez."""
    after, before = new.get("spec") or {}, old.get("spec") or {}
    for key in ("podCIDRs", "providerID"):
        if before.get(key) and after.get(key) != before[key]:
            detail = 'node updates may not change podCIDR except from "" to valid'
            other = 'node updates may not change providerID except from "" to valid'
            yield forbidden(f"spec.{key}", detail if key == "podCIDRs" else other)


def priority_class(obj: Object) -> Iterator[Problem]:
    """Una prioridad de usuario no pasa de las del sistema, ni se hace pasar por una de ellas."""
    name, value = (obj.get("metadata") or {}).get("name", ""), obj.get("value", 0)
    if name.startswith(SYSTEM):
        if why := _not_of_the_system(name, value, bool(obj.get("globalDefault"))):
            detail = f"priority class names with '{SYSTEM}' prefix are reserved for system use only. error: {why}"
            yield forbidden("metadata.name", detail)
    elif value > HIGHEST_USER_PRIORITY:
        yield forbidden("value", f"maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}")
    policy = obj.get("preemptionPolicy")
    if policy not in (None, *PREEMPTION):
        yield not_supported("preemptionPolicy", policy, PREEMPTION) if policy else required("preemptionPolicy")


def priority_class_update(new: Object, old: Object) -> Iterator[Problem]:
    """El valor de una prioridad no cambia: los Pods ya lo copiaron."""
    if new.get("value") != old.get("value"):
        yield forbidden("value", "may not be changed in an update.")
    yield from checks.immutable(new, old, "preemptionPolicy")


def _not_of_the_system(name: str, value: int, default: bool) -> str:
    if name not in SYSTEM_PRIORITIES:
        return f"{name} is not a known system priority class"
    if value != SYSTEM_PRIORITIES[name]:
        return f"value of {name} PriorityClass must be {SYSTEM_PRIORITIES[name]}"
    return f"globalDefault of {name} PriorityClass must be false" if default else ""


def lease(obj: Object) -> Iterator[Problem]:
    """Los plazos de un Lease."""
    spec = obj.get("spec") or {}
    seconds = spec.get("leaseDurationSeconds")
    if seconds is not None and seconds <= 0:
        yield invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    yield from checks.not_negative(spec, "spec", "leaseTransitions")


def disruption_budget(obj: Object) -> Iterator[Problem]:
    """Un presupuesto dice cuántos quedan o cuántos faltan, pero no las dos cosas."""
    spec = obj.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        # Así lo imprime el servidor: con los nombres de su estructura interna.
        internal = {"MinAvailable": spec["minAvailable"], "Selector": spec.get("selector"),
                    "MaxUnavailable": spec["maxUnavailable"],
                    "UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy")}  # fmt: skip
        shown = json.dumps(internal, separators=(",", ":"))
        message = f"Invalid value: {shown}: minAvailable and maxUnavailable cannot be both set"
        yield Problem("FieldValueInvalid", "spec", message, spec)
    for key in ("minAvailable", "maxUnavailable"):
        value = spec.get(key)
        if isinstance(value, str):
            yield from checks.each(names.percent(value), f"spec.{key}", value)
            if not names.percent(value) and int(value[:-1]) > 100:
                yield invalid(f"spec.{key}", value, "must not be greater than 100%")
        elif value is not None:
            yield from checks.each(names.not_negative(value), f"spec.{key}", value)
    yield from selectors.validate(spec.get("selector"), "spec.selector")
    yield from checks.one_of(spec, "spec", "unhealthyPodEvictionPolicy", "policy.v1.PodDisruptionBudgetSpec")


def role(obj: Object) -> Iterator[Problem]:
    """Cada regla dice verbos y recursos."""
    for index, rule in enumerate(obj.get("rules") or ()):
        field = f"rules[{index}]"
        if not rule.get("verbs"):
            yield required(f"{field}.verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
                detail = "rules cannot apply to both regular resources and non-resource URLs"
                yield invalid(f"{field}.nonResourceURLs", rule["nonResourceURLs"], detail)
            continue
        if not rule.get("apiGroups"):
            yield required(f"{field}.apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            yield required(f"{field}.resources", "resource rules must supply at least one resource")


def role_binding(obj: Object) -> Iterator[Problem]:
    """Una vinculación nombra un rol y a quién se da."""
    reference = obj.get("roleRef") or {}
    kinds = ("ClusterRole",) if obj.get("kind") == "ClusterRoleBinding" else ("Role", "ClusterRole")
    if reference.get("apiGroup") != RBAC:
        yield not_supported("roleRef.apiGroup", reference.get("apiGroup", ""), (RBAC,))
    if reference.get("kind") not in kinds:
        yield not_supported("roleRef.kind", reference.get("kind", ""), kinds)
    if not reference.get("name"):
        yield required("roleRef.name")
    for index, one in enumerate(obj.get("subjects") or ()):
        yield from _subject(one, f"subjects[{index}]")


def role_binding_update(new: Object, old: Object) -> Iterator[Problem]:
    """El rol de una vinculación no cambia: se borra y se hace otra."""
    if new.get("roleRef") != old.get("roleRef"):
        yield invalid("roleRef", new.get("roleRef"), "cannot change roleRef")


def _subject(one: Object, field: str) -> Iterator[Problem]:
    kind, group = one.get("kind", ""), one.get("apiGroup", "")
    if not one.get("name"):
        yield required(f"{field}.name")
    if kind == "ServiceAccount":
        if group:
            yield not_supported(f"{field}.apiGroup", group, ("",))
        if not one.get("namespace"):
            yield required(f"{field}.namespace")
    elif kind in ("User", "Group"):
        if group != RBAC:
            yield not_supported(f"{field}.apiGroup", group, (RBAC,))
    else:
        yield not_supported(f"{field}.kind", kind, ("ServiceAccount", "User", "Group"))
