"""El juicio sobre lo que un Job con índices y políticas promete: que sus números casen entre sí.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/batch/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names, selectors
from lab_tools.objects.validation.problem import (
    Problem,
    duplicate,
    invalid,
    not_supported,
    required,
    too_many,
)

MOST_AT_ONCE, MANY, MOST_AT_ONCE_OF_MANY = 100_000, 100_000, 10_000
MOST_RULES, MOST_CONDITIONS, MOST_CODES = 20, 20, 255
ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
REPLACEMENTS = ("Failed", "TerminatingOrFailed")
_STATUSES, _OPERATORS = ("False", "True", "Unknown"), ("In", "NotIn")
_WITH_MANY = f"when completions are above {MANY} and used with backoff limit per index"


def indexes(spec: Object, field: str) -> Iterator[Problem]:
    """Los números de un Job con índices; y los que solo valen con ellos."""
    limit, most = spec.get("backoffLimitPerIndex"), spec.get("maxFailedIndexes")
    if most is not None and limit is None:
        yield required(f"{field}.backoffLimitPerIndex", "when maxFailedIndexes is specified")
    if spec.get("managedBy") is not None:
        yield from _manager(spec["managedBy"], f"{field}.managedBy")
    yield from checks.one_of(spec, field, "completionMode", "batch.v1.JobSpec")
    if spec.get("completionMode") == "Indexed":
        yield from _indexed(spec, field)
    elif spec.get("completionMode") in (None, "NonIndexed"):
        for key in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(key) is not None:
                yield invalid(f"{field}.{key}", spec[key], "requires indexed completion mode")


def policies(spec: Object, field: str) -> Iterator[Problem]:
    """Qué hace el Job cuando un Pod falla, cuándo se da por bueno y cuándo repone."""
    failures, success = spec.get("podFailurePolicy"), spec.get("successPolicy")
    if failures is not None:
        yield from _failures(spec, failures.get("rules") or [], f"{field}.podFailurePolicy.rules")
    if success is not None and spec.get("completionMode") != "Indexed":
        yield invalid(f"{field}.successPolicy", success, "requires indexed completion mode")
    elif success is not None:
        yield from _success(spec, success.get("rules") or [], f"{field}.successPolicy.rules")
    replacement = spec.get("podReplacementPolicy")
    allowed = REPLACEMENTS if failures is None else REPLACEMENTS[:1]
    if replacement is not None and replacement not in allowed:
        yield not_supported(f"{field}.podReplacementPolicy", replacement, allowed)


def own_pods(obj: Object) -> Iterator[Problem]:
    """El selector elige los Pods de su plantilla, y el nombre cabe en los de todos sus índices."""
    spec, meta = obj.get("spec") or {}, obj.get("metadata") or {}
    selector, name = spec.get("selector"), meta.get("name", "")
    if selector is not None and not spec.get("manualSelector") and meta.get("uid"):
        own = {f"{prefix}{key}": value for prefix in ("", "batch.kubernetes.io/")
               for key, value in (("controller-uid", meta["uid"]), ("job-name", name))}  # fmt: skip
        if not selectors.matches(selector, own):
            yield invalid("spec.selector", selector, "`selector` not auto-generated")
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    yield from selectors.validate(selector, "spec.selector")
    if selector is not None and not selectors.matches(selector, labels or {}):
        yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    last = (spec.get("completions") or 0) - 1
    if spec.get("completionMode") == "Indexed" and last >= 0 and names.dns_label(f"{name}-{last}"):
        yield invalid("metadata.name", name, f"will not able to create pod with invalid DNS label: {name}-{last}")


def _manager(name: str, field: str) -> Iterator[Problem]:
    if "/" not in name or not all(name.partition("/")[::2]):
        yield invalid(field, name, 'must be a domain-prefixed path (such as "acme.io/foo")')


def _indexed(spec: Object, field: str) -> Iterator[Problem]:
    completions, parallelism = spec.get("completions"), spec.get("parallelism")
    most = spec.get("maxFailedIndexes")
    if completions is None:
        yield required(f"{field}.completions", "when completion mode is Indexed")
    if parallelism is not None and parallelism > MOST_AT_ONCE:
        detail = f"must be less than or equal to {MOST_AT_ONCE} when completion mode is Indexed"
        yield invalid(f"{field}.parallelism", parallelism, detail)
    if completions is not None and most is not None and most > completions:
        yield invalid(f"{field}.maxFailedIndexes", most, "must be less than or equal to completions")
    if most is not None and most > MOST_AT_ONCE:
        yield invalid(f"{field}.maxFailedIndexes", most, f"must be less than or equal to {MOST_AT_ONCE}")
    if completions is not None and completions > MANY and spec.get("backoffLimitPerIndex") is not None:
        yield from _many(parallelism, most, field)


def _many(parallelism: int | None, most: int | None, field: str) -> Iterator[Problem]:
    if most is None:
        yield required(f"{field}.maxFailedIndexes", f"must be specified when completions is above {MANY}")
    for key, value in (("parallelism", parallelism), ("maxFailedIndexes", most)):
        if value is not None and value > MOST_AT_ONCE_OF_MANY:
            detail = f"must be less than or equal to {MOST_AT_ONCE_OF_MANY} {_WITH_MANY}"
            yield invalid(f"{field}.{key}", value, detail)


def _failures(spec: Object, rules: list[Object], field: str) -> Iterator[Problem]:
    if len(rules) > MOST_RULES:
        yield too_many(field, len(rules), MOST_RULES)
    inner = (spec.get("template") or {}).get("spec") or {}
    known = {one.get("name") for key in ("containers", "initContainers") for one in inner.get(key) or ()}
    for index, rule in enumerate(rules):
        yield from _failure(rule, spec.get("backoffLimitPerIndex"), known, f"{field}[{index}]")


def _failure(rule: Object, per_index: int | None, known: set[str | None], field: str) -> Iterator[Problem]:
    action, codes, conditions = rule.get("action", ""), rule.get("onExitCodes"), rule.get("onPodConditions") or []
    if action == "FailIndex" and per_index is None:
        yield invalid(f"{field}.action", action, "requires the backoffLimitPerIndex to be set")
    yield from _one_of(action, ACTIONS, f"{field}.action")
    if codes is not None:
        yield from _exit_codes(codes, known, f"{field}.onExitCodes")
    if len(conditions) > MOST_CONDITIONS:
        yield too_many(f"{field}.onPodConditions", len(conditions), MOST_CONDITIONS)
    for index, one in enumerate(conditions):
        where = f"{field}.onPodConditions[{index}]"
        yield from checks.each(names.qualified_name(one.get("type", "")), f"{where}.type", one.get("type", ""))
        yield from _one_of(one.get("status", ""), _STATUSES, f"{where}.status")
    if codes is not None and conditions:
        yield _whole(field, "specifying both OnExitCodes and OnPodConditions is not supported")
    if codes is None and not conditions:
        yield _whole(field, "specifying one of OnExitCodes and OnPodConditions is required")


def _exit_codes(codes: Object, known: set[str | None], field: str) -> Iterator[Problem]:
    operator, name, values = codes.get("operator", ""), codes.get("containerName"), codes.get("values") or []
    yield from _one_of(operator, _OPERATORS, f"{field}.operator")
    if name is not None and name not in known:
        detail = "must be one of the container or initContainer names in the pod template"
        yield invalid(f"{field}.containerName", name, detail)
    if not values:
        yield invalid(f"{field}.values", values, "at least one value is required")
    elif len(values) > MOST_CODES:
        yield too_many(f"{field}.values", len(values), MOST_CODES)
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            yield invalid(f"{field}.values[{index}]", value, "must not be 0 for the In operator")
        if value in values[:index]:
            yield duplicate(f"{field}.values[{index}]", value)
    if values != sorted(values):
        yield invalid(f"{field}.values", values, "must be ordered")


def _success(spec: Object, rules: list[Object], field: str) -> Iterator[Problem]:
    if not rules:
        yield required(field, "at least one rules must be specified when the successPolicy is specified")
    if len(rules) > MOST_RULES:
        yield too_many(field, len(rules), MOST_RULES)
    for index, rule in enumerate(rules):
        yield from _enough(rule, spec.get("completions") or 0, f"{field}[{index}]")


def _enough(rule: Object, completions: int, field: str) -> Iterator[Problem]:
    listed, count = rule.get("succeededIndexes"), rule.get("succeededCount")
    if listed is None and count is None:
        yield required(field, "at least one of succeededCount or succeededIndexes must be specified")
    total = 0
    if listed is not None:
        try:
            total = counted(listed, completions)
        except ValueError as error:
            yield invalid(f"{field}.succeededIndexes", listed, f"error parsing succeededIndexes: {error}")
    if count is None:
        return
    yield from checks.not_negative(rule, field, "succeededCount")
    if count > completions:
        detail = f"must be less than or equal to {completions} (the number of specified completions)"
        yield invalid(f"{field}.succeededCount", count, detail)
    if listed is not None and count > total:
        detail = (
            f"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
        )
        yield invalid(f"{field}.succeededCount", count, detail)


def counted(text: str, completions: int) -> int:
    """Cuántos índices dice una lista como «0,2-4». Lanza `ValueError`, con las palabras del servidor, si no la es."""
    total, last = 0, -1
    for part in text.split(",") if text else ():
        ends = part.split("-")
        if len(ends) > 2:
            raise ValueError(
                f'the fragment "{part}" violates the requirement that an index interval can have at most two parts '
                "separated by '-'"
            )
        first, end = _index(ends[0], completions), _index(ends[-1], completions)
        if last >= first or (len(ends) == 2 and first >= end):
            previous, current = (last, first) if last >= first else (first, end)
            raise ValueError(f"non-increasing order, previous: {previous}, current: {current}")
        total, last = total + end - first + 1, end
    return total


def _index(text: str, completions: int) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f'cannot convert string to integer for index: "{text}"')
    if int(text) >= completions:
        raise ValueError(f'too large index: "{text}"')
    return int(text)


def _one_of(value: str, allowed: Sequence[str], field: str) -> Iterator[Problem]:
    if not value:
        listed = " ".join(f'"{one}"' for one in allowed)
        yield required(field, f"valid values: [{listed}]")
    elif value not in allowed:
        yield not_supported(field, value, allowed)


def _whole(field: str, detail: str) -> Problem:
    """Un problema de la regla entera, que no se cita."""
    return Problem("FieldValueInvalid", field, f"Invalid value: {detail}")
