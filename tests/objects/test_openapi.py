"""Los documentos OpenAPI v3 que kubectl necesita."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab_tools.objects import defaults, kinds, openapi, openapi_defaults, schema


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_index_names_every_group_and_version_with_its_digest() -> None:
    paths = openapi.index()["paths"]
    assert set(paths) >= {"api/v1", "apis/apps/v1", "apis/batch/v1"}
    url = paths["apis/apps/v1"]["serverRelativeURL"]
    path, _, digest = url.partition("?hash=")
    assert path == "/openapi/v3/apis/apps/v1"
    assert len(digest) == 128
    assert digest == digest.upper()
    assert len({entry["serverRelativeURL"].partition("=")[2] for entry in paths.values()}) == len(paths)


@pytest.mark.parametrize("version", openapi.versions(), ids="/".join)
def test_every_reference_of_a_document_is_in_it(version: tuple[str, str]) -> None:
    document = openapi.document(*version)
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


@pytest.mark.parametrize("kind", [kind for kind in kinds.ALL if "patch" in kind.verbs], ids=str)
def test_every_kind_has_a_patch_that_kubectl_recognises(kind: kinds.Kind) -> None:
    paths = openapi.document(kind.group, kind.version)["paths"]
    patch = paths[kind.path("{namespace}", "{name}")]["patch"]
    assert patch["x-kubernetes-group-version-kind"] == {
        "group": kind.group, "version": kind.version, "kind": kind.kind,
    }  # fmt: skip
    assert {one["name"] for one in patch["parameters"]} >= {"fieldValidation", "dryRun", "fieldManager", "force"}


def test_descriptions_and_enumerations_are_for_explain() -> None:
    schemas = openapi.document("apps", "v1")["components"]["schemas"]
    strategy = schemas["io.k8s.api.apps.v1.DeploymentStrategy"]
    assert strategy["description"].startswith("DeploymentStrategy describes")
    assert strategy["properties"]["type"]["enum"] == ["Recreate", "RollingUpdate"]
    rolling = strategy["properties"]["rollingUpdate"]
    assert rolling["allOf"] == [{"$ref": "#/components/schemas/io.k8s.api.apps.v1.RollingUpdateDeployment"}]
    assert rolling["description"]


def test_the_bytes_are_made_once_and_say_the_same() -> None:
    written = openapi.document_bytes("batch", "v1")
    assert written is openapi.document_bytes("batch", "v1")
    assert json.loads(written) == openapi.document("batch", "v1")


def test_a_version_that_is_not_served_has_no_document() -> None:
    with pytest.raises(KeyError):
        openapi.document("apps", "v2")


def test_a_field_says_what_is_written_when_nobody_writes_it() -> None:
    schemas = openapi.document("apps", "v1")["components"]["schemas"]
    workload = schemas["io.k8s.api.apps.v1.Deployment"]["properties"]
    assert [workload[name]["default"] for name in ("metadata", "spec", "status")] == [{}, {}, {}]
    spec = schemas["io.k8s.api.apps.v1.DeploymentSpec"]["properties"]
    assert (spec["strategy"]["default"], spec["template"]["default"]) == ({}, {})
    assert not {"selector", "replicas", "paused"} & {name for name, part in spec.items() if "default" in part}
    container = schemas["io.k8s.api.core.v1.Container"]["properties"]
    assert (container["name"]["default"], container["resources"]["default"]) == ("", {})
    assert "default" not in container["livenessProbe"]
    assert schemas["io.k8s.api.core.v1.ContainerPort"]["properties"]["protocol"]["default"] == "TCP"
    assert schemas["io.k8s.api.core.v1.ContainerPort"]["properties"]["containerPort"]["default"] == 0


@pytest.mark.parametrize("name", sorted(schema.names()))
def test_the_defaults_are_of_fields_that_exist_and_of_their_type(name: str) -> None:
    types = {"": dict, "object": dict, "string": str, "boolean": bool, "integer": int}
    definition = schema.find(name)
    assert definition is not None
    for field, value in openapi_defaults.of(name):
        assert isinstance(value, types[definition.fields[field].type]), field


def test_what_the_server_always_writes_has_a_default() -> None:
    for name, fields in defaults.STRUCTS.items():
        found = dict(openapi_defaults.of(defaults.PREFIX + name))
        assert {field: found.get(field) for field in fields.split()} == {field: {} for field in fields.split()}, name


def test_no_name_of_the_tables_is_left_over() -> None:
    fields = {f"{'.'.join(name.split('.')[-3:])}.{field}" for name in schema.names()
              for field in schema.definition(name).fields}  # fmt: skip
    listed = {f"{name}.{field}" for table in openapi_defaults.TABLES for name, found in table.items()
              for field in (found.split() if isinstance(found, str) else found)}  # fmt: skip
    assert listed - fields == set()


def test_explain_tells_what_a_quantity_is() -> None:
    found = openapi.document("", "v1")["components"]["schemas"]["io.k8s.apimachinery.pkg.api.resource.Quantity"]
    assert found["description"].startswith("Quantity is a fixed-point representation of a number.")


def test_what_belongs_to_every_group_says_that_it_is_of_this_one() -> None:
    found = openapi.document("apps", "v1")["components"]["schemas"][
        "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"
    ]
    assert found["x-kubernetes-group-version-kind"] == [
        {"group": "", "kind": "DeleteOptions", "version": "v1"},
        {"group": "apps", "kind": "DeleteOptions", "version": "v1"},
    ]
