"""El juicio sobre Job y CronJob.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/batch/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, cron, job_changes, jobs, pod
from lab_tools.objects.validation.problem import Problem, invalid, not_supported, required

_COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
           "backoffLimitPerIndex", "maxFailedIndexes")  # fmt: skip
POLICIES = ("OnFailure", "Never")


def job(obj: Object) -> Iterator[Problem]:
    """Los problemas de un Job."""
    yield from _job_spec(obj.get("spec") or {}, "spec")
    yield from jobs.own_pods(obj)


def job_update(new: Object, old: Object) -> Iterator[Problem]:
    """De un Job en marcha no cambian ni cuántas veces ni con qué Pods."""
    after, before = new.get("spec") or {}, old.get("spec") or {}
    elastic = before.get("completionMode") == "Indexed" and after.get("completions") == after.get("parallelism")
    if not elastic:
        yield from checks.immutable(new, old, "spec", "completions")
    for key in ("selector", "podFailurePolicy", "completionMode", "backoffLimitPerIndex", "managedBy", "successPolicy"):
        yield from checks.immutable(new, old, "spec", key)
    yield from job_changes.template_update(new, old)


def cron_job(obj: Object) -> Iterator[Problem]:
    """Los problemas de un CronJob."""
    spec = obj.get("spec") or {}
    schedule = spec.get("schedule", "")
    if not schedule:
        yield required("spec.schedule")
    else:
        yield from checks.each(cron.problems(schedule), "spec.schedule", schedule)
    yield from checks.not_negative(spec, "spec", "startingDeadlineSeconds")
    yield from _time_zone(spec.get("timeZone"))
    yield from checks.one_of(spec, "spec", "concurrencyPolicy", "batch.v1.CronJobSpec", needed=True)
    inner = (spec.get("jobTemplate") or {}).get("spec") or {}
    yield from _job_spec(inner, "spec.jobTemplate.spec")
    yield from _left_to_the_job(inner, "spec.jobTemplate.spec")
    yield from checks.not_negative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _job_spec(spec: Object, field: str) -> Iterator[Problem]:
    yield from checks.not_negative(spec, field, *_COUNTS)
    yield from jobs.indexes(spec, field)
    yield from jobs.policies(spec, field)
    template = spec.get("template") or {}
    yield from pod.validate_template(template, f"{field}.template")
    policy, where = (template.get("spec") or {}).get("restartPolicy"), f"{field}.template.spec.restartPolicy"
    if policy not in POLICIES:
        listed = ", ".join(f'"{policy}"' for policy in POLICIES)
        yield required(where, f"valid values: {listed}")
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        yield invalid(where, policy, 'only "Never" is supported when podFailurePolicy is specified')


def _left_to_the_job(spec: Object, field: str) -> Iterator[Problem]:
    """El selector de cada Job de un CronJob lo pone el servidor."""
    if spec.get("selector") is not None:
        yield invalid(f"{field}.selector", spec["selector"], "`selector` will be auto-generated")
    if spec.get("manualSelector"):
        yield not_supported(f"{field}.manualSelector", True, ("nil", "false"))


def _time_zone(name: str | None) -> Iterator[Problem]:
    if name is None:
        return
    # Casi nadie pone zona horaria, y la lista de zonas tarda en cargarse.
    import zoneinfo

    if not name or name.lower() == "local":
        yield invalid("spec.timeZone", name, "timeZone must be nil or a valid time zone name")
    elif zoneinfo.available_timezones() and name not in zoneinfo.available_timezones():
        yield invalid("spec.timeZone", name, f"unknown time zone {name}")
