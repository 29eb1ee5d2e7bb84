"""De un esquema estructural: podar, completar y juzgar, con cualquier esquema y cualquier objeto."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tools.objects.custom.check import check
from lab_tools.objects.custom.fill import fill
from lab_tools.objects.custom.prune import prune
from lab_tools.objects.custom.structural import Structural, parse

NAMES = st.sampled_from(["a", "b", "c", "metadata"])
LEAVES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "default": "x"},
        {"type": "integer", "default": 3},
        {"type": "boolean", "nullable": True, "default": None},
        {"x-kubernetes-int-or-string": True},
        {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    ]
)


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields = st.dictionaries(NAMES, inner, max_size=3)
    return st.one_of(
        fields.map(lambda found: {"type": "object", "properties": found}),
        fields.map(lambda found: {"type": "object", "properties": found, "default": {}}),
        inner.map(lambda found: {"type": "object", "additionalProperties": found}),
        inner.map(lambda found: {"type": "array", "items": found}),
    )


SCHEMAS = st.dictionaries(NAMES, st.recursive(LEAVES, _deeper, max_leaves=6), max_size=3).map(
    lambda found: parse({"type": "object", "properties": found})
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.sampled_from(["", "x", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)


def closed(value: Any, schema: Structural | None, root: bool = True) -> bool:
    """Si en un valor no queda nada que el esquema no conozca."""
    if schema is None:
        return True
    if isinstance(value, list):
        return all(closed(item, schema.items, False) for item in value)
    if not isinstance(value, dict):
        return True
    return all(
        (root and key == "metadata") or (schema.knows(key) and closed(item, schema.child(key), False))
        for key, item in value.items()
    )


@settings(max_examples=150)
@given(SCHEMAS, OBJECTS)
def test_what_is_pruned_has_only_what_the_schema_knows(schema: Structural, obj: dict[str, Any]) -> None:
    before = copy.deepcopy(obj)
    kept, removed = prune(obj, schema)
    assert obj == before
    assert closed(kept, schema)
    assert prune(kept, schema) == (kept, [])
    assert (kept == obj) is (not removed)


@settings(max_examples=150)
@given(SCHEMAS, OBJECTS)
def test_completing_twice_is_completing_once(schema: Structural, obj: dict[str, Any]) -> None:
    fill(obj, schema, root=True)
    once = copy.deepcopy(obj)
    fill(obj, schema, root=True)
    assert obj == once


@settings(max_examples=150)
@given(SCHEMAS, OBJECTS)
def test_pruning_never_makes_a_valid_object_invalid(schema: Structural, obj: dict[str, Any]) -> None:
    kept, _ = prune(obj, schema)
    fill(kept, schema, root=True)
    assert [one.field for one in check(kept, schema)] == [one.field for one in check(prune(kept, schema)[0], schema)]
    if not list(check(obj, schema)):
        assert list(check(kept, schema)) == []


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "integer"}, "4", 'Invalid value: "string": x in body must be of type integer: "string"'),
        ({"type": "integer", "minimum": 2}, 1, "Invalid value: 1: x in body should be greater than or equal to 2"),
        (
            {"type": "integer", "maximum": 2, "exclusiveMaximum": True},
            2,
            "Invalid value: 2: x in body should be less than 2",
        ),
        ({"type": "number", "multipleOf": 0.5}, 0.7, "Invalid value: 0.7: x in body should be a multiple of 0.5"),
        ({"type": "string", "minLength": 2}, "a", 'Invalid value: "a": x in body should be at least 2 chars long'),
        ({"type": "string", "maxLength": 2}, "abc", "Too long: may not be more than 2 bytes"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "A", "Invalid value: \"A\": x in body should match '^[a-z]+$'"),
        (
            {"type": "string", "enum": ["red", "blue"]},
            "green",
            'Unsupported value: "green": supported values: "red", "blue"',
        ),
        ({"type": "string", "format": "date"}, "hoy", 'Invalid value: "hoy": x in body must be of type date: "hoy"'),
        (
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            [],
            "Invalid value: 0: x in body should have at least 1 items",
        ),
        (
            {"type": "array", "items": {"type": "string"}, "maxItems": 1},
            ["a", "b"],
            "Too many: 2: must have at most 1 items",
        ),
        (
            {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
            ["a", "a"],
            'Duplicate value: "a"',
        ),
        ({"type": "object", "properties": {}, "required": ["y"]}, {}, "Required value"),
        (
            {"type": "string", "nullable": False},
            None,
            'Invalid value: "null": x in body must be of type string: "null"',
        ),
        (
            {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"},
            {},
            'Invalid value: "": "x" must validate one and only one schema (oneOf). Found none valid',
        ),
    ],
)
def test_each_demand_is_worded_as_a_real_server(schema: dict[str, Any], value: Any, message: str) -> None:
    assert [one.message for one in check(value, parse(schema), "x")] == [message]


def test_every_problem_is_told_at_once_with_its_path() -> None:
    port = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "port": {"type": "integer"}},
    }
    schema = parse({"type": "object", "properties": {"ports": {"type": "array", "items": port}}})
    problems = list(check({"ports": [{"port": "x"}, {"name": 1}]}, schema))
    assert [one.field for one in problems] == ["ports[0].name", "ports[0].port", "ports[1].name"]
