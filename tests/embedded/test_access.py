"""Lo que dice la casa: las tres credenciales, una fila por promesa."""

from __future__ import annotations

import pytest

from lab_tools.embedded.access.attributes import Attributes, forbidden
from lab_tools.embedded.access.house import ANONYMOUS, verdict
from lab_tools.embedded.server.identity import USERS
from lab_tools.embedded.user import SYSTEM

EVERYONE = {**USERS, "anonymous": ANONYMOUS, "system": SYSTEM}


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        (Attributes("get", "", "pods", "default", "p"), "owner student checker system"),
        (Attributes("list", "", "secrets"), "owner student checker system"),
        (Attributes("create", "apps", "deployments", "default"), "owner student system"),
        (Attributes("update", "apps", "deployments/scale", "default", "web"), "owner student system"),
        (Attributes("create", "", "pods/eviction", "default", "p"), "owner student system"),
        (Attributes("patch", "", "nodes", None, "node-1"), "owner student system"),
        (Attributes("get", "", "pods/log", "default", "p"), "owner student checker system"),
        (Attributes("get", "apps", "deployments/status", "default", "web"), "owner student checker system"),
        (Attributes("patch", "", "nodes/status", None, "node-1"), "owner system"),
        (Attributes("update", "", "pods/status", "default", "p"), "owner system"),
        (Attributes("create", "", "pods/binding", "default", "p"), "owner system"),
        (Attributes("create", "", "events", "default"), "owner system"),
        (Attributes("update", "coordination.k8s.io", "leases", "kube-node-lease", "node-1"), "owner system"),
        (Attributes("impersonate", "", "users", None, "system:admin"), "owner system"),
        (Attributes("impersonate", "", "groups", None, "orquesta:owner"), "owner system"),
        (Attributes("impersonate", "", "users", None, "ana"), "owner student system"),
        (Attributes("impersonate", "", "serviceaccounts", "default", "bot"), "owner student system"),
        (Attributes("create", "authorization.k8s.io", "selfsubjectaccessreviews"), "owner student checker system"),
        (Attributes("create", "authorization.k8s.io", "subjectaccessreviews"), "owner student checker system"),
        (Attributes("deletecollection", "", "pods", "default"), "owner student system"),
        (Attributes("get", path="/api"), "owner student checker system"),
        (Attributes("get", path="/readyz"), "owner student checker anonymous system"),
        (Attributes("get", path="/version"), "owner student checker anonymous system"),
        (Attributes("get", path="/orquesta/v1/clock"), "owner student checker system"),
        (Attributes("post", path="/orquesta/v1/clock"), "owner system"),
        (Attributes("get", path="/orquesta/v1/state"), "owner checker system"),
    ],
    ids=lambda value: f"{value.verb} {value.resource or value.path}" if isinstance(value, Attributes) else "",
)
def test_only_they_may(asked: Attributes, who: str) -> None:
    assert [name for name, user in EVERYONE.items() if verdict(user, asked)] == who.split()


def test_a_refusal_names_who_what_and_where() -> None:
    asked = Attributes("patch", "apps", "deployments/status", "default", "web")
    refused = forbidden(USERS["student"], asked)
    assert refused.message == (
        'deployments.apps "web" is forbidden: User "student" cannot patch resource "deployments/status" '
        'in API group "apps" in the namespace "default"'
    )
    assert refused.details == {"name": "web", "group": "apps", "kind": "deployments"}


def test_a_refused_path_is_named() -> None:
    refused = forbidden(ANONYMOUS, Attributes("get", path="/metrics"))
    assert refused.message == 'forbidden: User "system:anonymous" cannot get path "/metrics"'
