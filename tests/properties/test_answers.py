"""Cualquier JSON recibe una respuesta con sentido, y decir dos veces lo mismo no cambia nada."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request, Response
from lab_tools.objects import kinds
from tests.fuzz import oracle
from tests.fuzz.moves import PATCHES, examples
from tests.properties import SOME, template

_WORDS = st.sampled_from(
    ("a", "spec", "metadata", "name", "labels", "status", "containers", "kind", "replicas", "$patch", "")
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
_KINDS = [kind for kind in kinds.ALL if "create" in kind.verbs]
# Los trozos de un Deployment que un parche de mezcla puede decir.
_VARIABLE = st.fixed_dictionaries({"name": st.sampled_from("AB")}, optional={"value": st.text("xy", max_size=2)})
_CONTAINER = st.fixed_dictionaries({"name": st.sampled_from("cde")}, optional={
    "image": st.sampled_from(("nginx:1.27", "nginx:1.28", None)),
    "env": st.lists(_VARIABLE, max_size=2, unique_by=lambda one: one["name"]),
    "$patch": st.sampled_from(("delete", "replace")),
})  # fmt: skip
_STRATEGIC = st.fixed_dictionaries({}, optional={
    "replicas": st.integers(0, 3) | st.none(),
    "paused": st.booleans() | st.none(),
    "strategy": st.sampled_from(
        ({"type": "Recreate", "$retainKeys": ["type"]}, {"rollingUpdate": {"maxSurge": 2}}, None)
    ),
    "template": st.fixed_dictionaries({"spec": st.fixed_dictionaries({
        "containers": st.lists(_CONTAINER, max_size=3, unique_by=lambda one: one["name"]),
    })}),
})  # fmt: skip


class Door:
    """Un clúster y su puerta."""

    def __init__(self) -> None:
        self.cluster = EmbeddedCluster(0)

    def ask(self, method: str, path: str, body: Any, media: str = "application/json", **query: str) -> Response:
        """Una petición y sus quejas, que no ha de haber."""
        asked = {name: [value] for name, value in query.items()}
        request = Request(method, path, asked, {"content-type": media}, json.dumps(body).encode())
        before = self.cluster.store.revision
        response = self.cluster.rest.handle(request)
        assert not list(oracle.complaints(request, response, before, self.cluster.store.revision))
        return response


@pytest.fixture(scope="module")
def door() -> Door:
    return Door()


@SOME
@given(st.sampled_from(_KINDS), _JSON)
def test_any_body_gets_an_answer_of_the_api(kind: kinds.Kind, body: Any) -> None:
    door = Door()
    assert door.ask("POST", kind.path("default"), body).status in range(200, 501)
    if isinstance(body, dict):
        named = {**body, "metadata": {"name": "a"}, "apiVersion": kind.api_version, "kind": kind.kind}
        door.ask("POST", kind.path("default"), named)
        door.ask("PUT", kind.path("default", "a"), named)
    door.cluster.clock.advance(60)


@SOME
@given(st.sampled_from(examples()), st.sampled_from(PATCHES), _JSON)
def test_any_patch_gets_an_answer_of_the_api(example: dict[str, Any], media: str, body: Any) -> None:
    kind = kinds.find(example["apiVersion"], example["kind"])
    assume(kind is not None and "patch" in kind.verbs)
    assert kind is not None
    door = Door()
    door.ask("POST", kind.path("default"), example)
    door.ask("PATCH", kind.path("default", example["metadata"]["name"]), body, media, fieldManager="yo")
    door.cluster.clock.advance(60)


@SOME
@given(_STRATEGIC)
def test_a_strategic_merge_patch_twice_is_once(spec: dict[str, Any]) -> None:
    door = Door()
    _twice(door, {"spec": spec}, PATCHES[2])


@SOME
@given(st.sets(st.sampled_from(("replicas", "paused", "minReadySeconds", "second"))), st.integers(0, 5))
def test_applying_twice_is_applying_once(fields: set[str], number: int) -> None:
    door = Door()
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "web"}}, "template": template({"app": "web"})}
    spec |= {name: number for name in ("replicas", "minReadySeconds") if name in fields}
    if "paused" in fields:
        spec["paused"] = bool(number % 2)
    if "second" in fields:
        spec["template"]["spec"]["containers"].append({"name": "e", "image": "busybox:1.36"})
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": spec}
    _twice(door, body, PATCHES[3], fieldManager="yo", force="true")
    # Lo que deja de nombrarse y era solo suyo desaparece; repetirlo tampoco cambia nada.
    spec.pop("replicas", None)
    _twice(door, body, PATCHES[3], fieldManager="yo", force="true")


def _twice(door: Door, body: Any, media: str, **query: str) -> None:
    path = "/apis/apps/v1/namespaces/default/deployments/a"
    example = next(one for one in examples() if one["kind"] == "Deployment")
    door.ask("POST", path.rpartition("/")[0], example)
    first = door.ask("PATCH", path, body, media, **query)
    before = door.cluster.store.revision
    second = door.ask("PATCH", path, body, media, **query)
    assert second.body == first.body
    assert door.cluster.store.revision == before
