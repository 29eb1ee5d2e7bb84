"""El juicio sobre los objetos, contra las negativas de un Kubernetes 1.36 de verdad."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from lab_tools.objects import clone, defaults, kinds, schema, validation
from lab_tools.objects.decode import DecodeError, decode

DATA = Path(__file__).parent / "data"
REFUSALS = json.loads((DATA / "refusals.json").read_text("utf-8"))
CREATES = json.loads((DATA / "creates.json").read_text("utf-8"))


def ready(word: str, body: dict[str, Any]) -> dict[str, Any]:
    """El objeto como llega al juicio: descodificado, con sus valores por omisión y en su Namespace."""
    kind = kinds.named(word)
    obj, _ = decode(kind, clone(body), "Warn")
    defaults.apply(kind, obj)
    if kind.namespaced:
        obj["metadata"].setdefault("namespace", "aula")
    return obj


def causes(word: str, body: dict[str, Any]) -> list[dict[str, str]]:
    problems = validation.validate(kinds.named(word), ready(word, body))
    return [{"field": one.field, "message": one.message, "reason": one.reason} for one in problems]


def changes(word: str, old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    found = validation.validate_update(kinds.named(word), ready(word, new), ready(word, old))
    return [(one.field, one.message) for one in found]


def named(case: dict[str, Any]) -> str:
    return f"{case['scenario']}-{case['step']}"


@pytest.mark.parametrize("case", [one for one in REFUSALS if "causes" in one], ids=named)
def test_every_recorded_refusal_has_the_same_causes(case: dict[str, Any]) -> None:
    assert causes(case["resource"], case["body"]) == case["causes"]


@pytest.mark.parametrize("case", [one for one in REFUSALS if "message" in one], ids=named)
def test_every_recorded_bad_body_has_the_same_message(case: dict[str, Any]) -> None:
    with pytest.raises(DecodeError) as refused:
        decode(kinds.named(case["resource"]), case["body"], case["fieldValidation"])
    assert str(refused.value) == case["message"]


@pytest.mark.parametrize("case", CREATES, ids=named)
def test_what_was_accepted_has_no_problems(case: dict[str, Any]) -> None:
    assert causes(case["resource"], case["body"]) == []


CONTAINER = {"name": "c", "image": "nginx:1.27"}


def pod(**container: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"containers": [{**CONTAINER, **container}]}}


def deployment(**spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [CONTAINER]}}
    selector = {"matchLabels": {"app": "a"}}
    return {"metadata": {"name": "d"}, "spec": {"selector": selector, "template": template, **spec}}


def test_all_problems_are_told_at_once() -> None:
    found = causes("pod", {"metadata": {"name": "P_1"}, "spec": {"containers": [{"name": "C_1"}]}})
    assert [one["field"] for one in found] == [
        "metadata.name",
        "spec.containers[0].name",
        "spec.containers[0].image",
    ]


def test_a_request_above_its_limit_is_refused() -> None:
    found = causes("pod", pod(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1500m"}}))
    assert found == [
        {
            "field": "spec.containers[0].resources.requests",
            "message": 'Invalid value: "2": must be less than or equal to cpu limit of 1500m',
            "reason": "FieldValueInvalid",
        }
    ]


def test_an_environment_variable_has_a_name_and_one_source() -> None:
    env = [{"value": "x"}, {"name": "A", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "spec.nope"}}}]
    fields = [one["field"] for one in causes("pod", pod(env=env))]
    assert fields == [
        "spec.containers[0].env[0].name",
        "spec.containers[0].env[1].valueFrom.fieldRef.fieldPath",
        "spec.containers[0].env[1].valueFrom",
    ]


def test_a_deployment_without_selector_matches_nothing() -> None:
    body = deployment()
    del body["spec"]["selector"]
    assert [(one["field"], one["message"]) for one in causes("deploy", body)] == [
        ("spec.selector", "Required value"),
        (
            "spec.template.metadata.labels",
            'Invalid value: {"app":"a"}: `selector` does not match template `labels`',
        ),
    ]


def test_a_rolling_update_must_be_able_to_move() -> None:
    strategy = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}
    found = causes("deploy", deployment(strategy=strategy))
    assert [one["message"] for one in found] == ['Invalid value: "0%": may not be 0 when `maxSurge` is 0']


def test_a_deployments_pods_are_always_restarted() -> None:
    body = deployment()
    body["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    assert [one["message"] for one in causes("deploy", body)] == [
        'Unsupported value: "Never": supported values: "Always"'
    ]


def test_the_selector_of_a_deployment_does_not_change() -> None:
    new = deployment(selector={"matchLabels": {"app": "z"}})
    assert changes("deploy", deployment(), new) == [
        ("spec.selector", 'Invalid value: {"matchLabels":{"app":"z"}}: field is immutable')
    ]


def test_the_address_of_a_service_does_not_change() -> None:
    old = {"metadata": {"name": "s"}, "spec": {"clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9"],
                                               "ports": [{"port": 80}]}}  # fmt: skip
    new = clone(old)
    new["spec"]["clusterIP"] = "10.96.250.250"
    assert changes("svc", old, new) == [
        ("spec.clusterIPs[0]", 'Invalid value: ["10.96.250.250"]: may not change once set')
    ]


def test_the_image_of_a_pod_may_change_and_its_command_may_not() -> None:
    assert changes("pod", pod(), pod(image="nginx:1.28")) == []
    ((field, message),) = changes("pod", pod(), pod(command=["sleep"]))
    assert field == "spec"
    assert message.startswith("Forbidden: pod updates may not change fields other than `spec.containers[*].image`")


def test_a_pod_keeps_its_containers() -> None:
    new = pod()
    new["spec"]["containers"].append({"name": "two", "image": "x"})
    assert changes("pod", pod(), new) == [
        ("spec.containers", "Forbidden: pod updates may not add or remove containers")
    ]


def test_an_immutable_map_stays_as_it_is() -> None:
    old = {"metadata": {"name": "m"}, "immutable": True, "data": {"a": "1"}}
    refusal = "Forbidden: field is immutable when `immutable` is set"
    assert changes("cm", old, {**old, "data": {"a": "2"}}) == [("data", refusal)]
    assert changes("cm", old, {**old, "immutable": False}) == [("immutable", refusal)]


def test_an_object_being_deleted_takes_no_new_finalizer() -> None:
    old = {"metadata": {"name": "m", "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["a.b/one"]}}
    new = {"metadata": {**old["metadata"], "finalizers": ["a.b/one", "a.b/two"]}}
    detail = "no new finalizers can be added if the object is being deleted, found new finalizers"
    assert changes("cm", old, new) == [("metadata.finalizers", f'Forbidden: {detail} []string{{"a.b/two"}}')] * 2


def test_a_finished_job_spec_does_not_change() -> None:
    template = {"spec": {"restartPolicy": "Never", "containers": [CONTAINER]}}
    old = {"metadata": {"name": "j"}, "spec": {"completions": 1, "template": template}}
    new = {"metadata": {"name": "j"}, "spec": {"completions": 3, "template": template}}
    assert changes("job", old, new) == [("spec.completions", "Invalid value: 3: field is immutable")]


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("*/5 * * * *", None),
        ("0 0 * jan-mar mon", None),
        ("@daily", None),
        ("@never", "unrecognized descriptor: @never"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
    ],
)
def test_a_schedule_is_judged_as_the_cron_library_does(schedule: str, message: str | None) -> None:
    template = {"spec": {"restartPolicy": "Never", "containers": [CONTAINER]}}
    body = {"metadata": {"name": "c"}, "spec": {"schedule": schedule, "jobTemplate": {"spec": {"template": template}}}}
    shown = [one["message"] for one in causes("cronjob", body)]
    assert shown == ([f'Invalid value: "{schedule}": {message}'] if message else [])


TEXTS = ("", "a", "x-1", "A_b", "/a/../b", "NodePort", "ExternalName", "RollingUpdate", "Recreate", "In", "Gt", "Never",
         "* * * * *", "10.0.0.0/8", "IPv4", "100m", "-1Gi", "25%", "aGk=", "2026-01-01T00:00:00Z")  # fmt: skip
NUMBERS = (0, 1, -1, 5, 70000, 2**31 - 1)


def invented(rng: random.Random, field: schema.Field, depth: int) -> Any:
    """Un valor del tipo del campo, o casi: uno de cada cien es de otro."""
    if rng.random() < 0.01 or depth > 9:
        return rng.choice((None, "", 1, 1.5, True, [], {}))
    if field.ref:
        definition = schema.definition(field.ref)
        if definition.fields:
            return invented_object(rng, definition, depth + 1)
        return rng.choice((*TEXTS[-5:], 1) if definition.type != "object" else ({}, {"a": 1}))
    if field.items is not None:
        return [invented(rng, field.items, depth + 1) for _ in range(rng.randint(0, 2))]
    if field.additional is not None:
        return {key: invented(rng, field.additional, depth + 1) for key in rng.sample(("a", "b c", "cpu", "x/y/z"), 2)}
    return rng.choice({"integer": NUMBERS, "boolean": (True, False)}.get(field.type, TEXTS))


def invented_object(rng: random.Random, definition: schema.Definition, depth: int = 0) -> dict[str, Any]:
    share = rng.choice((0.2, 0.6)) if depth < 4 else 0.2
    return {
        name: invented(rng, field, depth)
        for name, field in definition.fields.items()
        if name not in ("apiVersion", "kind") and rng.random() < (0.9 if field.required or depth == 0 else share)
    }


@pytest.mark.parametrize("kind", kinds.ALL, ids=str)
def test_any_body_is_refused_or_judged_and_never_breaks(kind: kinds.Kind) -> None:
    rng, definition = random.Random(kind.resource), schema.definition(kind.definition)
    previous: dict[str, Any] = {}
    for _ in range(25):
        try:
            obj, _ = decode(kind, invented_object(rng, definition), "Warn")
        except DecodeError:
            continue
        defaults.apply(kind, obj)
        validation.validate(kind, obj)
        assert validation.validate_update(kind, clone(obj), obj) == []
        validation.validate_update(kind, obj, previous or obj)
        again, _ = decode(kind, clone(obj), "Strict")
        defaults.apply(kind, again)
        assert again == obj
        previous = obj
