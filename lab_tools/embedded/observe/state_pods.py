"""Los Pods y sus contenedores, contados como los cuenta kube-state-metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lab_tools.embedded.clock import parse
from lab_tools.embedded.observe.family import Family, counter, gauge
from lab_tools.embedded.observe.state_nodes import STATUSES, resource_labels
from lab_tools.objects import Object
from lab_tools.objects.quantity import parse as quantity

PHASES = ("Failed", "Pending", "Running", "Succeeded", "Unknown")


def families(pods: Sequence[Object], dates: Callable[[float], float]) -> list[Family]:
    """De los Pods y de sus contenedores."""
    return [*_pods(pods, dates), *_containers(pods), *_amounts(pods)]


def _labels(pod: Object) -> dict[str, str]:
    meta = pod["metadata"]
    return {"namespace": meta["namespace"], "pod": meta["name"], "uid": meta["uid"]}


def _pods(pods: Sequence[Object], dates: Callable[[float], float]) -> list[Family]:
    info = gauge("kube_pod_info", "Where it runs and who made it; always 1.")
    created = gauge("kube_pod_created", "When it was created, in seconds since the Unix epoch.")
    started = gauge("kube_pod_start_time", "When its node took it in, in seconds since the Unix epoch.")
    owners = gauge("kube_pod_owner", "Who owns it; always 1.")
    phase = gauge("kube_pod_status_phase", "Phase it is in: 1 for the present one.")
    ready = gauge("kube_pod_status_ready", "Whether it is ready: 1 for the present answer.")
    placed = gauge("kube_pod_status_scheduled", "Whether it has a node: 1 for the present answer.")
    reason = gauge("kube_pod_status_reason", "Why it is as it is, if it says so; always 1.")
    for pod in pods:
        mine, spec, told = _labels(pod), pod["spec"], pod.get("status") or {}
        owner: Object = next((one for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")), {})
        info.add(1, **mine, node=spec.get("nodeName", ""), pod_ip=told.get("podIP", ""), host_ip=told.get("hostIP", ""),
                 created_by_kind=owner.get("kind", ""), created_by_name=owner.get("name", ""),
                 priority_class=spec.get("priorityClassName", ""),
                 host_network="true" if spec.get("hostNetwork") else "false")  # fmt: skip
        created.add(int(dates(parse(pod["metadata"]["creationTimestamp"]))), **mine)
        if told.get("startTime"):
            started.add(int(dates(parse(told["startTime"]))), **mine)
        for one in pod["metadata"].get("ownerReferences") or ():
            owners.add(1, **mine, owner_kind=one["kind"], owner_name=one["name"],
                       owner_is_controller="true" if one.get("controller") else "false")  # fmt: skip
        for name in PHASES:
            phase.add(float(told.get("phase", "Unknown") == name), **mine, phase=name)
        conditions = {one["type"]: one["status"].lower() for one in told.get("conditions") or ()}
        for family, type_ in ((ready, "Ready"), (placed, "PodScheduled")):
            for status in STATUSES if type_ in conditions else ():
                family.add(float(conditions[type_] == status), **mine, condition=status)
        if told.get("reason"):
            reason.add(1, **mine, reason=told["reason"])
    return [info, created, started, owners, phase, ready, placed, reason]


def _statuses(pods: Sequence[Object]) -> Iterator[tuple[dict[str, str], Object]]:
    for pod in pods:
        for one in (pod.get("status") or {}).get("containerStatuses") or ():
            yield {**_labels(pod), "container": one["name"]}, one


def _containers(pods: Sequence[Object]) -> list[Family]:
    start = "kube_pod_container_status_"
    restarts = counter(f"{start}restarts_total", "Times it has started again.")
    ready = gauge(f"{start}ready", "Whether it is ready.")
    states = {name: gauge(f"{start}{name}", f"Whether it is {name}.") for name in ("running", "waiting", "terminated")}
    waits = gauge(f"{start}waiting_reason", "Why it is waiting; always 1.")
    ends = gauge(f"{start}terminated_reason", "Why it ended; always 1.")
    last = gauge(f"{start}last_terminated_reason", "Why it ended the last time; always 1.")
    code = gauge(f"{start}last_terminated_exitcode", "Code with which it ended the last time.")
    info = gauge("kube_pod_container_info", "Its image; always 1.")
    for mine, one in _statuses(pods):
        state, before = one.get("state") or {}, (one.get("lastState") or {}).get("terminated") or {}
        restarts.add(one.get("restartCount", 0), **mine)
        ready.add(float(bool(one.get("ready"))), **mine)
        for name, family in states.items():
            family.add(float(name in state), **mine)
        for family, reason in ((waits, (state.get("waiting") or {}).get("reason")),
                               (ends, (state.get("terminated") or {}).get("reason")),
                               (last, before.get("reason"))):  # fmt: skip
            if reason:
                family.add(1, **mine, reason=reason)
        if before:
            code.add(before.get("exitCode", 0), **mine)
        info.add(1, **mine, image=one.get("image", ""), image_id=one.get("imageID", ""),
                 container_id=one.get("containerID", ""))  # fmt: skip
    return [restarts, ready, *states.values(), waits, ends, last, code, info]


def _amounts(pods: Sequence[Object]) -> list[Family]:
    asked = gauge("kube_pod_container_resource_requests", "What it asks its node to keep for it.")
    limits = gauge("kube_pod_container_resource_limits", "The most it may use.")
    for pod in pods:
        for one in pod["spec"]["containers"]:
            mine = {**_labels(pod), "container": one["name"], "node": pod["spec"].get("nodeName", "")}
            for family, field in ((asked, "requests"), (limits, "limits")):
                for resource, amount in ((one.get("resources") or {}).get(field) or {}).items():
                    family.add(float(quantity(amount)), **mine, **resource_labels(resource))
    return [asked, limits]
