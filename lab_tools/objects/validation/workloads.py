"""El juicio sobre quienes hacen Pods: Deployment, ReplicaSet, StatefulSet, DaemonSet y el antiguo controlador.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/apps/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names, pod, selectors
from lab_tools.objects.validation.problem import Problem, forbidden, invalid, not_supported, required

CLAIM_POLICIES = ("Retain", "Delete")
_STATEFUL_MUTABLE = ("replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
                     "persistentVolumeClaimRetentionPolicy", "minReadySeconds")  # fmt: skip
_STATEFUL_REFUSAL = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def deployment(obj: Object) -> Iterator[Problem]:
    """Los problemas de un Deployment."""
    spec = obj.get("spec") or {}
    yield from checks.not_negative(spec, "spec", "replicas")
    yield from _selector(spec, "deployment")
    yield from _template(spec)
    yield from _deployment_strategy(spec.get("strategy") or {})
    yield from checks.not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
    if deadline is not None and deadline <= ready:
        yield invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def replica_set(obj: Object) -> Iterator[Problem]:
    """Los problemas de un ReplicaSet."""
    spec = obj.get("spec") or {}
    yield from checks.not_negative(spec, "spec", "replicas", "minReadySeconds")
    yield from _selector(spec, "deployment")
    yield from _template(spec)


def stateful_set(obj: Object) -> Iterator[Problem]:
    """Los problemas de un StatefulSet."""
    spec = obj.get("spec") or {}
    yield from checks.one_of(spec, "spec", "podManagementPolicy", "apps.v1.StatefulSetSpec", needed=True)
    strategy = spec.get("updateStrategy") or {}
    kind = strategy.get("type", "")
    if kind == "OnDelete" and strategy.get("rollingUpdate") is not None:
        detail = "only allowed for updateStrategy 'RollingUpdate'"
        yield invalid("spec.updateStrategy.rollingUpdate", strategy["rollingUpdate"], detail)
    elif kind == "RollingUpdate":
        rolling = strategy.get("rollingUpdate") or {}
        yield from checks.not_negative(rolling, "spec.updateStrategy.rollingUpdate", "partition")
    elif kind != "OnDelete":
        yield invalid("spec.updateStrategy", strategy, "must be 'RollingUpdate' or 'OnDelete'")
    for key, policy in (spec.get("persistentVolumeClaimRetentionPolicy") or {}).items():
        if policy not in CLAIM_POLICIES:
            yield not_supported(f"spec.persistentVolumeClaimRetentionPolicy.{key}", policy, CLAIM_POLICIES)
    yield from checks.not_negative(spec, "spec", "replicas", "minReadySeconds")
    yield from checks.not_negative(spec.get("ordinals") or {}, "spec.ordinals", "start")
    if spec.get("serviceName"):
        yield from checks.each(names.dns_label(spec["serviceName"]), "spec.serviceName", spec["serviceName"])
    yield from _selector(spec, "statefulset")
    claims = spec.get("volumeClaimTemplates") or ()
    yield from _template(spec, [(one.get("metadata") or {}).get("name", "") for one in claims])
    yield from checks.not_negative(spec, "spec", "revisionHistoryLimit")


def daemon_set(obj: Object) -> Iterator[Problem]:
    """Los problemas de un DaemonSet."""
    spec = obj.get("spec") or {}
    yield from selectors.validate(spec.get("selector"), "spec.selector")
    labels = _template_labels(spec)
    if not selectors.matches(spec.get("selector"), labels or {}):
        yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    if spec.get("selector") is not None and selectors.is_empty(spec["selector"]):
        yield invalid("spec.selector", spec["selector"], "empty selector is invalid for daemonset")
    yield from pod.validate_template(spec.get("template") or {}, "spec.template")
    yield from _always(spec)
    yield from checks.not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit")
    yield from _daemon_strategy(spec.get("updateStrategy") or {})


def replication_controller(obj: Object) -> Iterator[Problem]:
    """Los problemas del antiguo ReplicationController."""
    spec = obj.get("spec") or {}
    yield from checks.not_negative(spec, "spec", "minReadySeconds", "replicas")
    if not spec.get("selector"):
        yield required("spec.selector")
    if spec.get("template") is None:
        yield required("spec.template")
        return
    labels = _template_labels(spec)
    if spec.get("selector") and not (spec["selector"].items() <= (labels or {}).items()):
        yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    yield from pod.validate_template(spec["template"], "spec.template")
    yield from _always(spec)


def pod_template(obj: Object) -> Iterator[Problem]:
    """Los problemas de un PodTemplate."""
    yield from pod.validate_template(obj.get("template") or {}, "template")


def controller_revision(obj: Object) -> Iterator[Problem]:
    """Los problemas de una revisión guardada."""
    if obj.get("data") is None:
        yield required("data", "data is mandatory")
    yield from (invalid(key, obj[key], names.not_negative(-1)[0]) for key in ("revision",) if obj.get(key, 0) < 0)


def controller_revision_update(new: Object, old: Object) -> Iterator[Problem]:
    """Lo guardado en una revisión no se reescribe."""
    yield from checks.immutable(new, old, "data")


def selector_update(new: Object, old: Object) -> Iterator[Problem]:
    """El selector no cambia: quien lo cambiara abandonaría sus Pods."""
    yield from checks.immutable(new, old, "spec", "selector")


def stateful_set_update(new: Object, old: Object) -> Iterator[Problem]:
    """De un StatefulSet cambian unos pocos campos."""
    after, before = new.get("spec") or {}, old.get("spec") or {}
    fixed = (set(after) | set(before)) - set(_STATEFUL_MUTABLE)
    if any(after.get(key) != before.get(key) for key in fixed):
        yield forbidden("spec", _STATEFUL_REFUSAL)


def _selector(spec: Object, owner: str) -> Iterator[Problem]:
    selector = spec.get("selector")
    if selector is None:
        yield required("spec.selector")
        return
    yield from selectors.validate(selector, "spec.selector")
    if selectors.is_empty(selector):
        yield invalid("spec.selector", selector, f"empty selector is invalid for {owner}")


def _template(spec: Object, promised: Iterable[str] = ()) -> Iterator[Problem]:
    selector, labels = spec.get("selector"), _template_labels(spec)
    empty = selector is not None and selectors.is_empty(selector)
    if not empty and not selectors.matches(selector, labels or {}):
        yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    yield from pod.validate_template(spec.get("template") or {}, "spec.template", promised)
    yield from _always(spec)


def _template_labels(spec: Object) -> dict[str, str] | None:
    found = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    return found if isinstance(found, dict) else None


def _always(spec: Object) -> Iterator[Problem]:
    """Quien mantiene Pods vivos los reinicia siempre y no les pone plazo."""
    inner = (spec.get("template") or {}).get("spec") or {}
    policy = inner.get("restartPolicy")
    if policy not in ("Always", None, ""):
        yield not_supported("spec.template.spec.restartPolicy", policy, ("Always",))
    if inner.get("activeDeadlineSeconds") is not None:
        yield forbidden("spec.template.spec.activeDeadlineSeconds",
                        "activeDeadlineSeconds in ReplicaSet is not Supported")  # fmt: skip


def _deployment_strategy(strategy: Object) -> Iterator[Problem]:
    rolling = strategy.get("rollingUpdate")
    if strategy.get("type") == "Recreate":
        if rolling is not None:
            detail = "may not be specified when strategy `type` is 'Recreate'"
            yield forbidden("spec.strategy.rollingUpdate", detail)
    elif strategy.get("type") == "RollingUpdate":
        yield from _rolling(rolling or {}, "spec.strategy.rollingUpdate", "may not be 0 when `maxSurge` is 0")
    else:
        yield from checks.one_of(strategy, "spec.strategy", "type", "apps.v1.DeploymentStrategy", needed=True)


def _daemon_strategy(strategy: Object) -> Iterator[Problem]:
    if strategy.get("type") == "RollingUpdate":
        field = "spec.updateStrategy.rollingUpdate"
        rolling = strategy.get("rollingUpdate") or {}
        yield from _amounts(rolling, field)
        unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
        if _is_zero(unavailable) == _is_zero(surge):
            both = "may not be set when maxUnavailable is non-zero"
            yield (
                invalid(f"{field}.maxSurge", surge, both)
                if surge
                else required(f"{field}.maxUnavailable", "cannot be 0 when maxSurge is 0")
            )
    elif strategy.get("type") != "OnDelete":
        yield from checks.one_of(strategy, "spec.updateStrategy", "type", "apps.v1.DaemonSetUpdateStrategy",
                                 needed=True)  # fmt: skip


def _rolling(rolling: Object, field: str, both_zero: str) -> Iterator[Problem]:
    yield from _amounts(rolling, field)
    unavailable = rolling.get("maxUnavailable")
    if _is_zero(unavailable) and _is_zero(rolling.get("maxSurge")):
        yield invalid(f"{field}.maxUnavailable", unavailable, both_zero)


def _amounts(rolling: Object, field: str) -> Iterator[Problem]:
    for key in ("maxUnavailable", "maxSurge"):
        value = rolling.get(key)
        if isinstance(value, str):
            yield from checks.each(names.percent(value), f"{field}.{key}", value)
        elif value is not None:
            yield from checks.each(names.not_negative(value), f"{field}.{key}", value)
        if key == "maxUnavailable" and isinstance(value, str) and not names.percent(value) and int(value[:-1]) > 100:
            yield invalid(f"{field}.{key}", value, "must not be greater than 100%")


def _is_zero(value: int | str | None) -> bool:
    return value in (0, None) or (isinstance(value, str) and value.rstrip("%").strip("0") == "")
