"""Lo que se anuncia es lo que anuncia un Kubernetes 1.36: los mismos tipos, en su orden, en las dos formas.

Los hechos están en `data/discovery.txt`, una línea por tipo; aquí se escriben en las dos formas y se comparan.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
EVERY_VERB = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
# Nadie los lee: el resumen de cómo se guarda un tipo cambia con cada servidor.
UNREAD = "storageVersionHash"

Fact = list[str]


@cache
def facts() -> dict[str, list[Fact]]:
    """Grupo y versión → las palabras de cada uno de sus tipos."""
    found: dict[str, list[Fact]] = {}
    for line in (Path(__file__).parent / "data" / "discovery.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            version, *words = line.split()
            found.setdefault(version, []).append(words)
    return found


def several(word: str) -> list[str]:
    if word == "todos":
        return EVERY_VERB
    return [] if word == "-" else word.split(",")


def group_version(text: str) -> tuple[str, str]:
    group, _, version = text.rpartition("/")
    return group, version


def subresources(words: list[str]) -> Iterator[tuple[str, str, str, str, list[str]]]:
    """Nombre, grupo, versión, tipo y verbos de cada subrecurso; grupo y versión vacíos si son los del tipo."""
    for word in words:
        name, _, rest = word.partition("=")
        kind, _, verbs = rest.partition(":")
        kind, _, other = kind.partition("@")
        yield name, *group_version(other), kind, several(verbs)


def aggregated(words: Fact) -> dict[str, Any]:
    plural, kind, singular, scope, short, categories, verbs, *below = words
    found: dict[str, Any] = {"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind},
                             "scope": scope, "singularResource": singular, "verbs": several(verbs)}  # fmt: skip
    found |= {"shortNames": several(short)} if short != "-" else {}
    found |= {"categories": several(categories)} if categories != "-" else {}
    parts = [{"subresource": name, "responseKind": {"group": group, "version": version, "kind": one}, "verbs": can}
             for name, group, version, one, can in subresources(below)]  # fmt: skip
    return found | ({"subresources": parts} if parts else {})


def plain(words: Fact) -> Iterator[dict[str, Any]]:
    plural, kind, singular, scope, short, categories, verbs, *below = words
    namespaced = scope == "Namespaced"
    found = {"name": plural, "singularName": singular, "namespaced": namespaced, "kind": kind, "verbs": several(verbs)}
    found |= {"shortNames": several(short)} if short != "-" else {}
    found |= {"categories": several(categories)} if categories != "-" else {}
    yield found
    for name, group, version, one, can in subresources(below):
        row = {"name": f"{plural}/{name}", "singularName": "", "namespaced": namespaced, "kind": one, "verbs": can}
        yield row | ({"group": group, "version": version} if version else {})


@pytest.fixture(scope="module")
def cluster() -> EmbeddedCluster:
    return EmbeddedCluster(nodes=0)


def read(cluster: EmbeddedCluster, path: str, accept: str = "application/json") -> Any:
    answer = cluster.handle(Request("GET", path, {}, {"accept": accept}))
    assert answer.status == 200 and isinstance(answer.body, bytes)
    return json.loads(answer.body)


def test_the_aggregated_form_is_the_real_one(cluster: EmbeddedCluster) -> None:
    found = {
        f"{group['metadata'].get('name', '')}/{version['version']}".lstrip("/"): version["resources"]
        for root in ("/api", "/apis")
        for group in read(cluster, root, AGGREGATED)["items"]
        for version in group["versions"]
    }
    assert list(found) == list(facts())
    assert found == {version: [aggregated(words) for words in rows] for version, rows in facts().items()}


@pytest.mark.parametrize("version", facts())
def test_the_plain_form_says_the_same(cluster: EmbeddedCluster, version: str) -> None:
    path = f"/apis/{version}" if "/" in version else f"/api/{version}"
    answer = read(cluster, path)
    # El grupo sin nombre contesta como antes de que las listas llevaran versión.
    old = {} if version == "v1" else {"apiVersion": "v1"}
    assert {**answer, "resources": []} == {"kind": "APIResourceList", **old, "groupVersion": version, "resources": []}
    rows = [{key: value for key, value in row.items() if key != UNREAD} for row in answer["resources"]]
    wanted = [row for words in facts()[version] for row in plain(words)]
    assert rows == sorted(wanted, key=lambda row: str(row["name"]))


def test_each_group_prefers_its_newest_version(cluster: EmbeddedCluster) -> None:
    groups = {group["name"]: group for group in read(cluster, "/apis")["groups"]}
    wanted: dict[str, list[str]] = {}
    for version in facts():
        if "/" in version:
            wanted.setdefault(group_version(version)[0], []).append(version)
    assert {name: [one["groupVersion"] for one in group["versions"]] for name, group in groups.items()} == wanted
    assert all(group["preferredVersion"] == group["versions"][0] for group in groups.values())
    assert list(groups) == list(wanted)
