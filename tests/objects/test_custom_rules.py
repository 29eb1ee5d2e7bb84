"""Las reglas CEL de un tipo propio se cumplen, y la que no vale se rechaza al definirlo."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.objects.custom.definition import CustomType
from lab_tools.objects.custom.judge import validate as judge
from lab_tools.objects.validation import Problem

KEY = "x-kubernetes-validations"
PORTS = {
    "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
    "items": {"type": "object", "properties": {"name": {"type": "string"}, "port": {"type": "integer"}},
              KEY: [{"rule": "self.port == oldSelf.port", "message": "port is immutable"}]},
}  # fmt: skip
FIELDS: dict[str, Any] = {
    "min": {"type": "integer"}, "max": {"type": "integer"}, "color": {"type": "string", "maxLength": 9},
    "namespace": {"type": "string"}, "since": {"type": "string", "format": "date-time"}, "share": {"type": "number"},
    "ports": PORTS,
    "labels": {"type": "object", "additionalProperties": {"type": "string", KEY: [{"rule": "self != ''"}]}},
}  # fmt: skip


def kind(*rules: dict[str, Any], **fields: Any) -> CustomType:
    spec = {"type": "object", "properties": {**FIELDS, **fields}, KEY: list(rules)}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return CustomType({"plural": "cars", "kind": "Car"}, "example.com", {"name": "v1", "schema": schema})


def said(found: CustomType, spec: dict[str, Any], old: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    before = {"spec": old} if old is not None else None
    return [(one.field, one.message) for one in found.validate({"spec": spec}, before)]


ORDERED = {"rule": "self.min <= self.max"}


def test_a_rule_that_holds_says_nothing() -> None:
    assert said(kind(ORDERED), {"min": 1, "max": 2}) == []


def test_a_rule_that_does_not_hold_is_quoted() -> None:
    assert said(kind(ORDERED), {"min": 3, "max": 2}) == [
        ("spec", 'Invalid value: "object": failed rule: self.min <= self.max'),
    ]  # fmt: skip


@pytest.mark.parametrize(("more", "field", "message"), [
    ({"message": "min over max"}, "spec", 'Invalid value: "object": min over max'),
    ({"messageExpression": "'%d > %d'.format([self.min, self.max])"}, "spec", 'Invalid value: "object": 3 > 2'),
    ({"message": "a", "messageExpression": "self.color"}, "spec", 'Invalid value: "object": a'),
    ({"message": "a", "fieldPath": ".min"}, "spec.min", 'Invalid value: "object": a'),
    ({"message": "a", "reason": "FieldValueForbidden"}, "spec", "Forbidden: a"),
    ({"message": "a", "reason": "FieldValueRequired"}, "spec", "Required value: a"),
])  # fmt: skip
def test_a_rule_may_choose_its_words_its_place_and_its_reason(more: dict[str, Any], field: str, message: str) -> None:
    assert said(kind({**ORDERED, **more}), {"min": 3, "max": 2}) == [(field, message)]


def test_a_rule_that_cannot_be_computed_says_so() -> None:
    assert said(kind({**ORDERED, "message": "ordered"}), {"min": 3}) == [
        ("spec", 'Invalid value: "object": no such key: max evaluating rule: ordered'),
    ]  # fmt: skip


def test_a_rule_on_the_past_waits_for_a_past() -> None:
    found = kind({"rule": "self.min >= oldSelf.min", "message": "min only grows"})
    assert said(found, {"min": 1}) == []
    assert said(found, {"min": 2}, {"min": 1}) == []
    assert said(found, {"min": 0}, {"min": 1}) == [("spec", 'Invalid value: "object": min only grows')]


def test_a_rule_may_ask_whether_there_was_a_past() -> None:
    found = kind({"rule": "oldSelf.hasValue() || self.min == 0", "optionalOldSelf": True, "message": "born at 0"})
    assert said(found, {"min": 1}) == [("spec", 'Invalid value: "object": born at 0')]
    assert said(found, {"min": 1}, {"min": 0}) == []


def test_elements_with_a_key_are_compared_with_themselves() -> None:
    old = {"ports": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]}
    new = {"ports": [{"name": "b", "port": 3}, {"name": "c", "port": 4}]}
    assert said(kind(), new, old) == [("spec.ports[0]", 'Invalid value: "object": port is immutable')]


def test_the_values_of_a_map_are_judged_by_their_key() -> None:
    assert said(kind(), {"labels": {"x": ""}}) == [
        ("spec.labels[x]", "Invalid value: \"string\": failed rule: self != ''"),
    ]  # fmt: skip


def test_what_was_already_wrong_and_does_not_change_is_tolerated() -> None:
    bad = {"min": 3, "max": 2}
    assert said(kind(ORDERED), bad, bad) == []
    assert len(said(kind(ORDERED), {**bad, "color": "red"}, bad)) == 1


def test_dates_and_fractions_arrive_with_their_type() -> None:
    rule = {"rule": "self.since < timestamp('2026-01-01T00:00:00Z') && self.share / 2.0 == 0.5"}
    assert said(kind(rule), {"since": "2025-01-01T00:00:00Z", "share": 1}) == []


def test_rules_are_not_checked_on_an_object_of_another_shape() -> None:
    found = kind(ORDERED).validate({"spec": {"min": "a", "max": 2}})
    assert [one.message for one in found][-1] == (
        'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the '
        "existing errors to complete validation"
    )
    assert found[-1].field == "<nil>"


def problems(rule: dict[str, Any]) -> list[Problem]:
    spec = {"type": "object", "properties": FIELDS, KEY: [rule]}
    schema = {"type": "object", "properties": {"spec": spec}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "cars", "singular": "car", "kind": "Car", "listKind": "CarList"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    return list(judge({"metadata": {"name": "cars.example.com"}, "spec": spec}))


@pytest.mark.parametrize(("rule", "where", "said"), [
    ({"rule": "self.wheels > 1"}, "rule", "undefined field 'wheels'"),
    ({"rule": "self.namespace == ''"}, "rule", "undefined field 'namespace'"),
    ({"rule": "self.min"}, "rule", "cel expression must evaluate to a bool"),
    ({"rule": "self.min >"}, "rule", "Syntax error"),
    ({"rule": " "}, "rule", "Required value: rule is not specified"),
    ({"rule": "true", "messageExpression": "self.min"}, "messageExpression", "must evaluate to a string"),
    ({"rule": "true", "reason": "Porque"}, "reason", "Unsupported value"),
    ({"rule": "true", "fieldPath": ".wheels"}, "fieldPath", "does not refer to a valid field"),
])  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused_when_defined(rule: dict[str, Any], where: str, said: str) -> None:
    found = problems(rule)
    assert len(found) == 1
    place = "spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations[0]"
    assert found[0].field == f"{place}.{where}"
    assert said in found[0].message


def test_a_rule_that_holds_together_is_accepted() -> None:
    assert problems({"rule": "self.min <= self.max && size(self.ports) < 3 && self.__namespace__ != 'x'"}) == []
