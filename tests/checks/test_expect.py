"""Los hechos sencillos: exactos con los nombres, justos con las cantidades, y siempre con algo que decir."""

from __future__ import annotations

import pytest

from lab_tools.checks.expect import (
    Fact,
    Finding,
    all_of,
    answer,
    any_of,
    condition,
    endpoints,
    event,
    exists,
    matches,
    name_in,
    names_field,
)
from tests.checks.fake import deployment, obj, snapshot
from tests.checks.fake import event as event_object


def test_a_name_is_matched_exactly_never_by_substring() -> None:
    there = snapshot(deployment("frontend-viejo"))
    finding = exists("deploy", "frontend")(there)
    assert not finding.met
    assert finding.found == "estos Deployment: `frontend-viejo`"


def test_what_is_missing_is_said_with_its_namespace() -> None:
    assert exists("deploy", "frontend")(snapshot()).found == "que no hay ningún Deployment en el namespace `tienda`"


@pytest.mark.parametrize(
    ("written", "met"), [("500m", True), ("0.5", True), (0.5, True), ("0.50", True), ("501m", False), ("medio", False)]
)
def test_quantities_are_compared_by_value(written: object, met: bool) -> None:
    quota = obj("ResourceQuota", "cuota", spec={"hard": {"cpu": written}})
    assert matches("quota", "cuota", {"spec": {"hard": {"cpu": "500m"}}}, "medio núcleo")(snapshot(quota)).met is met


def test_text_that_looks_like_a_quantity_is_not_one_elsewhere() -> None:
    settings = obj("ConfigMap", "ajustes", data={"tope": "0.5"})
    assert not matches("cm", "ajustes", {"data": {"tope": "500m"}}, "el tope")(snapshot(settings)).met


def test_a_partial_match_ignores_what_was_not_asked_and_names_what_differs() -> None:
    containers = [{"name": "otro"}, {"name": "web", "image": "a:1", "ports": []}]
    there = snapshot(obj("Pod", "p", spec={"containers": containers}))

    def ask(image: str, name: str = "web") -> Finding:
        return matches("pod", "p", {"spec": {"containers": [{"name": name, "image": image}]}}, "la imagen")(there)

    assert ask("a:1").met
    assert ask("a:2").found == "`spec.containers[web].image` es `a:1`, y se pedía `a:2`"
    assert ask("a:1", "nadie").found == "no hay ningún `spec.containers` que se llame `nadie`"


def test_a_condition_tells_its_reason() -> None:
    conditions = [{"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"}]
    finding = condition("deploy", "web", "Available")(
        snapshot(obj("Deployment", "web", status={"conditions": conditions}))
    )
    assert (finding.met, finding.found) == (False, "Available=False (MinimumReplicasUnavailable)")


def test_events_are_counted_with_their_repetitions() -> None:
    one = deployment()
    repeated = event_object(one, "Scaled", "a") | {"count": 3}
    assert event("Scaled", "Deployment", "frontend", at_least=3)(snapshot(one, repeated)).met
    assert not event("Scaled", "Deployment", "frontend", at_least=4)(snapshot(one, repeated)).met


def test_only_ready_endpoints_of_that_service_count() -> None:
    ready = {"addresses": ["10.0.0.1"], "conditions": {"ready": True}}
    waiting = {"addresses": ["10.0.0.2"], "conditions": {"ready": False}}
    labels = {"labels": {"kubernetes.io/service-name": "api"}}
    there = snapshot(obj("EndpointSlice", "api-x", meta=labels, endpoints=[ready, waiting]))
    assert endpoints("api", 1)(there).met
    assert endpoints("api", 2)(there).found == "1 dirección lista"
    assert endpoints("api", 1)(there).expected == "que el Service `api` enviara tráfico a 1 Pod o más"
    assert not endpoints("ap", 1)(there).met


def test_an_answer_that_was_not_given_is_told_apart_from_a_wrong_one() -> None:
    fact = answer("informe", "causa", lambda _, said: "" if said == "OOMKilled" else f"`{said}`", "la causa")
    elsewhere = "que no hay ningún ConfigMap `informe` en `tienda`"
    assert fact(snapshot()).found == elsewhere, "quien lo escribió en otro namespace tiene que leerlo"
    other = fact(snapshot(obj("ConfigMap", "informe", data={"otra": "x"}))).found
    assert other == "que el ConfigMap `informe` no tiene la clave `causa`"
    assert fact(snapshot(obj("ConfigMap", "informe", data={"causa": "OOM"}))).found == "`OOM`"
    assert fact(snapshot(obj("ConfigMap", "informe", data={"causa": " OOMKilled "}))).met


def test_what_several_answers_share_is_told_once() -> None:
    def wrong(key: str) -> Fact:
        return answer("informe", key, lambda _, said: f"`{said}`", f"que tu informe dijera en `{key}` un nombre")

    there = snapshot(obj("ConfigMap", "informe", data={"otra": "x"}))
    told = all_of(wrong("a"), wrong("b"), exists("deploy", "c"))(there)
    assert told.expected == "que tu informe dijera en `a` un nombre; en `b` un nombre; que existiera el Deployment `c`"
    assert told.found.startswith("que el ConfigMap `informe` no tiene la clave `a`; `b`; que no hay")


def test_a_name_can_be_told_as_kubectl_prints_it() -> None:
    assert [name_in(said) for said in ("web-0", "pod/web-0", "replicaset.apps/web-5f4b")] == [
        "web-0",
        "web-0",
        "web-5f4b",
    ]


def test_facts_compose_and_tell_only_what_is_missing() -> None:
    there = snapshot(deployment("a"))
    both = all_of(exists("deploy", "a"), exists("deploy", "b"))(there)
    assert (both.met, both.expected) == (False, "que existiera el Deployment `b`")
    assert any_of(exists("deploy", "b"), exists("deploy", "a"))(there).met


@pytest.mark.parametrize(
    ("told", "met", "found"),
    [
        ("path", True, "`path`"),
        ("spec.rules[0].http.paths[0].path", True, "`spec.rules[0].http.paths[0].path`"),
        ("ingress.spec.rules.http.paths.path", True, "`ingress.spec.rules.http.paths.path`"),
        ("`paths[1].path`", True, "``paths[1].path``"),
        ("metadata.path", False, "`metadata.path`"),
        ("pathType", False, "`pathType`"),
        ("", False, "que el ConfigMap `informe` no tiene la clave `campo`"),
    ],
)
def test_a_blamed_field_is_one_of_its_spellings_and_no_other_word(told: str, met: bool, found: str) -> None:
    report = obj("ConfigMap", "informe", data={"campo": told})
    fact = names_field("informe", "campo", "del Ingress `socios`", "path", "spec.rules[0].http.paths[0].path")
    finding = fact(snapshot(report))
    assert (finding.met, finding.found) == (met, found)
    assert finding.expected == "que tu informe dijera en `campo` qué campo del Ingress `socios` estaba mal"
