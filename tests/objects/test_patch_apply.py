"""Promesas de aplicar en el servidor. Las dos primeras historias son las de un servidor real, paso a paso."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tools.errors import StatusError
from lab_tools.objects import clone, kinds
from lab_tools.objects.patch import apply, managed
from lab_tools.objects.patch.apply import ApplyConflict

NOW = 1767225600.0


def config(data: dict[str, Any] | None = None, labels: dict[str, str] | None = None) -> dict[str, Any]:
    metadata = {"name": "c", **({"labels": labels} if labels else {})}
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    return body if data is None else {**body, "data": data}


def applied(
    live: dict[str, Any] | None, body: dict[str, Any], who: str, *, force: bool = False, now: float = NOW
) -> dict[str, Any]:
    before = clone(live)
    result = apply.apply(kinds.CONFIGMAP, live, body, who, force, now)
    assert live == before, "lo vivo no se toca"
    return result


def owners(obj: dict[str, Any]) -> list[tuple[str, str, Any]]:
    return [(e["manager"], e["operation"], e["fieldsV1"]) for e in obj["metadata"]["managedFields"]]


def test_two_people_share_an_object_and_one_lets_go() -> None:
    obj = applied(None, config({"k": "one", "only-ana": "x"}, {"a": "1"}), "ana")
    obj = applied(obj, config({"k": "one"}), "luis")
    assert obj["data"] == {"k": "one", "only-ana": "x"}
    with pytest.raises(ApplyConflict) as conflict:
        applied(obj, config({"k": "two"}, {"a": "2"}), "luis")
    assert conflict.value.status == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'Apply failed with 2 conflicts: conflicts with "ana":\n- .data.k\n- .metadata.labels.a',
        "reason": "Conflict",
        "details": {
            "causes": [
                {"reason": "FieldManagerConflict", "message": 'conflict with "ana"', "field": ".data.k"},
                {"reason": "FieldManagerConflict", "message": 'conflict with "ana"', "field": ".metadata.labels.a"},
            ]
        },
        "code": 409,
    }
    obj = applied(obj, config({"k": "two"}), "luis", force=True)
    assert obj["data"] == {"k": "two", "only-ana": "x"}
    obj = applied(obj, config({}), "ana")
    assert obj["data"] == {"k": "two"}
    assert set(obj["metadata"]) == {"name", "managedFields"}
    assert owners(obj) == [("luis", "Apply", {"f:data": {"f:k": {}}}), ("ana", "Apply", {"f:data": {}})]


def test_a_forced_field_is_no_longer_its_first_owner_s() -> None:
    obj = applied(None, config({"a": "1", "b": "2"}), "kubectl")
    with pytest.raises(ApplyConflict, match=r'^Apply failed with 1 conflict: conflict with "kubectl": \.data\.a$'):
        applied(obj, config({"a": "x"}), "other")
    obj = applied(obj, config({"a": "x"}), "other", force=True)
    obj = applied(obj, config({"b": "2"}), "kubectl")
    assert obj["data"] == {"a": "x", "b": "2"}
    assert sorted(owners(obj)) == [
        ("kubectl", "Apply", {"f:data": {"f:b": {}}}),
        ("other", "Apply", {"f:data": {"f:a": {}}}),
    ]


def deployment(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def pod_spec(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"template": {"spec": {"containers": list(containers)}}}


def of_deployment(live: dict[str, Any] | None, body: dict[str, Any], who: str, force: bool = False) -> dict[str, Any]:
    return apply.apply(kinds.DEPLOYMENT, live, body, who, force, NOW)


def test_a_field_written_without_applying_conflicts_by_name_and_version() -> None:
    live = deployment(replicas=1)
    live["metadata"]["managedFields"] = managed.track(
        kinds.DEPLOYMENT, None, live, manager="kubectl-client-side-apply", now=NOW
    )
    with pytest.raises(ApplyConflict) as conflict:
        of_deployment(live, deployment(replicas=2), "ana")
    assert conflict.value.message == (
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas'
    )
    live["metadata"]["managedFields"][0]["subresource"] = "scale"
    with pytest.raises(ApplyConflict, match='"kubectl-client-side-apply" with subresource "scale" using apps/v1'):
        of_deployment(live, deployment(replicas=2), "ana")


def test_an_object_never_tracked_belongs_to_whoever_came_before() -> None:
    with pytest.raises(ApplyConflict, match=r'conflict with "before-first-apply" using apps/v1: \.spec\.replicas'):
        of_deployment(deployment(replicas=1), deployment(replicas=2), "ana")


def test_list_elements_are_owned_one_by_one() -> None:
    obj = of_deployment(None, deployment(**pod_spec({"name": "web", "image": "a:1"})), "ana")
    obj = of_deployment(obj, deployment(**pod_spec({"name": "side", "image": "b:1"})), "mesh")
    containers = obj["spec"]["template"]["spec"]["containers"]
    assert sorted(c["name"] for c in containers) == ["side", "web"]
    with pytest.raises(ApplyConflict, match=r'\.spec\.template\.spec\.containers\[name="web"\]\.image'):
        of_deployment(obj, deployment(**pod_spec({"name": "web", "image": "a:2"})), "mesh")
    obj = of_deployment(obj, deployment(**pod_spec({"name": "third", "image": "c:1"})), "mesh")
    assert sorted(c["name"] for c in obj["spec"]["template"]["spec"]["containers"]) == ["third", "web"]


def test_what_the_server_filled_in_goes_with_the_element_that_had_it() -> None:
    obj = of_deployment(
        None, deployment(**pod_spec({"name": "web", "image": "a:1"}, {"name": "x", "image": "b"})), "ana"
    )
    obj["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Always"
    obj["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] = "Always"
    obj = of_deployment(obj, deployment(**pod_spec({"name": "web", "image": "a:2"})), "ana")
    assert obj["spec"]["template"]["spec"]["containers"] == [
        {"name": "web", "image": "a:2", "imagePullPolicy": "Always"}
    ]


def test_a_port_without_protocol_is_the_same_port() -> None:
    web = {"name": "web", "ports": [{"containerPort": 80, "protocol": "TCP"}]}
    obj = of_deployment(None, deployment(**pod_spec(web)), "ana")
    again = {"name": "web", "ports": [{"containerPort": 80, "name": "http"}]}
    obj = of_deployment(obj, deployment(**pod_spec(again)), "luis")
    assert obj["spec"]["template"]["spec"]["containers"][0]["ports"] == [
        {"containerPort": 80, "protocol": "TCP", "name": "http"}
    ]


@pytest.mark.parametrize(
    ("body", "who", "code", "message"),
    [
        ({"metadata": {"name": "c"}}, "ana", 400, "invalid object type: /, Kind="),
        (config({}), "", 422,
         'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'),
        ({**config(), "metadata": {"managedFields": [{"manager": "x"}]}}, "ana", 400,
         "metadata.managedFields must be nil"),
        ([], "ana", 400, "error decoding YAML: expected an object"),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_refused(body: Any, who: str, code: int, message: str) -> None:
    with pytest.raises(StatusError) as refusal:
        apply.apply(kinds.CONFIGMAP, None, body, who, False, NOW)
    assert (refusal.value.code, refusal.value.message) == (code, message)


data = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2"]), max_size=3)


@given(data, data, data)
def test_applying_again_changes_nothing_and_what_is_applied_is_there(
    one: dict[str, str], other: dict[str, str], last: dict[str, str]
) -> None:
    obj = applied(None, config(one), "ana")
    obj = applied(obj, config(other), "luis", force=True)
    obj = applied(obj, config(last), "ana", force=True)
    assert last.items() <= obj["data"].items()
    assert set(obj["data"]) == set(other) | set(last)
    assert applied(obj, config(last), "ana", now=NOW + 60) == obj


def test_the_result_shares_nothing_with_what_went_in() -> None:
    body = deployment(**pod_spec({"name": "web", "env": [{"name": "A", "value": "1"}]}))
    live = of_deployment(None, body, "ana")
    result = of_deployment(live, deployment(**pod_spec({"name": "side"})), "luis")
    result["spec"]["template"]["spec"]["containers"].clear()
    live["spec"]["template"]["spec"]["containers"][0]["env"].clear()
    assert body["spec"]["template"]["spec"]["containers"][0]["env"] == [{"name": "A", "value": "1"}]
