"""Promesas de las tablas: las columnas del servidor real y, en cada celda, lo que él pondría."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab_tools.objects import columns, kinds
from lab_tools.objects.kinds import Kind

RECORDED = json.loads((Path(__file__).parent / "data" / "table-columns.json").read_text())
NOW = 1767225600.0  # 2026-01-01T00:00:00Z
CREATED = "2025-12-31T23:59:00Z"
STARTED = {"running": {"startedAt": CREATED}}


def row(kind: Kind, obj: dict[str, Any], **metadata: Any) -> list[Any]:
    obj = {"metadata": {"name": "x", "creationTimestamp": CREATED, **metadata}, **obj}
    table = columns.table(kind, [obj], NOW)
    cells: list[Any] = table["rows"][0]["cells"]
    assert len(cells) == len(table["columnDefinitions"])
    return cells


def container(name: str = "c", **more: Any) -> dict[str, Any]:
    return {"name": name, "restartCount": 0, "ready": False, "state": {}, **more}


def pod(*statuses: dict[str, Any], phase: str = "Running", **more: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": s["name"]} for s in statuses] or [{"name": "c"}], **more.pop("spec", {})}
    return {"spec": spec, "status": {"phase": phase, "containerStatuses": list(statuses), **more}}


def waiting(reason: str) -> dict[str, Any]:
    return {"waiting": {"reason": reason}}


def ended(code: int, reason: str = "", **more: Any) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "reason": reason, "finishedAt": "2025-12-31T23:55:00Z", **more}}


@pytest.mark.parametrize("kind", [kind for kind in kinds.ALL if "list" in kind.verbs], ids=str)
def test_every_kind_has_the_columns_of_a_real_server(kind: Kind) -> None:
    defined = columns.table(kind, [], NOW)["columnDefinitions"]
    assert [[c["name"], c["type"], c["format"], c["priority"]] for c in defined] == RECORDED[kind.resource]


@pytest.mark.parametrize("kind", [kind for kind in kinds.ALL if "list" in kind.verbs], ids=str)
def test_every_kind_can_show_an_object_that_has_nothing_yet(kind: Kind) -> None:
    assert len(row(kind, {})) == len(RECORDED[kind.resource])


RUNNING = container(ready=True, state=STARTED)
PODS = [
    ("running", pod(RUNNING), ["1/1", "Running", "0"]),
    ("not ready", pod(container(state=STARTED)), ["0/1", "Running", "0"]),
    ("unscheduled", pod(phase="Pending"), ["0/1", "Pending", "0"]),
    ("creating", pod(container(state=waiting("ContainerCreating")), phase="Pending"),
     ["0/1", "ContainerCreating", "0"]),
    ("bad image", pod(container(state=waiting("ErrImagePull")), phase="Pending"), ["0/1", "ErrImagePull", "0"]),
    ("back-off", pod(container(restartCount=2, state=waiting("CrashLoopBackOff"), lastState=ended(1, "Error"))),
     ["0/1", "CrashLoopBackOff", "2 (5m ago)"]),
    ("restarted", pod(container(restartCount=1, ready=True, state=STARTED, lastState=ended(137, "OOMKilled"))),
     ["1/1", "Running", "1 (5m ago)"]),
    ("oom", pod(container(state=ended(137, "OOMKilled")), phase="Failed"), ["0/1", "OOMKilled", "0"]),
    ("exit code", pod(container(state=ended(3))), ["0/1", "ExitCode:3", "0"]),
    ("signal", pod(container(state=ended(137, signal=9))), ["0/1", "Signal:9", "0"]),
    ("completed", pod(container(state=ended(0, "Completed")), phase="Succeeded"), ["0/1", "Completed", "0"]),
    ("half done", pod(container("a", state=ended(0, "Completed")), container("b", ready=True, state=STARTED)),
     ["1/2", "NotReady", "0"]),
    ("half done and ready", pod(container("a", state=ended(0, "Completed")), container("b", ready=True, state=STARTED),
     conditions=[{"type": "Ready", "status": "True"}]), ["1/2", "Running", "0"]),
    ("first wins", pod(container("a", state=waiting("ErrImagePull")), container("b", state=ended(1, "Error"))),
     ["0/2", "ErrImagePull", "0"]),
    ("evicted", pod(phase="Failed", reason="Evicted"), ["0/1", "Evicted", "0"]),
    ("gated", pod(phase="Pending", conditions=[{"type": "PodScheduled", "reason": "SchedulingGated"}]),
     ["0/1", "SchedulingGated", "0"]),
]  # fmt: skip


@pytest.mark.parametrize(("obj", "shown"), [case[1:] for case in PODS], ids=[case[0] for case in PODS])
def test_a_pod_says_how_it_is(obj: dict[str, Any], shown: list[str]) -> None:
    assert row(kinds.POD, obj)[1:4] == shown


INITS = [
    ("waiting its turn", [container("i")], {}, ["0/1", "Init:0/2", "0"]),
    ("the second", [container("i", state=ended(0)), container("j", state=STARTED)], {}, ["0/1", "Init:1/2", "0"]),
    ("failed", [container("i", restartCount=1, state=ended(1, "Error"), lastState=ended(1, "Error"))], {},
     ["0/1", "Init:Error", "1 (5m ago)"]),
    ("crashing", [container("i", state=waiting("CrashLoopBackOff"))], {}, ["0/1", "Init:CrashLoopBackOff", "0"]),
    ("pulling", [container("i", state=waiting("PodInitializing"))], {}, ["0/1", "Init:0/2", "0"]),
    ("signal", [container("i", state=ended(137, signal=9))], {}, ["0/1", "Init:Signal:9", "0"]),
    ("code", [container("i", state=ended(4))], {}, ["0/1", "Init:ExitCode:4", "0"]),
]  # fmt: skip


@pytest.mark.parametrize(("inits", "more", "shown"), [case[1:] for case in INITS], ids=[case[0] for case in INITS])
def test_a_pod_that_is_starting_says_where_it_is(inits: list[Any], more: dict[str, Any], shown: list[str]) -> None:
    spec = {"initContainers": [{"name": "i"}, {"name": "j"}]}
    main = container(state=waiting("PodInitializing"))
    obj = pod(main, phase="Pending", initContainerStatuses=inits, spec=spec, **more)
    assert row(kinds.POD, obj)[1:4] == shown


def test_a_sidecar_counts_among_the_containers() -> None:
    spec = {"initContainers": [{"name": "s", "restartPolicy": "Always"}]}
    sidecar = container("s", ready=True, started=True, restartCount=1, state=STARTED, lastState=ended(1, "Error"))
    obj = pod(RUNNING, spec=spec, initContainerStatuses=[sidecar])
    assert row(kinds.POD, obj)[1:4] == ["2/2", "Running", "1 (5m ago)"]


def test_a_pod_being_deleted_is_terminating_unless_it_had_finished() -> None:
    assert row(kinds.POD, pod(RUNNING), deletionTimestamp=CREATED)[2] == "Terminating"
    assert row(kinds.POD, pod(RUNNING, reason="NodeLost"), deletionTimestamp=CREATED)[2] == "Unknown"
    done = pod(container(state=ended(0, "Completed")), phase="Succeeded")
    assert row(kinds.POD, done, deletionTimestamp=CREATED)[2] == "Completed"


def test_a_pod_says_where_it_lives() -> None:
    spec = {"nodeName": "n1", "readinessGates": [{"conditionType": "a"}, {"conditionType": "b"}]}
    obj = pod(RUNNING, spec=spec, podIPs=[{"ip": "10.0.0.1"}], conditions=[{"type": "b", "status": "True"}])
    assert row(kinds.POD, obj)[4:] == ["60s", "10.0.0.1", "n1", "<none>", "1/2"]
    assert row(kinds.POD, pod())[5:] == ["<none>"] * 4


def test_a_finished_pod_s_row_carries_its_condition() -> None:
    obj = {"metadata": {"name": "x"}, **pod(phase="Succeeded")}
    (line,) = columns.table(kinds.POD, [obj], NOW)["rows"]
    assert line["conditions"] == [
        {
            "type": "Completed",
            "status": "True",
            "reason": "Succeeded",
            "message": "The pod has completed successfully.",
        }
    ]


@pytest.mark.parametrize(
    ("conditions", "spec", "word"),
    [
        ([], {}, "Unknown"),
        ([{"type": "Ready", "status": "True"}], {}, "Ready"),
        ([{"type": "Ready", "status": "Unknown"}], {}, "NotReady"),
        ([{"type": "Ready", "status": "True"}], {"unschedulable": True}, "Ready,SchedulingDisabled"),
    ],
)
def test_a_node_says_whether_it_works(conditions: list[Any], spec: dict[str, Any], word: str) -> None:
    assert row(kinds.NODE, {"spec": spec, "status": {"conditions": conditions}})[1] == word


def test_a_node_shows_its_roles_and_its_machine() -> None:
    info = {"kubeletVersion": "v1.36.2", "osImage": "o", "kernelVersion": "k", "containerRuntimeVersion": "r"}
    addresses = [{"type": "Hostname", "address": "h"}, {"type": "InternalIP", "address": "10.1.1.1"}]
    labels = {"node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "edge"}
    cells = row(kinds.NODE, {"status": {"nodeInfo": info, "addresses": addresses}}, labels=labels)
    assert cells[2:] == ["control-plane,edge", "60s", "v1.36.2", "10.1.1.1", "<none>", "o", "k", "r"]
    assert row(kinds.NODE, {})[2] == "<none>"


TEMPLATE = {"spec": {"containers": [{"name": "a", "image": "i:1"}, {"name": "b", "image": "j:2"}]}}
SELECTOR = {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]}
WORKLOAD = {"template": TEMPLATE, "selector": SELECTOR, "replicas": 4}
JOB = {"template": TEMPLATE, "selector": {"matchLabels": {"a": "b"}}}
DONE = {"startTime": "2025-12-31T23:50:00Z", "completionTime": "2025-12-31T23:50:30Z", "succeeded": 3}

ROWS = [
    (kinds.DEPLOYMENT,
     {"spec": WORKLOAD, "status": {"readyReplicas": 3, "updatedReplicas": 2, "availableReplicas": 1}},
     ["3/4", 2, 1, "60s", "a,b", "i:1,j:2", "app=web,x"]),
    (kinds.REPLICASET, {"spec": WORKLOAD, "status": {"replicas": 3, "readyReplicas": 2}},
     [4, 3, 2, "60s", "a,b", "i:1,j:2", "app=web,x"]),
    (kinds.STATEFULSET, {"spec": WORKLOAD, "status": {"readyReplicas": 1}}, ["1/4", "60s", "a,b", "i:1,j:2"]),
    (kinds.DAEMONSET,
     {"spec": {"template": {"spec": {"nodeSelector": {"disk": "ssd"}}}},
      "status": {"desiredNumberScheduled": 5, "currentNumberScheduled": 4, "numberReady": 3,
                 "updatedNumberScheduled": 2, "numberAvailable": 1}},
     [5, 4, 3, 2, 1, "disk=ssd", "60s", "", "", "<none>"]),
    (kinds.JOB, {"spec": {**JOB, "completions": 3}, "status": {**DONE,
                 "conditions": [{"type": "Complete", "status": "True"}]}},
     ["Complete", "3/3", "30s", "60s", "a,b", "i:1,j:2", "a=b"]),
    (kinds.JOB, {"spec": {**JOB, "parallelism": 2}, "status": {"startTime": "2025-12-31T23:58:20Z"}},
     ["Running", "0/1 of 2", "100s", "60s", "a,b", "i:1,j:2", "a=b"]),
    (kinds.JOB, {"spec": {}, "status": {"conditions": [{"type": "Suspended", "status": "True"}]}},
     ["Suspended", "0/1", "", "60s", "", "", "<none>"]),
    (kinds.CRONJOB,
     {"spec": {"schedule": "0 3 1 1 *", "suspend": False, "jobTemplate": {"spec": {"template": TEMPLATE}}},
      "status": {"active": [{}], "lastScheduleTime": "2025-12-31T23:00:00Z"}},
     ["0 3 1 1 *", "<none>", "False", 1, "60m", "60s", "a,b", "i:1,j:2", "<none>"]),
    (kinds.SERVICE,
     {"spec": {"type": "ClusterIP", "clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7"], "selector": {"app": "web"},
               "ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}},
     ["ClusterIP", "10.96.0.7", "<none>", "80/TCP,53/UDP", "60s", "app=web"]),
    (kinds.SERVICE,
     {"spec": {"type": "NodePort", "clusterIPs": ["10.96.0.7"], "externalIPs": ["1.2.3.4"],
               "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]}},
     ["NodePort", "10.96.0.7", "1.2.3.4", "80:30080/TCP", "60s", "<none>"]),
    (kinds.SERVICE, {"spec": {"type": "LoadBalancer", "clusterIPs": ["10.96.0.7"]}},
     ["LoadBalancer", "10.96.0.7", "<pending>", "<none>", "60s", "<none>"]),
    (kinds.SERVICE, {"spec": {"type": "LoadBalancer", "clusterIPs": ["10.96.0.7"]},
                     "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}}},
     ["LoadBalancer", "10.96.0.7", "203.0.113.9", "<none>", "60s", "<none>"]),
    (kinds.SERVICE, {"spec": {"type": "ExternalName", "externalName": "db.example.com"}},
     ["ExternalName", "<none>", "db.example.com", "<none>", "60s", "<none>"]),
    (kinds.ENDPOINTSLICE, {"addressType": "IPv4", "ports": None, "endpoints": None},
     ["IPv4", "<unset>", "<unset>", "60s"]),
    (kinds.ENDPOINTSLICE,
     {"addressType": "IPv4", "ports": [{"port": 8080}],
      "endpoints": [{"addresses": [f"10.0.0.{n}"]} for n in range(5)]},
     ["IPv4", "8080", "10.0.0.0,10.0.0.1,10.0.0.2 + 2 more...", "60s"]),
    (kinds.ENDPOINTS, {}, ["<none>", "60s"]),
    (kinds.ENDPOINTS, {"subsets": [{"notReadyAddresses": [{"ip": "a"}], "ports": [{"port": 1}]}]}, ["", "60s"]),
    (kinds.ENDPOINTS, {"subsets": [{"addresses": [{"ip": "a"}, {"ip": "b"}], "ports": [{"port": 1}]}]},
     ["a:1,b:1", "60s"]),
    (kinds.CONFIGMAP, {"data": {"a": "1"}, "binaryData": {"b": ""}}, [2, "60s"]),
    (kinds.SECRET, {"type": "Opaque", "data": {"a": ""}}, ["Opaque", 1, "60s"]),
    (kinds.NAMESPACE, {"status": {"phase": "Active"}}, ["Active", "60s"]),
    (kinds.SERVICEACCOUNT, {}, ["60s"]),
    (kinds.ROLE, {}, [CREATED]),
    (kinds.ROLEBINDING,
     {"roleRef": {"kind": "Role", "name": "reader"},
      "subjects": [{"kind": "User", "name": "ana"}, {"kind": "ServiceAccount", "namespace": "n", "name": "bot"}]},
     ["Role/reader", "60s", "ana", "", "n/bot"]),
    (kinds.RESOURCEQUOTA,
     {"status": {"hard": {"requests.cpu": "1", "pods": "1", "limits.cpu": "2"}, "used": {"requests.cpu": "600m"}}},
     ["pods: 0/1, requests.cpu: 600m/1", "limits.cpu: 0/2", "60s"]),
    (kinds.HORIZONTALPODAUTOSCALER,
     {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 1, "maxReplicas": 4,
               "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}}]},
      "status": {"currentMetrics": None, "currentReplicas": 2}},
     ["Deployment/web", "cpu: <unknown>/80%", "1", 4, 2, "60s"]),
    (kinds.PODDISRUPTIONBUDGET, {"spec": {"minAvailable": 3}}, ["3", "N/A", 0, "60s"]),
    (kinds.INGRESS, {"spec": {"rules": [{"host": "shop.example.com"}], "tls": [{}], "ingressClassName": "ic"}},
     ["ic", "shop.example.com", "", "80, 443", "60s"]),
    (kinds.NETWORKPOLICY, {"spec": {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}},
     ["a", "60s"]),
    (kinds.PERSISTENTVOLUMECLAIM, {"spec": {"storageClassName": "s"}, "status": {"phase": "Pending"}},
     ["Pending", "", "", "", "s", "<unset>", "60s", "<unset>"]),
    (kinds.PERSISTENTVOLUME,
     {"spec": {"capacity": {"storage": "5Gi"}, "accessModes": ["ReadOnlyMany", "ReadWriteOnce"],
               "persistentVolumeReclaimPolicy": "Retain", "claimRef": {"namespace": "n", "name": "c"},
               "storageClassName": "s", "volumeMode": "Filesystem"}, "status": {"phase": "Bound"}},
     ["5Gi", "RWO,ROX", "Retain", "Bound", "n/c", "s", "<unset>", "", "60s", "Filesystem"]),
    (kinds.STORAGECLASS, {"provisioner": "p", "volumeBindingMode": "WaitForFirstConsumer"},
     ["p", "Delete", "WaitForFirstConsumer", False, "60s"]),
    (kinds.PRIORITYCLASS, {"value": -5, "preemptionPolicy": "Never"}, [-5, False, "60s", "Never"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "obj", "cells"), ROWS, ids=[str(case[0]) for case in ROWS])
def test_each_kind_shows_what_matters_of_it(kind: Kind, obj: dict[str, Any], cells: list[Any]) -> None:
    assert row(kind, obj) == ["x", *cells]


def test_an_event_says_when_who_and_what() -> None:
    event = {
        "type": "Normal",
        "reason": "Pulled",
        "message": " Container image \n",
        "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{c}"},
        "source": {"component": "kubelet", "host": "n1"},
        "firstTimestamp": "2025-12-31T23:58:00Z",
        "lastTimestamp": "2025-12-31T23:59:30Z",
        "count": 4,
    }
    assert row(kinds.EVENT, event) == [
        "30s", "Normal", "Pulled", "pod/p", "spec.containers{c}", "kubelet, n1", "Container image", "2m", 4, "x",
    ]  # fmt: skip
    modern = {"eventTime": "2025-12-31T23:59:50.000001Z", "reportingComponent": "default-scheduler"}
    assert row(kinds.EVENT, modern)[0] == "9s"
    assert row(kinds.EVENT, modern)[5:9] == ["default-scheduler", "", "9s", 1]


def test_each_row_carries_as_much_of_its_object_as_was_asked() -> None:
    obj = {"metadata": {"name": "x"}, "data": {"a": "1"}}
    for include, attached in (
        ("None", None),
        ("Metadata", {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "x"}}),
        ("Object", {"kind": "ConfigMap", "apiVersion": "v1", **obj}),
    ):
        (line,) = columns.table(kinds.CONFIGMAP, [obj], NOW, include=include)["rows"]  # type: ignore[arg-type]
        assert line["object"] == attached


def test_only_the_first_event_of_a_watch_brings_the_columns() -> None:
    table = columns.table(kinds.POD, [], NOW, headers=False, metadata={"resourceVersion": "7"})
    assert table["columnDefinitions"] is None
    assert table["metadata"] == {"resourceVersion": "7"}
    assert table["rows"] == []
