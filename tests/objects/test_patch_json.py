"""Promesas del parche JSON: o se cumplen todas las operaciones o ninguna, y el rechazo es el del servidor real."""

from typing import Any

import pytest

from lab_tools.errors import StatusError
from lab_tools.objects.patch import json_patch

REFUSAL = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Failure",
    "message": "the server rejected our request due to an error in our request",
    "reason": "Invalid",
    "details": {},
    "code": 422,
}


def config_map() -> dict[str, Any]:
    return {"metadata": {"labels": {"a": "b"}}, "data": {"one": "1", "two": "2"}, "list": [1, 2]}


def test_operations_are_done_in_order() -> None:
    operations = [
        {"op": "replace", "path": "/data/one", "value": "uno"},
        {"op": "remove", "path": "/data/two"},
        {"op": "add", "path": "/data/three", "value": "3"},
        {"op": "add", "path": "/metadata/labels/example.com~1x", "value": "y"},
        {"op": "copy", "from": "/data/one", "path": "/data/four"},
        {"op": "move", "from": "/data/three", "path": "/data/five"},
        {"op": "add", "path": "/list/-", "value": 3},
        {"op": "test", "path": "/list/0", "value": 1},
    ]
    changed = json_patch.apply(config_map(), operations)
    assert changed["data"] == {"one": "uno", "four": "uno", "five": "3"}
    assert changed["metadata"]["labels"] == {"a": "b", "example.com/x": "y"}
    assert changed["list"] == [1, 2, 3]


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "test", "path": "/data/one", "value": "nope"}, {"op": "remove", "path": "/data/one"}],
        [{"op": "remove", "path": "/data/absent"}],
        [{"op": "replace", "path": "/list/7", "value": 1}],
        [{"op": "replace", "path": "/data/absent", "value": 1}],
        [{"op": "add", "path": "/no/where", "value": 1}],
        [{"op": "add", "path": "data", "value": 1}],
        [{"op": "add", "path": "/list/x", "value": 1}],
        [{"op": "juggle", "path": "/data"}],
        [{"op": "add", "path": "/data/x"}],
        [{"op": "copy", "path": "/data/x"}],
        [{"op": "move", "from": "/data/nope", "path": "/data/x"}],
        [{"op": "replace", "path": "", "value": []}],
        [{"path": "/data"}],
        [{}],
    ],
)
def test_an_operation_that_cannot_be_done_refuses_the_whole_patch(operations: Any) -> None:
    doc = config_map()
    with pytest.raises(StatusError) as refusal:
        json_patch.apply(doc, operations)
    assert refusal.value.status == REFUSAL
    assert doc == config_map()


@pytest.mark.parametrize("operations", [{"data": {}}, "x", 1, None, [1]])
def test_what_is_not_a_list_of_operations_is_a_bad_request(operations: Any) -> None:
    with pytest.raises(StatusError) as refusal:
        json_patch.apply(config_map(), operations)
    assert (refusal.value.code, refusal.value.reason) == (400, "BadRequest")


def test_the_result_shares_nothing_with_what_went_in() -> None:
    doc, operations = config_map(), [{"op": "add", "path": "/data/deep", "value": {"x": []}}]
    changed = json_patch.apply(doc, operations)
    changed["data"]["deep"]["x"].append(1)
    changed["list"].append(1)
    assert operations[0]["value"] == {"x": []}
    assert doc == config_map()
