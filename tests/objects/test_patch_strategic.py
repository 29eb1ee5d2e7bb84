"""Promesas del parche estratégico. La primera serie repite, paso a paso, lo que hizo un servidor real."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tools.errors import StatusError
from lab_tools.objects import clone, schema
from lab_tools.objects.patch import strategic

DEPLOYMENT = schema.definition("io.k8s.api.apps.v1.Deployment")
POD = schema.definition("io.k8s.api.core.v1.Pod")


def deployment() -> dict[str, Any]:
    main = {
        "name": "main",
        "image": "nginx:1.27",
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}],
    }
    side = {"name": "side", "image": "busybox:1.36", "command": ["sleep", "60"], "args": ["x"]}
    return {
        "metadata": {"name": "d"},
        "spec": {
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}},
            "template": {
                "metadata": {"labels": {"app": "d"}},
                "spec": {"containers": [main, side], "tolerations": [{"key": "k1", "operator": "Exists"}]},
            },
        },
    }


def patched(doc: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    before = clone(doc)
    result = strategic.apply(doc, patch, DEPLOYMENT)
    assert doc == before, "el original no se toca"
    return result


def of_pod(doc: dict[str, Any], **pod: Any) -> dict[str, Any]:
    return patched(doc, {"spec": {"template": {"spec": pod}}})["spec"]["template"]["spec"]


def test_containers_and_their_env_join_by_name() -> None:
    env = [{"name": "B", "value": "two"}, {"name": "C", "value": "3"}]
    change = {"name": "main", "image": "nginx:1.28", "env": env}
    first, second = of_pod(deployment(), containers=[change])["containers"]
    assert first["image"] == "nginx:1.28"
    assert [(e["name"], e["value"]) for e in first["env"]] == [("A", "1"), ("B", "two"), ("C", "3")]
    assert second == deployment()["spec"]["template"]["spec"]["containers"][1]


def test_what_is_new_goes_first_and_an_element_can_be_deleted() -> None:
    ports = [{"containerPort": 8080, "name": "alt"}]
    change = {"name": "main", "ports": ports, "env": [{"name": "A", "$patch": "delete"}]}
    containers = of_pod(deployment(), containers=[change, {"name": "third", "image": "busybox:1.36"}])["containers"]
    assert [c["name"] for c in containers] == ["main", "third", "side"]
    assert [p["containerPort"] for p in containers[0]["ports"]] == [8080, 80]
    assert containers[0]["env"] == [{"name": "B", "value": "2"}]


def test_a_list_without_a_key_is_replaced_whole() -> None:
    spec = of_pod(
        deployment(),
        containers=[{"name": "side", "$patch": "delete"}],
        tolerations=[{"key": "k2", "operator": "Exists"}],
    )
    assert [c["name"] for c in spec["containers"]] == ["main"]
    assert spec["tolerations"] == [{"key": "k2", "operator": "Exists"}]


def test_retain_keys_drops_what_it_does_not_name() -> None:
    plain = patched(deployment(), {"spec": {"strategy": {"type": "Recreate"}}})
    assert plain["spec"]["strategy"] == {"type": "Recreate", "rollingUpdate": {"maxSurge": "25%"}}
    retained = patched(deployment(), {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}})
    assert retained["spec"]["strategy"] == {"type": "Recreate"}


def test_a_map_can_be_replaced_or_emptied() -> None:
    labels = {"$patch": "replace", "app": "d", "new": "yes"}
    result = patched(deployment(), {"spec": {"template": {"metadata": {"labels": labels}}}})
    assert result["spec"]["template"]["metadata"]["labels"] == {"app": "d", "new": "yes"}
    result = patched(deployment(), {"spec": {"strategy": {"$patch": "delete"}}})
    assert result["spec"]["strategy"] == {}


def test_a_list_of_objects_can_be_replaced() -> None:
    containers = [{"$patch": "replace"}, {"name": "only", "image": "x"}]
    assert of_pod(deployment(), containers=containers)["containers"] == [{"name": "only", "image": "x"}]


def test_null_deletes_and_leaves_no_trace_where_there_was_nothing() -> None:
    new = {"spec": {"x": {"y": None}}}
    result = patched(deployment(), {"spec": {"strategy": None, "paused": None, "template": new}})
    assert "strategy" not in result["spec"]
    assert "paused" not in result["spec"]
    assert result["spec"]["template"]["spec"]["x"] == {}


def test_set_element_order_sorts_without_losing_what_the_server_added() -> None:
    doc = deployment()
    doc["spec"]["template"]["spec"]["containers"].append({"name": "injected", "image": "z"})
    spec = of_pod(doc, **{"$setElementOrder/containers": [{"name": "side"}, {"name": "main"}],
                          "containers": [{"name": "main", "image": "new"}]})  # fmt: skip
    assert [c["name"] for c in spec["containers"]] == ["side", "main", "injected"]
    assert spec["containers"][1]["image"] == "new"
    assert [c["name"] for c in of_pod(doc, **{"$setElementOrder/containers": [{"name": "side"}, {"name": "main"}]})[
        "containers"
    ]] == ["side", "main", "injected"]  # fmt: skip


def test_a_new_list_with_its_order_is_taken_as_it_comes() -> None:
    volumes = [{"name": "b"}, {"name": "a"}]
    spec = of_pod(deployment(), **{"$setElementOrder/volumes": volumes, "volumes": volumes})
    assert spec["volumes"] == volumes


def test_values_are_added_once_and_deleted_by_name() -> None:
    doc = {"metadata": {"finalizers": ["a", "b"]}}
    assert strategic.apply(doc, {"metadata": {"finalizers": ["c", "b"]}}, POD) == {
        "metadata": {"finalizers": ["c", "a", "b"]}
    }
    change = {"$deleteFromPrimitiveList/finalizers": ["a", "z"], "$setElementOrder/finalizers": ["b"]}
    assert strategic.apply(doc, {"metadata": change}, POD) == {"metadata": {"finalizers": ["b"]}}


@pytest.mark.parametrize(
    ("patch", "code", "message"),
    [
        ({"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}}, 500,
         "map: map[image:x] does not contain declared merge key: name"),
        ({"spec": {"$patch": "mix"}}, 422, "the server rejected our request due to an error in our request"),
        ({"spec": {"strategy": {"$retainKeys": ["type"], "rollingUpdate": {}}}}, 400,
         "invalid patch format of retainKeys"),
        ({"spec": {"template": {"spec": {"$setElementOrder/containers": [{"name": "side"}],
                                         "containers": [{"name": "main"}]}}}}, 400,
         "invalid patch format of setElementOrder list"),
        ([], 400, "unable to decode strategic merge patch: expected an object"),
    ],
)  # fmt: skip
def test_an_impossible_patch_is_refused(patch: Any, code: int, message: str) -> None:
    with pytest.raises(StatusError) as refusal:
        strategic.apply(deployment(), patch, DEPLOYMENT)
    assert (refusal.value.code, refusal.value.message) == (code, message)


def test_the_result_shares_nothing_with_what_went_in() -> None:
    doc, patch = deployment(), {"spec": {"template": {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}}}
    result = strategic.apply(doc, patch, DEPLOYMENT)
    result["spec"]["template"]["spec"]["volumes"][0]["emptyDir"]["medium"] = "Memory"
    result["spec"]["template"]["spec"]["containers"][0]["env"].clear()
    assert doc == deployment()
    assert patch["spec"]["template"]["spec"]["volumes"] == [{"name": "v", "emptyDir": {}}]


names = st.sampled_from("abcd")
optional = {"image": st.sampled_from("xy"), "env": st.just([{"name": "E"}])}
items = st.fixed_dictionaries({"name": names}, optional=optional)
containers = st.lists(items, max_size=4, unique_by=lambda item: item["name"])


@given(containers, containers)
def test_merging_twice_is_merging_once_and_loses_nobody(live: list[Any], change: list[Any]) -> None:
    patch = {"spec": {"containers": change}}
    once = strategic.apply({"spec": {"containers": live}}, patch, POD)
    assert strategic.apply(once, patch, POD) == once
    assert {c["name"] for c in once["spec"]["containers"]} == {c["name"] for c in [*live, *change]}
    assert [c["name"] for c in once["spec"]["containers"] if c["name"] in {x["name"] for x in change}] == [
        c["name"] for c in change
    ]
