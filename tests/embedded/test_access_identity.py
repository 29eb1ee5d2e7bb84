"""Quién es quien llama: tokens de cuentas de servicio, y hablar en nombre de otro."""

from __future__ import annotations

import base64
import json

import pytest

from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.dates import Dates
from lab_tools.objects import kinds

ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
AUTHN, AUTHZ = "/apis/authentication.k8s.io/v1", "/apis/authorization.k8s.io/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
BOT = "system:serviceaccount:default:bot"


class Door:
    """La puerta de un clúster, con las tres credenciales y la cuenta «bot»."""

    def __init__(self, cluster: EmbeddedCluster) -> None:
        self.cluster = cluster
        self.doors = {role: InProcessConnection(cluster, role) for role in ("owner", "student", "checker")}
        cluster.api.create(kinds.SERVICEACCOUNT, {"metadata": {"name": "bot"}}, "default")

    def __call__(self, method, path, body=None, role="owner", **headers):
        """El código y el objeto de una respuesta. `impersonate_user` es la cabecera Impersonate-User."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body).encode()
        reply = self.doors[role].send(method, path, None, data, sent)
        return reply.status, json.loads(reply.body)

    def token(self, role="owner", **spec):
        """Un token nuevo de «bot»."""
        code, found = self("POST", f"{ACCOUNTS}/bot/token", {"spec": spec}, role)
        assert code == 201, found
        return found["status"]["token"]

    def as_bot(self, method, path, body=None, token=None, **headers):
        """Una petición con el token de «bot»."""
        return self(method, path, body, authorization=f"Bearer {token or self.token()}", **headers)

    def give(self, role, *, user="", namespace="default", kind="User", name="da"):
        """Vincula un ClusterRole a alguien, en un espacio o (sin él) en todas partes."""
        subject = {"kind": kind, "name": user, **({"namespace": "default"} if kind == "ServiceAccount" else {})}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
        word = kinds.ROLEBINDING if namespace else kinds.CLUSTERROLEBINDING
        body = {"metadata": {"name": name}, "roleRef": reference, "subjects": [subject]}
        self.cluster.api.create(word, body, namespace or None)


@pytest.fixture
def door(cluster: EmbeddedCluster) -> Door:
    return Door(cluster)


def test_a_token_says_who_it_is_for_and_until_when(door: Door) -> None:
    header, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in door.token(expirationSeconds=600).split("."))
    found = json.loads(claims)
    assert json.loads(header)["alg"] == "HS256"
    assert (found["sub"], found["exp"] - found["iat"]) == (BOT, 600)
    assert found["kubernetes.io"]["serviceaccount"]["name"] == "bot"


def test_an_account_comes_in_with_its_token_and_may_what_its_roles_say(door: Door) -> None:
    code, found = door.as_bot("GET", "/api/v1/namespaces/default/pods")
    assert (code, found["message"]) == (
        403,
        f'pods is forbidden: User "{BOT}" cannot list resource "pods" in API group "" in the namespace "default"',
    )
    door.give("view", user="bot", kind="ServiceAccount")
    assert door.as_bot("GET", "/api/v1/namespaces/default/pods")[0] == 200
    assert door.as_bot("GET", "/api/v1/namespaces/default/secrets")[0] == 403


def test_a_token_expires_in_the_time_of_the_cluster(door: Door) -> None:
    token = door.token(expirationSeconds=600)
    door.cluster.clock.advance(599)
    assert door.as_bot("POST", f"{AUTHN}/selfsubjectreviews", {}, token)[0] == 201
    door.cluster.clock.advance(2)
    assert door.as_bot("POST", f"{AUTHN}/selfsubjectreviews", {}, token)[0] == 401


def test_a_token_dies_with_its_account_even_if_another_takes_the_name(door: Door) -> None:
    token, api = door.token(), door.cluster.api
    api.delete(kinds.SERVICEACCOUNT, "default", "bot")
    api.create(kinds.SERVICEACCOUNT, {"metadata": {"name": "bot"}}, "default")
    assert door.as_bot("GET", "/api", token=token)[0] == 401


def test_a_token_bound_to_a_pod_dies_with_it(door: Door, world) -> None:
    world.pod("p", serviceAccountName="bot")
    token = door.token(boundObjectRef={"kind": "Pod", "apiVersion": "v1", "name": "p"})
    _, found = door.as_bot("POST", f"{AUTHN}/selfsubjectreviews", {}, token)
    assert found["status"]["userInfo"]["extra"]["authentication.kubernetes.io/pod-name"] == ["p"]
    world.delete("pod", "p", grace=0)
    assert door.as_bot("GET", "/api", token=token)[0] == 401


@pytest.mark.parametrize("spoil", [lambda text: text[:-4] + "AAAA", lambda text: "a.b.c", lambda text: "",
                                   lambda text: text.replace(".", ".e30", 1), lambda text: "ñ.ñ.ñ"])  # fmt: skip
def test_a_token_nobody_signed_is_not_a_token(door: Door, spoil) -> None:
    assert door("GET", "/api", authorization=f"Bearer {spoil(door.token())}")[0] == 401


def test_a_token_for_others_does_not_open_this_door(door: Door) -> None:
    token = door.token(audiences=["boveda"])
    assert door.as_bot("GET", "/api", token=token)[0] == 401
    review = {"spec": {"token": token, "audiences": ["boveda"]}}
    assert door("POST", f"{AUTHN}/tokenreviews", review)[1]["status"]["authenticated"]
    assert door("POST", f"{AUTHN}/tokenreviews", {"spec": {"token": token}})[1]["status"] == {
        "user": {}, "error": "invalid bearer token"}  # fmt: skip


def test_two_clusters_with_other_seeds_do_not_take_each_others_tokens(door: Door) -> None:
    other = Door(EmbeddedCluster(1, seed=7))
    assert other.as_bot("GET", "/api", token=door.token())[0] == 401


def test_an_account_never_goes_beyond_what_a_student_may(door: Door) -> None:
    door.give("cluster-admin", user="bot", kind="ServiceAccount", namespace="")
    assert door.as_bot("GET", "/api/v1/nodes")[0] == 200
    assert door.as_bot("POST", "/orquesta/v1/clock", {"advance": 1})[0] == 403
    body = {"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "namespace": "default"}}
    assert door.as_bot("POST", "/api/v1/namespaces/default/events", body)[0] == 403
    borrowed = {"impersonate_user": "x", "impersonate_group": "orquesta:owner"}
    assert door.as_bot("POST", "/orquesta/v1/clock", {"advance": 1}, **borrowed)[0] == 403


def test_the_owner_speaks_for_anyone_and_gets_their_answer(door: Door) -> None:
    code, found = door("GET", "/api/v1/nodes", impersonate_user="ana", impersonate_group="devs")
    assert (code, found["message"]) == (
        403,
        'nodes is forbidden: User "ana" cannot list resource "nodes" in API group "" at the cluster scope',
    )
    assert door("GET", "/api/v1/nodes", impersonate_user="ana", impersonate_group="system:masters")[0] == 200


@pytest.mark.parametrize(
    ("name", "groups", "expected"),
    [
        ("ana", "", ["system:authenticated"]),
        ("ana", "a,b", ["a", "b", "system:authenticated"]),
        (BOT, "", ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]),
        ("system:anonymous", "", ["system:unauthenticated"]),
    ],
)
def test_a_borrowed_identity_belongs_to_its_groups(door: Door, name: str, groups: str, expected: list[str]) -> None:
    sent = {"impersonate_user": name, **({"impersonate_group": groups} if groups else {})}
    door.give("system:basic-user", user="system:unauthenticated", kind="Group", namespace="")
    code, found = door("POST", f"{AUTHN}/selfsubjectreviews", {}, **sent)
    assert (code, found["status"]["userInfo"]) == (201, {"username": name, "groups": expected})


@pytest.mark.parametrize(
    ("role", "headers", "said"),
    [
        # A quien puede prestarse la identidad se le niega lo que esa identidad no puede.
        ("student", {"impersonate_user": "ana"}, 'User "ana" cannot list resource "nodes"'),
        ("student", {"impersonate_user": BOT}, f'User "{BOT}" cannot list resource "nodes"'),
        # A los demás, la identidad.
        ("student", {"impersonate_user": "x", "impersonate_group": "system:masters"}, 'impersonate resource "groups"'),
        ("student", {"impersonate_user": "x", "impersonate_group": "orquesta:owner"}, 'impersonate resource "groups"'),
        ("student", {"impersonate_user": "system:node:node-1"}, 'impersonate resource "users"'),
        ("checker", {"impersonate_user": "ana"}, 'User "checker" cannot impersonate resource "users"'),
    ],
)
def test_who_may_speak_for_whom(door: Door, role: str, headers: dict[str, str], said: str) -> None:
    code, found = door("GET", "/api/v1/nodes", None, role, **headers)
    assert code == 403
    assert said in found["message"]


def test_groups_alone_are_nobody(door: Door) -> None:
    assert door("GET", "/api/v1/nodes", impersonate_group="devs")[0] == 400


def test_what_a_student_borrows_stays_within_the_students_limits(door: Door) -> None:
    door.give("cluster-admin", user="ana", namespace="")
    as_ana = {"role": "student", "impersonate_user": "ana"}
    assert door("GET", "/api/v1/nodes", **as_ana)[0] == 200
    assert door("GET", "/orquesta/v1/state", **as_ana)[0] == 403
    patch = {"role": "student", "impersonate_user": "ana", "content_type": "application/merge-patch+json"}
    code, found = door("PATCH", "/api/v1/nodes/node-1/status", {"status": {"phase": "x"}}, **patch)
    assert (code, found["message"].rpartition(": ")[2]) == (403, "only the cluster itself may do this")


def test_a_secret_of_an_account_is_filled_with_a_token_and_goes_with_it(door: Door, world) -> None:
    annotations = {"kubernetes.io/service-account.name": "bot"}
    secret = {"metadata": {"name": "llave", "annotations": annotations}, "type": "kubernetes.io/service-account-token"}
    assert door("POST", "/api/v1/namespaces/default/secrets", secret)[0] == 201
    world.until(lambda: world.get("secret", "llave").get("data"), 1)
    data = {name: base64.b64decode(value).decode() for name, value in world.get("secret", "llave")["data"].items()}
    assert (set(data), data["namespace"]) == ({"token", "namespace", "ca.crt"}, "default")
    door.cluster.clock.advance(86400)
    assert door.as_bot("POST", f"{AUTHN}/selfsubjectreviews", {}, data["token"])[0] == 201
    world.delete("serviceaccount", "bot")
    world.until(lambda: world.get("secret", "llave") is None, 1)
    assert door.as_bot("GET", "/api", token=data["token"])[0] == 401


def test_a_secret_for_nobody_is_not_kept(world) -> None:
    annotations = {"kubernetes.io/service-account.name": "nadie"}
    secret = {"metadata": {"name": "x", "annotations": annotations}, "type": "kubernetes.io/service-account-token"}
    world.api.create(kinds.SECRET, secret, "default")
    world.until(lambda: world.get("secret", "x") is None, 1)


def test_a_token_tells_the_hour_that_is_seen_and_expires_by_the_clock_of_the_cluster() -> None:
    door = Door(EmbeddedCluster(nodes=0))
    dates, cluster = Dates(), door.cluster
    dates.turn(cluster.clock.now, cluster.clock.now + 5000, 1.0)
    cluster.access.tokens.dates = lambda: dates
    token = door.token(expirationSeconds=600)
    text = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert claims["iat"] == int(cluster.clock.now) + 5000
    assert claims["exp"] - claims["iat"] == 600
    assert cluster.access.tokens.user(token) is not None
    cluster.clock.advance(601)
    assert cluster.access.tokens.user(token) is None
