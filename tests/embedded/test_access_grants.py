"""Repartir permisos: nadie da lo que no tiene, los roles compuestos se llenan solos, y los de fábrica están todos."""

from __future__ import annotations

import pytest

from lab_tools.embedded.access import bootstrap
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds, validation
from tests.embedded.test_access_identity import RBAC, Door

ROLES, BINDINGS = f"{RBAC}/namespaces/default/roles", f"{RBAC}/namespaces/default/rolebindings"
EVA = {"impersonate_user": "eva"}
GROUP = "rbac.authorization.k8s.io"


@pytest.fixture
def door(cluster: EmbeddedCluster) -> Door:
    found = Door(cluster)
    found.give("admin", user="eva")
    return found


def role(name, *resources, verbs=("get",)):
    return {
        "metadata": {"name": name},
        "rules": [{"verbs": list(verbs), "apiGroups": [""], "resources": list(resources)}],
    }


def binding(name, role_name, kind="ClusterRole", user="pepa"):
    return {"metadata": {"name": name}, "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role_name},
            "subjects": [{"kind": "User", "apiGroup": GROUP, "name": user}]}  # fmt: skip


def test_one_gives_what_one_has(door: Door) -> None:
    assert door("POST", ROLES, role("lee", "pods", "secrets"), **EVA)[0] == 201
    assert door("POST", BINDINGS, binding("b", "view"), **EVA)[0] == 201


def test_a_role_with_more_than_one_has_is_refused_and_says_what_is_missing(door: Door) -> None:
    code, found = door("POST", ROLES, role("mucho", "pods", "nodes", verbs=("get", "delete")), **EVA)
    assert (code, found["message"]) == (
        403,
        'roles.rbac.authorization.k8s.io "mucho" is forbidden: user "eva" (groups=["system:authenticated"]) is '
        "attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["nodes"], Verbs:["get" "delete"]}',
    )
    assert door("POST", ROLES, role("mucho", "pods", "nodes"))[0] == 201


def test_a_role_does_not_grow_beyond_its_writer_either(door: Door) -> None:
    door("POST", ROLES, role("lee", "pods"), **EVA)
    patch = {**EVA, "content_type": "application/merge-patch+json"}
    assert door("PATCH", f"{ROLES}/lee", {"rules": role("x", "nodes")["rules"]}, **patch)[0] == 403
    assert door("PATCH", f"{ROLES}/lee", {"rules": role("x", "secrets")["rules"]}, **patch)[0] == 200


def test_a_binding_needs_what_its_role_holds_or_leave_to_bind_it(door: Door) -> None:
    code, found = door("POST", BINDINGS, binding("todo", "cluster-admin"), **EVA)
    assert code == 403 and '{NonResourceURLs:["*"], Verbs:["*"]}' in found["message"]
    leave = {"verbs": ["bind"], "apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": ["cluster-admin"]}
    door("POST", f"{RBAC}/clusterroles", {"metadata": {"name": "ata"}, "rules": [leave]})
    door("POST", BINDINGS, binding("puede-atar", "ata", user="eva"))
    assert door("POST", BINDINGS, binding("todo", "cluster-admin"), **EVA)[0] == 201


def test_a_binding_to_a_role_that_is_not_there_is_a_404_for_whom_cannot_bind_all(door: Door) -> None:
    code, found = door("POST", BINDINGS, binding("b", "fantasma", "Role"), **EVA)
    assert (code, found["message"]) == (404, 'roles.rbac.authorization.k8s.io "fantasma" not found')
    assert door("POST", BINDINGS, binding("b", "fantasma", "Role"))[0] == 201


def test_composing_roles_takes_a_cluster_admin(door: Door) -> None:
    door("POST", f"{RBAC}/clusterroles", {"metadata": {"name": "roles"}, "rules": [
        {"verbs": ["create"], "apiGroups": [GROUP], "resources": ["clusterroles"]}]})  # fmt: skip
    door.give("roles", user="eva", namespace="", name="roles")
    body = {"metadata": {"name": "c"}, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    code, found = door("POST", f"{RBAC}/clusterroles", body, **EVA)
    assert code == 403
    assert found["message"].endswith("must have cluster-admin privileges to use the aggregationRule")


def test_a_composed_role_follows_the_roles_it_is_made_of(door: Door, world) -> None:
    composed = {"metadata": {"name": "c"}, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    world.api.create(kinds.CLUSTERROLE, composed)
    piece = role("pieza", "pods")
    world.api.create(kinds.CLUSTERROLE, {**piece, "metadata": {"name": "pieza", "labels": {"a": "b"}}})
    assert world.until(lambda: world.get("clusterrole", "c").get("rules") == piece["rules"], 5) < 1
    world.delete("clusterrole", "pieza")
    world.until(lambda: not world.get("clusterrole", "c").get("rules"), 5)


def test_what_is_added_to_view_reaches_edit_and_admin(world) -> None:
    extra = {"verbs": ["get"], "apiGroups": ["example.com"], "resources": ["cosas"]}
    labels = {f"{GROUP}/aggregate-to-view": "true"}
    world.api.create(kinds.CLUSTERROLE, {"metadata": {"name": "cosas", "labels": labels}, "rules": [extra]})
    world.until(lambda: all(extra in world.get("clusterrole", name)["rules"] for name in ("view", "edit", "admin")), 5)


def test_the_roles_of_the_factory_are_valid_and_already_composed(world) -> None:
    for kind, obj in bootstrap.objects():
        assert validation.validate(kind, obj) == []
    before = world.cluster.store.revision
    world.clock.advance(1)
    composed = [world.get("clusterrole", name)["metadata"]["resourceVersion"] for name in ("view", "edit", "admin")]
    assert all(int(version) < before for version in composed)


@pytest.mark.parametrize(
    ("name", "can", "cannot"),
    [
        ("view", "get pods, list deployments.apps, get pods/log", "get secrets, create pods, list roles.rbac"),
        ("edit", "create pods, get secrets, create pods/exec, create pods/eviction", "create roles, get nodes"),
        ("admin", "create roles.rbac.authorization.k8s.io, get secrets, delete services", "update resourcequotas"),
        ("cluster-admin", "delete nodes, update pods/status, escalate roles.rbac.authorization.k8s.io", ""),
    ],
)
def test_the_four_roles_for_people_say_what_the_books_say(door: Door, name: str, can: str, cannot: str) -> None:
    door.give(name, user="ana", namespace="", name="ana")
    spec = {"user": "ana", "resourceAttributes": {}}
    for text, allowed in ((can, True), (cannot, False)):
        for verb, word in (one.split() for one in text.split(", ") if one):
            resource, _, group = word.partition(".")
            main, _, sub = resource.partition("/")
            spec["resourceAttributes"] = {"verb": verb, "group": group, "resource": main, "subresource": sub}
            path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
            assert door("POST", path, {"spec": spec})[1]["status"]["allowed"] is allowed, f"{name}: {verb} {word}"
