"""Los valores por omisión, contra lo que respondió un Kubernetes 1.36 de verdad."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab_tools.objects import clone, defaults, kinds
from lab_tools.objects.decode import decode

CREATES = json.loads((Path(__file__).parent / "data" / "creates.json").read_text("utf-8"))
# Lo que no es un valor por omisión: lo escribe después la admisión, la estrategia del recurso o el almacén.
LATER = {
    "": ("metadata.creationTimestamp", "metadata.generation", "metadata.namespace", "metadata.finalizers"),
    "services": ("spec.clusterIP", "spec.clusterIPs", "spec.ipFamilies", "spec.ipFamilyPolicy", "spec.ports.nodePort"),
    "pods": ("spec.containers.volumeMounts", "spec.preemptionPolicy", "spec.priority", "spec.serviceAccount",
             "spec.serviceAccountName", "spec.tolerations", "spec.volumes", "status.phase", "status.qosClass"),
    "jobs.batch": ("metadata.labels", "spec.selector", "spec.template.metadata.labels"),
}  # fmt: skip


def defaulted(word: str, body: dict[str, Any]) -> dict[str, Any]:
    kind = kinds.named(word)
    obj, _ = decode(kind, clone(body))
    defaults.apply(kind, obj)
    return obj


def without(value: Any, path: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            without(item, path)
    elif isinstance(value, dict) and len(path) == 1:
        value.pop(path[0], None)
    elif isinstance(value, dict):
        without(value.get(path[0]), path[1:])


def comparable(resource: str, obj: dict[str, Any]) -> dict[str, Any]:
    obj = clone(obj)
    for path in (*LATER[""], *LATER.get(resource, ())):
        without(obj, path.split("."))
    return obj


@pytest.mark.parametrize("case", CREATES, ids=lambda case: f"{case['scenario']}-{case['step']}")
def test_a_created_object_has_the_recorded_defaults(case: dict[str, Any]) -> None:
    found = defaulted(case["resource"], case["body"])
    assert comparable(case["resource"], found) == comparable(case["resource"], case["answer"])


@pytest.mark.parametrize("case", CREATES, ids=lambda case: f"{case['scenario']}-{case['step']}")
def test_defaulting_twice_changes_nothing(case: dict[str, Any]) -> None:
    once = defaulted(case["resource"], case["body"])
    twice = clone(once)
    defaults.apply(kinds.named(case["resource"]), twice)
    assert twice == once


def container(**more: Any) -> dict[str, Any]:
    return {"name": "c", "image": "nginx:1.27", **more}


def pod(**spec: Any) -> dict[str, Any]:
    return defaulted("pod", {"metadata": {"name": "p"}, "spec": {"containers": [container()], **spec}})


def template_of(word: str, **spec: Any) -> dict[str, Any]:
    inner = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container()]}}
    found = defaulted(word, {"metadata": {"name": "x"}, "spec": {"template": inner, **spec}})
    spec_found: dict[str, Any] = found["spec"]
    return spec_found


def test_requests_come_from_limits_in_a_pod_but_not_in_a_template() -> None:
    limited = container(resources={"limits": {"cpu": "500m", "memory": "64Mi"}, "requests": {"cpu": "100m"}})
    found = pod(containers=[limited])["spec"]["containers"][0]["resources"]
    assert found["requests"] == {"cpu": "100m", "memory": "64Mi"}
    inner = {"spec": {"containers": [limited]}}
    deployment = defaulted("deploy", {"spec": {"template": inner}})
    resources = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert resources["requests"] == {"cpu": "100m"}


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("registry:5000/nginx", "Always"),
        ("nginx@sha256:0123", "IfNotPresent"),
    ],
)
def test_only_latest_is_always_pulled(image: str, policy: str) -> None:
    assert pod(containers=[container(image=image)])["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_a_probe_gets_its_times_and_its_path() -> None:
    probe = {"httpGet": {"port": 80}, "periodSeconds": 0}
    found = pod(containers=[container(livenessProbe=probe)])["spec"]["containers"][0]["livenessProbe"]
    assert found == {"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}, "timeoutSeconds": 1,
                     "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}  # fmt: skip


def test_volumes_get_their_modes_and_an_unsaid_one_is_empty() -> None:
    volumes = [{"name": "a"}, {"name": "b", "configMap": {"name": "m"}}, {"name": "c", "hostPath": {"path": "/x"}}]
    assert pod(volumes=volumes)["spec"]["volumes"] == [
        {"name": "a", "emptyDir": {}},
        {"name": "b", "configMap": {"name": "m", "defaultMode": 420}},
        {"name": "c", "hostPath": {"path": "/x", "type": ""}},
    ]


def test_recreate_gets_no_rolling_update() -> None:
    assert template_of("deploy", strategy={"type": "Recreate"})["strategy"] == {"type": "Recreate"}


def test_a_stateful_set_is_ordered_and_keeps_its_claims() -> None:
    claims = [{"metadata": {"name": "d"}, "spec": {"accessModes": ["ReadWriteOnce"]}}]
    spec = template_of("sts", volumeClaimTemplates=claims)
    assert spec["podManagementPolicy"] == "OrderedReady"
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    claim = spec["volumeClaimTemplates"][0]
    assert (claim["kind"], claim["spec"]["volumeMode"], claim["status"]) == (
        "PersistentVolumeClaim", "Filesystem", {"phase": "Pending"},
    )  # fmt: skip


def test_a_daemon_set_changes_one_by_one() -> None:
    assert template_of("ds")["updateStrategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0},
    }


def test_a_job_by_index_tries_without_end_and_takes_its_labels_from_the_template() -> None:
    inner = {"metadata": {"labels": {"task": "pi"}}, "spec": {"restartPolicy": "Never", "containers": [container()]}}
    job = defaulted("job", {"metadata": {"name": "j"}, "spec": {"backoffLimitPerIndex": 1, "template": inner}})
    assert job["spec"]["backoffLimit"] == 2**31 - 1
    assert job["metadata"]["labels"] == {"task": "pi"}


def test_a_flow_schema_and_its_level_say_what_nobody_wrote() -> None:
    schema = defaulted("flowschema", {"metadata": {"name": "f"}, "spec": {"matchingPrecedence": 0}})
    assert schema["spec"] == {"matchingPrecedence": 1000, "priorityLevelConfiguration": {"name": ""}}
    level = {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {"queues": 16}}}}
    found = defaulted("prioritylevelconfiguration", {"metadata": {"name": "l"}, "spec": level})["spec"]["limited"]
    assert (found["nominalConcurrencyShares"], found["lendablePercent"]) == (30, 0)
    assert found["limitResponse"]["queuing"] == {"queues": 16, "handSize": 8, "queueLengthLimit": 50}
    exempt = defaulted("prioritylevelconfiguration", {"metadata": {"name": "exempt"}, "spec": {"type": "Exempt"}})
    assert exempt["spec"]["exempt"] == {"nominalConcurrencyShares": 0, "lendablePercent": 0}


def test_a_device_asked_for_without_a_number_is_one() -> None:
    asked = {"name": "r", "exactly": {"deviceClassName": "c", "tolerations": [{"key": "k"}]}}
    found = defaulted("resourceclaim", {"metadata": {"name": "c"}, "spec": {"devices": {"requests": [asked]}}})
    exactly = found["spec"]["devices"]["requests"][0]["exactly"]
    assert (exactly["allocationMode"], exactly["count"]) == ("ExactCount", 1)
    assert exactly["tolerations"] == [{"key": "k", "operator": "Equal"}]


def test_a_namespace_carries_its_name_as_a_label() -> None:
    found = defaulted("ns", {"metadata": {"name": "aula"}})
    assert found["metadata"]["labels"] == {"kubernetes.io/metadata.name": "aula"}
    assert found["status"] == {"phase": "Active"}


def test_times_that_are_always_written_appear_as_null() -> None:
    found = defaulted("pod", {"spec": {"containers": [container()]}, "status": {"conditions": [{"type": "Ready"}]}})
    assert found["status"]["conditions"] == [
        {"type": "Ready", "status": "", "lastProbeTime": None, "lastTransitionTime": None}
    ]


def test_a_missing_selector_is_left_for_validation_to_see() -> None:
    assert "selector" not in template_of("deploy")
