"""Los Pods de un Job: cómo nace cada uno, cuál cuenta como fallido y cuál sobra primero. Sin efectos.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/job/
"""

from __future__ import annotations

from lab_tools.embedded.clock import parse
from lab_tools.embedded.controllers import job_indexes, job_policy
from lab_tools.embedded.controllers.availability import ENDED, is_ready
from lab_tools.embedded.controllers.ownership import reference
from lab_tools.objects import Object, clone, kinds

# Mientras lo lleve, el Pod no desaparece: el Job aún no lo ha contado.
FINALIZER = "batch.kubernetes.io/job-tracking"
_VARIABLE = "JOB_COMPLETION_INDEX"
_PHASE_ORDER = {"Pending": 0, "Unknown": 1, "Running": 2}


def is_tracked(pod: Object) -> bool:
    """Si el Job aún no lo ha contado."""
    return FINALIZER in (pod["metadata"].get("finalizers") or ())


def is_terminating(pod: Object) -> bool:
    """Si se está yendo y no ha acabado."""
    return bool(pod["metadata"].get("deletionTimestamp")) and pod["status"].get("phase") not in ENDED


def has_failed(job: Object, pod: Object) -> bool:
    """Si cuenta como fallido. Uno borrado también, salvo que solo se repongan los que acaban en Failed."""
    if pod["status"].get("phase") == "Failed":
        return True
    return job["spec"].get("podReplacementPolicy") != "Failed" and is_terminating(pod)


def build(job: Object, index: int | None, last_failed: Object | None) -> Object:
    """Un Pod nuevo, con su índice si lo hay. `last_failed` es el intento anterior del mismo índice."""
    template, meta = job["spec"]["template"], job["metadata"]
    inherited = {key: clone(template["metadata"][key]) for key in ("labels", "annotations", "finalizers")
                 if template["metadata"].get(key)}  # fmt: skip
    pod: Object = {
        "metadata": {**inherited, "generateName": f"{meta['name']}-", "namespace": meta["namespace"],
                     "finalizers": [*inherited.get("finalizers", []), FINALIZER],
                     "ownerReferences": [reference(job, kinds.JOB)]},
        "spec": clone(template["spec"]),
    }  # fmt: skip
    if index is not None:
        _number(job, pod, index, last_failed)
    return pod


def _number(job: Object, pod: Object, index: int, last_failed: Object | None) -> None:
    meta, spec, name = pod["metadata"], pod["spec"], f"{job['metadata']['name']}-{index}"
    meta["generateName"] = f"{name}-"
    meta["labels"] = {**meta.get("labels", {}), job_indexes.INDEX: str(index)}
    meta["annotations"] = {**meta.get("annotations", {}), job_indexes.INDEX: str(index),
                           **_attempts(job, last_failed)}  # fmt: skip
    spec.setdefault("hostname", name)
    source = {"apiVersion": "v1", "fieldPath": f"metadata.labels['{job_indexes.INDEX}']"}
    for container in (*(spec.get("initContainers") or ()), *spec["containers"]):
        if all(one["name"] != _VARIABLE for one in container.get("env") or ()):
            variable = {"name": _VARIABLE, "valueFrom": {"fieldRef": dict(source)}}
            container["env"] = [*(container.get("env") or ()), variable]


def _attempts(job: Object, last_failed: Object | None) -> dict[str, str]:
    if job["spec"].get("backoffLimitPerIndex") is None:
        return {}
    if last_failed is None:
        return {job_indexes.FAILURES: "0"}
    failures, ignored = job_indexes.failures(last_failed), job_indexes.ignored(last_failed)
    if job_policy.judge(job, last_failed).action == job_policy.IGNORE:
        ignored += 1
    else:
        failures += 1
    return {job_indexes.FAILURES: str(failures), **({job_indexes.IGNORED: str(ignored)} if ignored else {})}


def surplus(job: Object, active: list[Object], count: int) -> list[Object]:
    """Los que sobran: índices repetidos o fuera de rango, y además los menos avanzados hasta completar `count`."""
    ordered = sorted(active, key=lambda pod: (
        bool(pod["spec"].get("nodeName")), _PHASE_ORDER.get(pod["status"].get("phase", "Pending"), 1), is_ready(pod),
        -parse(pod["metadata"]["creationTimestamp"]), pod["metadata"]["name"]))  # fmt: skip
    gone: list[Object] = []
    if job_indexes.is_indexed(job):
        seen: set[int] = set()
        limit = int(job["spec"]["completions"])
        for pod in reversed(ordered):
            index = job_indexes.of(pod)
            if index is None or index >= limit or index in seen:
                gone.append(pod)
            else:
                seen.add(index)
    rest = [pod for pod in ordered if pod not in gone]
    return [*gone, *rest[: max(count - len(gone), 0)]]


def past_restarts(job: Object, pods: list[Object]) -> bool:
    """Con `OnFailure` los intentos son reinicios dentro del mismo Pod: si ya van demasiados."""
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    limit = int(job["spec"]["backoffLimit"])
    live = [pod["status"] for pod in pods if pod["status"].get("phase") in ("Running", "Pending")]
    restarts: int = sum(one.get("restartCount", 0) for found in live
                        for key in ("initContainerStatuses", "containerStatuses")
                        for one in found.get(key) or ())  # fmt: skip
    return restarts > 0 if limit == 0 else restarts >= limit
