"""El documento de antes: los mismos tipos, con la gramática de la versión 2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lab_tools.objects import kinds, openapi, openapi_v2
from lab_tools.objects.custom.definition import kinds_of

INFO = {"title": "Kubernetes", "version": "v1.36.0"}
SERVED = [tuple(kind for kind in kinds.ALL if (kind.group, kind.version) == one) for one in openapi.versions()]
POD = "io.k8s.api.core.v1."


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_v2.document(SERVED, INFO)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def test_it_is_one_document_with_every_kind(document: dict[str, Any]) -> None:
    assert (document["swagger"], document["info"]) == ("2.0", INFO)
    assert {kind.definition for kind in kinds.ALL} <= set(document["definitions"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = {node["$ref"] for node in nodes(document) if isinstance(node.get("$ref"), str)}
    assert references <= {f"#/definitions/{name}" for name in document["definitions"]}


def test_nothing_of_the_new_grammar_is_left(document: dict[str, Any]) -> None:
    schemas = [node for node in nodes(document["definitions"]) if "type" in node or "$ref" in node]
    assert not any(isinstance(node.get(word), list) for node in schemas for word in ("oneOf", "anyOf", "allOf"))


def test_a_reference_has_its_description_beside_it(document: dict[str, Any]) -> None:
    spec = document["definitions"][f"{POD}Pod"]["properties"]["spec"]
    assert spec["$ref"] == f"#/definitions/{POD}PodSpec"
    assert spec["description"].startswith("Specification of the desired behavior of the pod.")


def test_what_may_be_a_number_is_a_text(document: dict[str, Any]) -> None:
    port = document["definitions"]["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]
    assert (port["type"], port["format"]) == ("string", "int-or-string")
    assert document["definitions"]["io.k8s.apimachinery.pkg.api.resource.Quantity"]["type"] == "string"


def test_an_own_kind_that_takes_any_field_names_none() -> None:
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"a": {"type": "string"}}}
    spec = {"type": "object", "properties": {"n": {"type": "integer"}, "libre": free}}
    crd = {
        "metadata": {"name": "cosas.a.example"},
        "spec": {"group": "a.example", "scope": "Namespaced",
                 "names": {"plural": "cosas", "singular": "cosa", "kind": "Cosa", "listKind": "CosaList"},
                 "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                     "type": "object", "properties": {"spec": spec}}}}]},
        "status": {"conditions": [{"type": "Established", "status": "True"}],
                   "acceptedNames": {"plural": "cosas", "singular": "cosa", "kind": "Cosa", "listKind": "CosaList"}},
    }  # fmt: skip
    [kind] = kinds_of(crd)
    found = openapi_v2.document([(kind,)], INFO)["definitions"][kind.definition]["properties"]["spec"]["properties"]
    assert found["n"] == {"type": "integer"}
    assert found["libre"] == {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def test_the_defaults_stay_in_the_new_grammar(document: dict[str, Any]) -> None:
    spec = document["definitions"][f"{POD}PodSpec"]["properties"]
    assert "default" not in spec["containers"]["items"]
    assert not any("default" in part for one in document["definitions"].values()
                   for part in one.get("properties", {}).values())  # fmt: skip
