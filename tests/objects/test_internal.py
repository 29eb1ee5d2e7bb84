"""Lo que una negativa enseña de lo que cambiaría: las líneas del tipo interno del servidor."""

from __future__ import annotations

from typing import Any

from lab_tools.objects import clone, defaults, kinds, validation

POD: dict[str, Any] = {"metadata": {"name": "p", "namespace": "default"},
                       "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}  # fmt: skip


def refusal(before: dict[str, Any], after: dict[str, Any]) -> str:
    """La única negativa a cambiar un Pod por otro, sin su primera línea."""
    old, new = clone(before), clone(after)
    for one in (old, new):
        defaults.apply(kinds.POD, one)
    (told,) = validation.validate_update(kinds.POD, new, old)
    return told.message.partition("\n")[2]


def pod(**spec: Any) -> dict[str, Any]:
    return {**POD, "spec": {**POD["spec"], **spec}}


def test_a_refused_change_shows_three_lines_around_with_the_names_of_go() -> None:
    told = refusal(pod(nodeSelector={"a": "b"}), pod(nodeSelector={"a": "b", "c": "d"}))
    assert told.splitlines() == [
        "@@ -40,7 +40,8 @@",
        '  "ActiveDeadlineSeconds": null,',
        '  "DNSPolicy": "ClusterFirst",',
        '  "NodeSelector": {',
        '-  "a": "b"',
        '+  "a": "b",',
        '+  "c": "d"',
        "  },",
        '  "ServiceAccountName": "",',
        '  "AutomountServiceAccountToken": null,',
    ]


def test_what_is_in_the_security_context_inside_is_shown_there() -> None:
    told = refusal(POD, pod(hostNetwork=True))
    assert '-  "HostNetwork": false,\n+  "HostNetwork": true,\n' in told


def test_a_container_is_shown_whole_and_what_is_nowhere_is_null() -> None:
    container = {"name": "c", "image": "nginx:1.27", "command": ["nginx"], "ports": [{"containerPort": 80}]}
    told = refusal(POD, pod(containers=[container]))
    assert '-   "Command": null,\n+   "Command": [\n+    "nginx"\n+   ],\n' in told
    assert '+     "HostPort": 0,\n+     "ContainerPort": 80,\n+     "Protocol": "TCP",\n+     "HostIP": ""\n' in told
    assert '"Stdin"' not in told


def test_a_claim_shows_what_it_would_change_of_what_cannot() -> None:
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}, "volumeMode": "Filesystem",
            "volumeName": "pv", "storageClassName": "lenta"}  # fmt: skip
    old = {"metadata": {"name": "c", "namespace": "default"}, "spec": spec, "status": {"phase": "Bound"}}
    new = {**old, "spec": {**spec, "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}}
    (told,) = validation.validate_update(kinds.PERSISTENTVOLUMECLAIM, new, old)
    assert told.message.splitlines()[1:] == [
        "@@ -1,6 +1,6 @@",
        " {",
        '  "AccessModes": [',
        '-  "ReadWriteMany"',
        '+  "ReadWriteOnce"',
        "  ],",
        '  "Selector": null,',
        '  "Resources": {',
    ]


def test_a_storage_class_says_which_of_its_fields_never_changes() -> None:
    old = {"metadata": {"name": "c"}, "provisioner": "a.b", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}
    for field, value, why in (
        ("reclaimPolicy", "Retain", "Forbidden: updates to reclaimPolicy are forbidden."),
        ("provisioner", "c.d", "Forbidden: updates to provisioner are forbidden."),
        ("volumeBindingMode", "WaitForFirstConsumer", 'Invalid value: "WaitForFirstConsumer": field is immutable'),
    ):
        (told,) = validation.validate_update(kinds.STORAGECLASS, {**old, field: value}, old)
        assert (told.field, told.message) == (field, why)
