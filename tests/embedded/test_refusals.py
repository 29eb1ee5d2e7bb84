"""Cada negativa tiene la forma que alguna vez tuvo en un servidor real, para todos los tipos.

Las formas se leen de lo grabado en `tests/conformance`: código, motivo y qué campos lleva el Status.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request
from lab_tools.objects import kinds
from lab_tools.objects.kinds import Kind
from tests.conformance import scenario

Shape = tuple[Any, ...]
WRITABLE = [kind for kind in kinds.ALL if {"create", "get", "delete", "patch"} <= set(kind.verbs)]
JSON, MERGE = "application/json", "application/merge-patch+json"
# El grupo se nombra si el tipo lo tiene: no distingue una forma de otra.
_DEPENDS = {"group"}


def shape(status: dict[str, Any]) -> Shape:
    details = status.get("details")
    causes = {tuple(sorted(cause)) for cause in (details or {}).get("causes", ())}
    named = None if details is None else tuple(sorted(set(details) - _DEPENDS))
    return status["code"], status.get("reason"), tuple(sorted(status)), named, tuple(sorted(causes))


def refusals(value: Any) -> Iterator[dict[str, Any]]:
    """Los Status de fallo que hay en cualquier sitio de un valor."""
    if isinstance(value, dict) and value.get("kind") == "Status" and value.get("status") == "Failure":
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from refusals(inner)


@cache
def recorded() -> set[Shape]:
    return {shape(status) for one in scenario.every() for status in refusals(one.expected) if "code" in status}


@pytest.fixture(scope="module")
def cluster() -> EmbeddedCluster:
    return EmbeddedCluster(nodes=0)


def ask(cluster: EmbeddedCluster, method: str, path: str, body: str = "", media: str = JSON) -> Any:
    answer = cluster.handle(Request(method, path, {}, {"accept": JSON, "content-type": media}, body.encode()))
    assert isinstance(answer.body, bytes)
    return json.loads(answer.body)


def place(kind: Kind, name: str = "") -> str:
    return kind.path("default" if kind.namespaced else None, name)


ASKED = [
    ("GET", "nadie", "", JSON),
    ("DELETE", "nadie", "", JSON),
    ("PATCH", "nadie", '{"metadata": {"labels": {"a": "b"}}}', MERGE),
    ("PATCH", "nadie", "{}", "text/plain"),
    ("PUT", "nadie", '{"metadata": {"name": "otro"}}', JSON),
    ("POST", "", "{", JSON),
    ("POST", "", "[]", JSON),
    ("POST", "", "{}", JSON),
    ("POST", "", '{"metadata": {"name": "A/b"}, "spec": {}}', JSON),
    ("POST", "", '{"metadata": {"name": "a", "labels": {"-": "?"}}}', JSON),
    ("POST", "", '{"metadata": {"name": "a", "resourceVersion": "7"}}', JSON),
    ("POST", "", '{"metadata": {"name": 7}}', JSON),
    ("POST", "", '{"kind": "Otro", "apiVersion": "v9"}', JSON),
    ("POST", "nadie", "{}", JSON),
]


@pytest.mark.parametrize("kind", WRITABLE, ids=str)
def test_every_refusal_has_a_recorded_shape(cluster: EmbeddedCluster, kind: Kind) -> None:
    for method, name, body, media in ASKED:
        found = list(refusals(ask(cluster, method, place(kind, name), body, media)))
        assert found, f"{method} {body} no se ha negado"
        assert shape(found[0]) in recorded(), found[0]["message"]
