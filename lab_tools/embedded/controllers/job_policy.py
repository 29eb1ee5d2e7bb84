"""Las políticas de un Job: qué significa que un Pod falle así, y con qué éxitos basta. Sin efectos.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy y #success-policy
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from lab_tools.embedded.controllers import job_indexes
from lab_tools.objects import Object

COUNT, IGNORE, FAIL_JOB, FAIL_INDEX = "Count", "Ignore", "FailJob", "FailIndex"


class Verdict(NamedTuple):
    """Qué hacer con un Pod fallido, y por qué."""

    action: str = COUNT
    why: str = ""


def judge(job: Object, pod: Object) -> Verdict:
    """La primera regla que encaja; sin ninguna, el fallo cuenta."""
    if pod["status"].get("phase") != "Failed":
        return Verdict()
    for number, rule in enumerate((job["spec"].get("podFailurePolicy") or {}).get("rules") or ()):
        why = _by_exit_code(rule, pod) or _by_condition(rule, pod)
        if why:
            return Verdict(rule["action"], f"{why} matching {rule['action']} rule at index {number}")
    return Verdict()


def _by_exit_code(rule: Object, pod: Object) -> str:
    wanted = rule.get("onExitCodes")
    status, meta = pod["status"], pod["metadata"]
    for one in (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())):
        code = ((one.get("state") or {}).get("terminated") or {}).get("exitCode", 0)
        if not wanted or not code or wanted.get("containerName") not in (None, one["name"]):
            continue
        if (code in wanted["values"]) is (wanted["operator"] == "In"):
            return f"Container {one['name']} for pod {meta['namespace']}/{meta['name']} failed with exit code {code}"
    return ""


def _by_condition(rule: Object, pod: Object) -> str:
    meta = pod["metadata"]
    for wanted in rule.get("onPodConditions") or ():
        for one in pod["status"].get("conditions") or ():
            if (one["type"], one["status"]) == (wanted["type"], wanted.get("status", "True")):
                return f"Pod {meta['namespace']}/{meta['name']} has condition {one['type']}"
    return ""


def succeeded(job: Object, completed: Collection[int]) -> str:
    """Por qué regla de `successPolicy` basta con lo hecho; «» si aún no basta."""
    for number, rule in enumerate((job["spec"].get("successPolicy") or {}).get("rules") or ()):
        wanted = rule.get("succeededIndexes")
        relevant = set(completed) if wanted is None else set(completed) & job_indexes.parse(wanted)
        count = rule.get("succeededCount")
        enough = len(job_indexes.parse(wanted)) if count is None and wanted is not None else count
        if enough is not None and len(relevant) >= enough:
            return f"Matched rules at index {number}"
    return ""
