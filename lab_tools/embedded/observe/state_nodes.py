"""Los nodos, contados como los cuenta kube-state-metrics."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lab_tools.embedded.clock import parse
from lab_tools.embedded.observe.family import Family, gauge
from lab_tools.objects import Object
from lab_tools.objects.quantity import parse as quantity

STATUSES = ("true", "false", "unknown")
_UNITS = {"cpu": "core", "memory": "byte", "ephemeral-storage": "byte"}
_ODD = re.compile(r"[^a-zA-Z0-9_]")


def families(nodes: Sequence[Object], dates: Callable[[float], float]) -> list[Family]:
    """Qué son, qué les pasa y cuánto tienen."""
    info = gauge("kube_node_info", "What runs on it; always 1.")
    created = gauge("kube_node_created", "When it was created, in seconds since the Unix epoch.")
    cordoned = gauge("kube_node_spec_unschedulable", "Whether it takes no new Pods.")
    taints = gauge("kube_node_spec_taint", "Its taints; always 1.")
    conditions = gauge("kube_node_status_condition", "Conditions of its status: 1 for the status each has.")
    for node in nodes:
        meta, spec, told = node["metadata"], node.get("spec") or {}, node.get("status") or {}
        name = meta["name"]
        system = told.get("nodeInfo") or {}
        info.add(1, node=name, kernel_version=system.get("kernelVersion", ""), os_image=system.get("osImage", ""),
                 container_runtime_version=system.get("containerRuntimeVersion", ""),
                 kubelet_version=system.get("kubeletVersion", ""), provider_id=spec.get("providerID", ""),
                 internal_ip=_address(told), pod_cidr=spec.get("podCIDR", ""),
                 system_uuid=system.get("systemUUID", ""))  # fmt: skip
        created.add(int(dates(parse(meta["creationTimestamp"]))), node=name)
        cordoned.add(float(bool(spec.get("unschedulable"))), node=name)
        for one in spec.get("taints") or ():
            taints.add(1, node=name, key=one["key"], value=one.get("value", ""), effect=one["effect"])
        for one in told.get("conditions") or ():
            for status in STATUSES:
                conditions.add(float(one["status"].lower() == status), node=name, condition=one["type"], status=status)
    return [info, created, cordoned, taints, conditions, _amounts(nodes, "allocatable", "What Pods may ask of it."),
            _amounts(nodes, "capacity", "What it has.")]  # fmt: skip


def _address(told: Object) -> str:
    return next((one["address"] for one in told.get("addresses") or () if one["type"] == "InternalIP"), "")


def _amounts(nodes: Sequence[Object], field: str, help_: str) -> Family:
    found = gauge(f"kube_node_status_{field}", help_)
    for node in nodes:
        for resource, amount in ((node.get("status") or {}).get(field) or {}).items():
            found.add(float(quantity(amount)), node=node["metadata"]["name"], **resource_labels(resource))
    return found


def resource_labels(resource: str) -> dict[str, str]:
    """Cómo se nombran un recurso y su unidad."""
    return {"resource": _ODD.sub("_", resource), "unit": _UNITS.get(resource, "integer")}
