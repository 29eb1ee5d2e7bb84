"""El juicio sobre Job y CronJob.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/batch/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, cron, pod
from lab_tools.objects.validation.problem import Problem, invalid, required

_COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
           "backoffLimitPerIndex", "maxFailedIndexes")  # fmt: skip
POLICIES = ("OnFailure", "Never")


def job(obj: Object) -> Iterator[Problem]:
    """Los problemas de un Job."""
    yield from _job_spec(obj.get("spec") or {}, "spec")


def job_update(new: Object, old: Object) -> Iterator[Problem]:
    """De un Job en marcha no cambian ni cuántas veces ni con qué Pods."""
    after, before = new.get("spec") or {}, old.get("spec") or {}
    elastic = before.get("completionMode") == "Indexed" and after.get("completions") == after.get("parallelism")
    if not elastic:
        yield from checks.immutable(new, old, "spec", "completions")
    for key in ("selector", "podFailurePolicy", "completionMode", "backoffLimitPerIndex", "managedBy", "successPolicy"):
        yield from checks.immutable(new, old, "spec", key)
    if not before.get("suspend"):
        yield from checks.immutable(new, old, "spec", "template")


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
    yield from _job_spec((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")
    yield from checks.not_negative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _job_spec(spec: Object, field: str) -> Iterator[Problem]:
    yield from checks.not_negative(spec, field, *_COUNTS)
    yield from checks.one_of(spec, field, "completionMode", "batch.v1.JobSpec")
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        yield required(f"{field}.completions", "when completion mode is Indexed")
    template = spec.get("template") or {}
    yield from pod.validate_template(template, f"{field}.template")
    if (template.get("spec") or {}).get("restartPolicy") not in POLICIES:
        listed = ", ".join(f'"{policy}"' for policy in POLICIES)
        yield required(f"{field}.template.spec.restartPolicy", f"valid values: {listed}")


def _time_zone(name: str | None) -> Iterator[Problem]:
    if name is None:
        return
    # Casi nadie pone zona horaria, y la lista de zonas tarda en cargarse.
    import zoneinfo

    if not name or name.lower() == "local":
        yield invalid("spec.timeZone", name, "timeZone must be nil or a valid time zone name")
    elif zoneinfo.available_timezones() and name not in zoneinfo.available_timezones():
        yield invalid("spec.timeZone", name, f"unknown time zone {name}")
