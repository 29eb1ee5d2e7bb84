"""Preguntar quién se es y qué se puede: las respuestas son las del servidor real, y nadie las guarda."""

from __future__ import annotations

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from tests.embedded.test_access_identity import ACCOUNTS, AUTHN, AUTHZ, RBAC, Door


@pytest.fixture
def door(cluster: EmbeddedCluster) -> Door:
    return Door(cluster)


def asks(verb: str, resource: str, **more: str) -> dict[str, object]:
    return {"verb": verb, "resource": resource, "namespace": "default", **more}


@pytest.mark.parametrize(("role", "allowed"), [("owner", True), ("student", True), ("checker", False)])
def test_each_credential_knows_what_it_may(door: Door, role: str, allowed: bool) -> None:
    spec = {"spec": {"resourceAttributes": asks("delete", "pods")}}
    code, found = door("POST", f"{AUTHZ}/selfsubjectaccessreviews", spec, role)
    assert (code, found["status"]["allowed"]) == (201, allowed)


def test_someone_elses_permission_comes_with_its_reason(door: Door) -> None:
    door.give("view", user="eva")
    spec = {"user": "eva", "resourceAttributes": asks("get", "pods", subresource="log")}
    _, found = door("POST", f"{AUTHZ}/subjectaccessreviews", {"spec": spec})
    assert found["status"] == {
        "allowed": True,
        "reason": 'RBAC: allowed by RoleBinding "da/default" of ClusterRole "view" to User "eva"',
    }
    _, found = door("POST", f"{AUTHZ}/subjectaccessreviews", {"spec": {**spec, "user": "ana"}})
    assert found["status"] == {"allowed": False}


def test_a_local_review_stays_in_its_namespace(door: Door) -> None:
    door.give("view", user="eva")
    path = f"{AUTHZ}/namespaces/default/localsubjectaccessreviews"
    spec = {"user": "eva", "resourceAttributes": asks("get", "pods")}
    assert door("POST", path, {"spec": spec})[1]["status"]["allowed"]
    assert door("POST", path, {"spec": {**spec, "resourceAttributes": {"verb": "get", "namespace": "x"}}})[0] == 422


def test_the_list_of_what_one_may_is_that_of_ones_roles(door: Door) -> None:
    path, spec = f"{AUTHZ}/selfsubjectrulesreviews", {"spec": {"namespace": "default"}}
    _, before = door("POST", path, spec, impersonate_user="eva")
    door.give("system:kube-dns", user="eva")
    _, after = door("POST", path, spec, impersonate_user="eva")
    new = [rule for rule in after["status"]["resourceRules"] if rule not in before["status"]["resourceRules"]]
    assert new == [{"verbs": ["list", "watch"], "apiGroups": [""], "resources": ["endpoints", "services"]}]
    assert after["status"]["incomplete"] is False


def test_the_students_list_admits_it_does_not_say_it_all(door: Door) -> None:
    _, found = door("POST", f"{AUTHZ}/selfsubjectrulesreviews", {"spec": {"namespace": "default"}}, "student")
    assert found["status"]["incomplete"] and "statuses" in found["status"]["evaluationError"]


@pytest.mark.parametrize(
    ("path", "body", "code", "said"),
    [
        (f"{AUTHZ}/subjectaccessreviews", {"spec": {"user": "eva"}}, 422, "exactly one of nonResourceAttributes"),
        (f"{AUTHZ}/subjectaccessreviews", {"spec": {"resourceAttributes": {}}}, 422, "at least one of user or group"),
        (f"{AUTHZ}/selfsubjectrulesreviews", {"spec": {}}, 400, "no namespace on request"),
        (f"{AUTHN}/tokenreviews", {"spec": {}}, 400, "token is required for TokenReview in authentication"),
        (f"{ACCOUNTS}/bot/token", {"spec": {"expirationSeconds": 5}}, 422, "less than 10 minutes"),
        (f"{ACCOUNTS}/bot/token", {"spec": {"expirationSeconds": 2**33}}, 422, "larger than 2^32 seconds"),
        (f"{ACCOUNTS}/nadie/token", {"spec": {}}, 404, 'serviceaccounts "nadie" not found'),
        (f"{ACCOUNTS}/bot/token", {"spec": {"boundObjectRef": {"kind": "Pod", "name": "x"}}}, 404, 'pods "x"'),
        (f"{ACCOUNTS}/bot/token", {"spec": {"boundObjectRef": {"kind": "Service"}}}, 400, "cannot bind token"),
    ],
)
def test_a_question_badly_asked_says_why(door: Door, path: str, body: object, code: int, said: str) -> None:
    found, status = door("POST", path, body)
    assert found == code
    assert said in status["message"]


@pytest.mark.parametrize(
    "path", [f"{AUTHZ}/subjectaccessreviews", f"{AUTHN}/tokenreviews", f"{AUTHN}/selfsubjectreviews"]
)
def test_a_question_is_asked_and_never_kept(door: Door, path: str) -> None:
    before = door.cluster.store.revision
    assert [door(method, path)[0] for method in ("GET", "DELETE")] == [405, 405]
    door("POST", path, {"spec": {"user": "eva", "token": "x", "nonResourceAttributes": {"path": "/", "verb": "get"}}})
    assert door.cluster.store.revision == before


def test_a_list_by_name_is_a_request_for_that_name(door: Door) -> None:
    role = {"metadata": {"name": "una"}, "rules": [{"verbs": ["list", "watch"], "apiGroups": [""],
                                                    "resources": ["configmaps"], "resourceNames": ["c"]}]}  # fmt: skip
    assert door("POST", f"{RBAC}/clusterroles", role)[0] == 201
    door.give("una", user="eva")
    path, eva = "/api/v1/namespaces/default/configmaps", {"impersonate-user": "eva"}
    codes = [door.doors["owner"].send("GET", path, {"fieldSelector": [selector]}, None, eva).status
             for selector in ("metadata.name=c", "metadata.name=d", "")]  # fmt: skip
    assert codes == [200, 403, 403]


def test_a_namespace_is_read_from_inside(door: Door) -> None:
    door.give("view", user="eva")
    eva = {"impersonate_user": "eva"}
    assert door("GET", "/api/v1/namespaces/default", **eva)[0] == 200
    assert door("GET", "/api/v1/namespaces/kube-system", **eva)[0] == 403
    assert door("GET", "/api/v1/namespaces", **eva)[0] == 403
