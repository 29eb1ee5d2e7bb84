"""El descodificador dice lo mismo que el de Go y deja los objetos en su forma canónica."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.objects import kinds
from lab_tools.objects.decode import DecodeError, decode, loads, repeated

REPLICAS = "into Go struct field DeploymentSpec.spec.replicas of type int32"
PREFIX = 'Deployment in version "v1" cannot be handled as a Deployment: '


def deployment(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, "spec": spec}


def with_container(**container: Any) -> dict[str, Any]:
    return deployment(template={"spec": {"containers": [container]}})


def decoded_container(**container: Any) -> dict[str, Any]:
    obj, _ = decode(kinds.DEPLOYMENT, with_container(**container))
    found: dict[str, Any] = obj["spec"]["template"]["spec"]["containers"][0]
    return found


def refusal(body: dict[str, Any], validation: str = "Strict") -> str:
    with pytest.raises(DecodeError) as refused:
        decode(kinds.DEPLOYMENT, body, validation)
    assert str(refused.value) == PREFIX + refused.value.why
    return refused.value.why


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (deployment(replicas="three"), f"string {REPLICAS}"),
        (deployment(replicas=1.5), f"number 1.5 {REPLICAS}"),
        (deployment(replicas=2**31), f"number 2147483648 {REPLICAS}"),
        (deployment(paused="yes"), "string into Go struct field DeploymentSpec.spec.paused of type bool"),
        ({"spec": []}, "array into Go struct field Deployment.spec of type v1.DeploymentSpec"),
        (deployment(template={"spec": {"containers": {}}}),
         "object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container"),
        (with_container(name=5),
         "number into Go struct field Container.spec.template.spec.containers.name of type string"),
        (deployment(selector={"matchLabels": {"a": True}}),
         "bool into Go struct field LabelSelector.spec.selector.matchLabels of type string"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_told_as_go_does(body: dict[str, Any], message: str) -> None:
    assert refusal(body) == f"json: cannot unmarshal {message}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (with_container(resources={"limits": {"cpu": "lots"}}),
         "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
        ({"metadata": {"creationTimestamp": "yes"}},
         'parsing time "yes" as "2006-01-02T15:04:05Z07:00": cannot parse "yes" as "2006"'),
        ({"metadata": {"creationTimestamp": "2026-13-01"}},
         'parsing time "2026-13-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'),
        (deployment(strategy={"rollingUpdate": {"maxSurge": True}}),
         "json: cannot unmarshal bool into Go value of type int32"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_as_go_does(body: dict[str, Any], message: str) -> None:
    assert refusal(body) == message


def test_strict_refuses_unknown_fields_all_at_once_and_in_order() -> None:
    body = {"spec": {"replicaz": 3, "template": {"spec": {"containers": [{"nam": "x"}]}}}, "dato": 1}
    assert refusal(body) == (
        'strict decoding error: unknown field "spec.replicaz", '
        'unknown field "spec.template.spec.containers[0].nam", unknown field "dato"'
    )


def test_warn_tells_and_ignore_keeps_silent_and_both_drop_the_field() -> None:
    body = deployment(replicaz=3)
    obj, warnings = decode(kinds.DEPLOYMENT, body, "Warn")
    assert (obj["spec"], warnings) == ({}, ['unknown field "spec.replicaz"'])
    obj, warnings = decode(kinds.DEPLOYMENT, body, "Ignore")
    assert (obj["spec"], warnings) == ({}, [])
    assert body == deployment(replicaz=3)


def test_repeated_fields_are_found_with_their_path_and_the_last_wins() -> None:
    value, paths = loads(b'{"spec":{"replicas":1,"replicas":2,"list":[{"a":1,"a":2}]},"kind":"x","kind":"y"}')
    assert value == {"spec": {"replicas": 2, "list": [{"a": 2}]}, "kind": "y"}
    assert paths == ("kind", "spec.replicas", "spec.list[0].a")
    with pytest.raises(DecodeError, match=r'duplicate field "spec\.replicas"'):
        decode(kinds.DEPLOYMENT, deployment(replicas=2), "Strict", repeated(paths))


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1000m", "1"), ("0.5", "500m"), (0.5, "500m"), (2, "2"), ("1024Mi", "1Gi"), ("0.5Gi", "512Mi"), ("1e3", "1e3")],
)
def test_quantities_are_kept_in_canonical_form(written: Any, kept: str) -> None:
    assert decoded_container(resources={"limits": {"cpu": written}})["resources"]["limits"]["cpu"] == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00.75Z", "2026-01-01T00:00:00Z"),
    ],
)
def test_instants_are_kept_in_utc_to_the_second(written: str, kept: str) -> None:
    obj, _ = decode(kinds.DEPLOYMENT, {"metadata": {"creationTimestamp": written}})
    assert obj["metadata"]["creationTimestamp"] == kept


def test_micro_instants_keep_six_decimals() -> None:
    obj, _ = decode(kinds.LEASE, {"spec": {"renewTime": "2026-01-01T00:00:00.5Z"}})
    assert obj["spec"]["renewTime"] == "2026-01-01T00:00:00.500000Z"


def test_nulls_and_what_go_omits_when_empty_disappear() -> None:
    metadata = {"name": "p", "labels": {}, "annotations": None, "finalizers": []}
    containers = [{"name": "c", "stdin": False, "args": []}]
    spec = {"hostNetwork": False, "nodeName": "", "containers": containers}
    obj, _ = decode(kinds.POD, {"metadata": metadata, "spec": spec})
    assert obj["metadata"] == {"name": "p"}
    assert obj["spec"] == {"containers": [{"name": "c"}]}


def test_pointers_to_zero_stay() -> None:
    obj, _ = decode(kinds.DEPLOYMENT, deployment(replicas=0, selector={}, minReadySeconds=0))
    assert obj["spec"] == {"replicas": 0, "selector": {}}
    obj, _ = decode(kinds.PERSISTENTVOLUMECLAIM, {"spec": {"storageClassName": ""}})
    assert obj["spec"] == {"storageClassName": ""}


def test_a_decoded_object_says_what_it_is() -> None:
    obj, _ = decode(kinds.CONFIGMAP, {"data": {"a": "1"}})
    assert obj == {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}}


def test_a_free_map_may_use_any_key() -> None:
    obj, _ = decode(kinds.CONFIGMAP, {"data": {"spec": "x", "creationTimestamp": "no es un instante"}})
    assert obj["data"] == {"spec": "x", "creationTimestamp": "no es un instante"}


@pytest.mark.parametrize(("text", "byte"), [("not base64!", 3), ("aGk", 0), ("====", 0)])
def test_bad_base64_is_told_by_position(text: str, byte: int) -> None:
    with pytest.raises(DecodeError, match=f"illegal base64 data at input byte {byte}$"):
        decode(kinds.SECRET, {"data": {"a": text}})
