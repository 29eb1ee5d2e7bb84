"""Los documentos OpenAPI v3 que kubectl necesita."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab_tools.objects import kinds, openapi


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
