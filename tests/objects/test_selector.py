"""Promesas de los selectores: eligen lo que elegiría el servidor real y se quejan con sus palabras."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tools.objects.selector import FieldSelector, LabelSelector

OBJECTS = {
    "a": {"env": "prod", "tier": "front"},
    "b": {"env": "prod", "tier": "back"},
    "c": {"env": "test"},
    "d": {"other": "x"},
}


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("", "abcd"),
        ("env=prod", "ab"),
        ("env!=prod,other", "d"),
        ("env in (prod,test),tier notin (back)", "ac"),
        ("!env,other", "d"),
        ("env==test", "c"),
        ("env,tier=back", "b"),
        ("env=none", ""),
        (" env in ( prod , test ) , !tier ", "c"),
        ("tier in (,front)", "a"),
        ("! env", "d"),
        ("in in (a)", ""),
        ("env=", ""),
    ],
)
def test_labels_choose_as_recorded(text: str, chosen: str) -> None:
    selector = LabelSelector.parse(text)
    assert "".join(name for name, labels in OBJECTS.items() if selector.matches(labels)) == chosen


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("env in prod", "unable to parse requirement: found 'prod' expected: '('"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a=)", "unable to parse requirement: found ')', expected: identifier"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        (
            "a in ()",
            "unable to parse requirement: values: Invalid value: []: "
            "for 'in', 'notin' operators, values set can't be empty",
        ),
        (
            "a>b",
            'unable to parse requirement: values[0]: Invalid value: "b": '
            "for 'Gt', 'Lt' operators, the value must be an integer",
        ),
        (
            "_a=b",
            'unable to parse requirement: <nil>: Invalid value: "_a": name part must consist of alphanumeric '
            "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
            "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        ),
        (
            "a=b-",
            'unable to parse requirement: values[0][a]: Invalid value: "b-": a valid label must be an empty string '
            "or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
            "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
            "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
    ],
)
def test_a_bad_label_selector_is_refused_as_recorded(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as refusal:
        LabelSelector.parse(text)
    assert str(refusal.value) == complaint


def test_numbers_can_be_compared() -> None:
    assert LabelSelector.parse("n>3").matches({"n": "4"})
    assert not LabelSelector.parse("n<4").matches({"n": "4"})
    assert not LabelSelector.parse("n>3").matches({"n": "x"})


def test_an_object_s_selector_joins_labels_and_expressions() -> None:
    selector = LabelSelector.from_object(
        {
            "matchLabels": {"env": "prod"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["front", "middle"]},
                {"key": "old", "operator": "DoesNotExist"},
            ],
        }
    )
    assert selector.matches(OBJECTS["a"])
    assert not selector.matches(OBJECTS["b"])
    assert str(selector) == "env=prod,!old,tier in (front,middle)"
    with pytest.raises(ValueError, match=r'^"Like" is not a valid label selector operator$'):
        LabelSelector.from_object({"matchExpressions": [{"key": "a", "operator": "Like"}]})


def test_an_absent_selector_chooses_nothing_and_an_empty_one_everything() -> None:
    assert not LabelSelector.from_object(None).matches({"a": "b"})
    assert LabelSelector.from_object({}).matches(None)
    assert not LabelSelector.from_map({}).matches({})
    assert LabelSelector.from_map({"a": "b"}).matches({"a": "b", "c": "d"})


labels = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "y", ""]), max_size=3)


@given(labels, labels)
def test_a_selector_of_labels_chooses_exactly_the_supersets(wanted: dict[str, str], found: dict[str, str]) -> None:
    selector = LabelSelector.from_object({"matchLabels": wanted})
    assert selector.matches(found) is (wanted.items() <= found.items())


@given(labels, st.sampled_from(["a", "!a", "a=x", "a!=x", "a in (x,y)", "a notin (x,y)", "a=x,b!=y"]))
def test_written_out_and_read_again_it_chooses_the_same(found: dict[str, str], text: str) -> None:
    selector = LabelSelector.parse(text)
    again = LabelSelector.parse(str(selector))
    assert again == selector
    assert again.matches(found) == selector.matches(found)


@given(st.text(alphabet="ab =!(),<>in", max_size=12))
def test_any_text_is_a_selector_or_a_clear_refusal(text: str) -> None:
    try:
        LabelSelector.parse(text).matches({"a": "b"})
    except ValueError as refusal:
        assert "found" in str(refusal) or "Invalid value" in str(refusal)


def test_fields_are_compared_with_equal_and_different() -> None:
    selector = FieldSelector.parse("status.phase!=Succeeded,spec.restartPolicy==Always")
    assert selector.matches({"status.phase": "Running", "spec.restartPolicy": "Always"})
    assert not selector.matches({"status.phase": "Succeeded", "spec.restartPolicy": "Always"})
    assert selector.required("spec.restartPolicy") == "Always"
    assert selector.required("status.phase") is None
    assert str(selector) == "spec.restartPolicy=Always,status.phase!=Succeeded"


def test_an_empty_value_chooses_objects_without_the_field() -> None:
    assert FieldSelector.parse("involvedObject.namespace=").matches({})
    assert FieldSelector.parse("").everything


def test_commas_can_be_escaped_in_a_field() -> None:
    selector = FieldSelector.parse(r"metadata.name=a\,b\=c")
    assert selector.matches({"metadata.name": "a,b=c"})
    assert FieldSelector.parse(str(selector)) == selector


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a", "invalid selector: 'a'; can't understand 'a'"),
        ("a=b,c", "invalid selector: 'a=b,c'; can't understand 'c'"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
        (r"a=\x", r"invalid field selector: invalid escape sequence: \x"),
    ],
)
def test_a_bad_field_selector_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as refusal:
        FieldSelector.parse(text)
    assert str(refusal.value) == complaint
