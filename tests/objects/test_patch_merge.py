"""Promesas del parche de mezcla: la tabla de ejemplos del RFC 7386 y que nada se comparte."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tools.errors import StatusError
from lab_tools.objects.patch import merge


@pytest.mark.parametrize(
    ("doc", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": "x"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_it_merges_as_the_rfc_says(doc: Any, patch: Any, result: Any) -> None:
    assert merge.apply(doc, patch) == result


@pytest.mark.parametrize("patch", [[], "x", 3, None])
def test_what_is_not_an_object_is_refused(patch: Any) -> None:
    with pytest.raises(StatusError) as refusal:
        merge.apply({}, patch)
    assert refusal.value.code == 400


keys = st.sampled_from("abc")
values = st.sampled_from([None, True, 1, "x", [1], {}])
flat = st.dictionaries(keys, values, max_size=3)
documents = st.dictionaries(keys, values | flat | st.dictionaries(keys, flat, max_size=2), max_size=3)


@given(documents, documents)
def test_merging_twice_is_merging_once(doc: Any, patch: Any) -> None:
    once = merge.apply(doc, patch)
    assert merge.apply(once, patch) == once


def test_the_result_shares_nothing_with_what_went_in() -> None:
    doc, patch = {"a": {"x": [1]}}, {"b": {"y": [2]}}
    result = merge.apply(doc, patch)
    result["a"]["x"].append(3)
    result["b"]["y"].append(3)
    assert (doc, patch) == ({"a": {"x": [1]}}, {"b": {"y": [2]}})
