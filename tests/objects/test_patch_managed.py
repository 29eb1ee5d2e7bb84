"""Promesas de `managedFields`: de quién es cada campo después de cada escritura."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lab_tools.objects import clone, kinds
from lab_tools.objects.patch import managed

NOW = 1767225600.0


def config_map(data: dict[str, str], **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "uid": "1", **metadata}, "data": data}


def written(old: dict[str, Any] | None, new: dict[str, Any], manager: str, now: float = NOW) -> dict[str, Any]:
    entries = managed.track(kinds.CONFIGMAP, old, new, manager=manager, now=now)
    return {**new, "metadata": {**new["metadata"], "managedFields": entries}}


def owners(obj: dict[str, Any]) -> dict[str, Any]:
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"]["managedFields"]}


def test_who_creates_owns_what_is_written_but_not_the_identity() -> None:
    obj = written(None, config_map({"a": "1"}, labels={"x": "y"}), "ana")
    assert obj["metadata"]["managedFields"] == [
        {
            "manager": "ana",
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-01-01T00:00:00Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:x": {}}}, "f:data": {".": {}, "f:a": {}}},
        }
    ]


def test_who_changes_a_field_takes_it_from_its_owner() -> None:
    first = written(None, config_map({"a": "1", "b": "2"}), "ana")
    second = written(first, {**first, "data": {"a": "uno", "b": "2", "c": "3"}}, "luis", NOW + 60)
    assert owners(second) == {
        "ana": {"f:data": {".": {}, "f:b": {}}},
        "luis": {"f:data": {"f:a": {}, "f:c": {}}},
    }
    assert [entry["time"] for entry in second["metadata"]["managedFields"]] == [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:01:00Z",
    ]


def test_what_is_deleted_is_nobody_s_and_who_owns_nothing_is_forgotten() -> None:
    first = written(None, config_map({"a": "1"}), "ana")
    gone = {key: value for key, value in first.items() if key != "data"}
    assert written(first, gone, "luis")["metadata"]["managedFields"] == []


def test_writing_the_same_again_changes_nothing() -> None:
    first = written(None, config_map({"a": "1"}), "ana")
    assert written(first, clone(first), "luis", NOW + 60) == first


def test_a_client_may_correct_the_record_or_erase_it() -> None:
    first = written(None, config_map({"a": "1"}), "ana")
    entry = {**first["metadata"]["managedFields"][0], "manager": "renamed"}
    corrected = {**first, "metadata": {**first["metadata"], "managedFields": [entry]}}
    assert list(owners(written(first, corrected, "luis"))) == ["renamed"]
    erased = {**first, "metadata": {**first["metadata"], "managedFields": [{}]}}
    assert written(first, erased, "luis")["metadata"]["managedFields"] == []
    nonsense = {**first, "metadata": {**first["metadata"], "managedFields": [{"manager": "x"}]}}
    assert list(owners(written(first, nonsense, "luis"))) == ["ana"]


DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {"name": "c", "image": "i", "resources": {}, "ports": [{"containerPort": 80, "protocol": "TCP"}]}
                ]
            },
        },
    },
    "status": {"replicas": 3},
}


def test_structures_lists_and_maps_are_shared_out_as_a_real_server_does() -> None:
    (entry,) = managed.track(kinds.DEPLOYMENT, None, DEPLOYMENT, manager="kubectl", now=NOW)
    assert entry["apiVersion"] == "apps/v1"
    assert entry["fieldsV1"] == {
        "f:spec": {
            "f:replicas": {},
            "f:selector": {},
            "f:strategy": {"f:type": {}, "f:rollingUpdate": {".": {}, "f:maxSurge": {}}},
            "f:template": {
                "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                "f:spec": {
                    "f:containers": {
                        'k:{"name":"c"}': {
                            ".": {},
                            "f:name": {},
                            "f:image": {},
                            "f:resources": {},
                            "f:ports": {
                                ".": {},
                                'k:{"containerPort":80,"protocol":"TCP"}': {
                                    ".": {},
                                    "f:containerPort": {},
                                    "f:protocol": {},
                                },
                            },
                        }
                    }
                },
            },
        }
    }


def test_each_door_owns_only_what_it_lets_through() -> None:
    after = {**DEPLOYMENT, "status": {"replicas": 2}}
    (entry,) = managed.track(kinds.DEPLOYMENT, DEPLOYMENT, after, manager="kcm", now=NOW, subresource="status")
    assert entry["subresource"] == "status"
    assert entry["fieldsV1"] == {"f:status": {"f:replicas": {}}}
    assert managed.track(kinds.DEPLOYMENT, DEPLOYMENT, after, manager="kubectl", now=NOW) == []


def test_a_component_is_noted_once_and_costs_nothing_more() -> None:
    fields = {"f:status": {"f:conditions": {}}}
    entries = managed.touch(kinds.POD, None, fields, manager="kubelet", now=NOW, subresource="status")
    assert entries[0]["fieldsV1"] == fields
    again = managed.touch(kinds.POD, entries, fields, manager="kubelet", now=NOW + 9, subresource="status")
    assert again is entries


values = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2"]), max_size=3)


@given(st.lists(st.tuples(st.sampled_from(["ana", "luis"]), values), max_size=5))
def test_every_field_has_exactly_one_owner_the_last_who_changed_it(writes: list[tuple[str, dict[str, str]]]) -> None:
    obj: dict[str, Any] | None = None
    expected: dict[str, str] = {}
    for who, data in writes:
        before = obj["data"] if obj else {}
        expected = {
            key: expected[key] if before.get(key) == value and key in expected else who for key, value in data.items()
        }
        metadata = obj["metadata"] if obj else {"name": "c"}
        obj = written(obj, {**config_map(data), "metadata": metadata}, who)
    found = {
        step[2:]: who
        for who, fields in (owners(obj) if obj else {}).items()
        for step in fields.get("f:data", {})
        if step != "."
    }
    assert found == expected
