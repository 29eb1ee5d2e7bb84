"""A través de la API se pregunta a un Pod, a un Service y al kubelet de un nodo."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster

PODS = "/api/v1/namespaces/default/pods"
SERVICES = "/api/v1/namespaces/default/services"


@pytest.fixture
def client() -> Client:
    found = Client(InProcessConnection(EmbeddedCluster(nodes=1)))
    web = {"name": "web", "image": "nginx:1.27", "ports": [{"name": "http", "containerPort": 80}]}
    meta = {"name": "a", "labels": {"app": "a"}}
    found.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [web]}})
    ports = [{"name": "web", "port": 8080, "targetPort": "http"}]
    spec = {"selector": {"app": "a"}, "ports": ports}
    found.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec})
    found.wait(20)
    return found


def get(client: Client, path: str) -> Reply:
    return client.connection.send("GET", path)


def said(reply: Reply) -> tuple[int, str]:
    assert isinstance(reply.body, bytes)
    return reply.status, json.loads(reply.body)["message"]


@pytest.mark.parametrize("path", [
    f"{PODS}/a/proxy", f"{PODS}/a/proxy/", f"{PODS}/a:80/proxy/", f"{PODS}/http:a:http/proxy/",
    f"{SERVICES}/s:8080/proxy/", f"{SERVICES}/s:web/proxy/",
])  # fmt: skip
def test_a_pod_answers_however_it_is_named(client: Client, path: str) -> None:
    reply = get(client, path)
    assert isinstance(reply.body, bytes)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html")
    assert b"nginx" in reply.body


def test_what_follows_proxy_is_what_is_asked(client: Client) -> None:
    assert get(client, f"{PODS}/a/proxy/no/hay/nada").status == 404


@pytest.mark.parametrize(("path", "code", "message"), [
    (f"{PODS}/nadie/proxy/", 404, 'pods "nadie" not found'),
    (f"{SERVICES}/s:9/proxy/", 503, 'no service port 9 found for service "s"'),
    (f"{SERVICES}/s/proxy/", 503, 'no endpoints available for service "s"'),
    (f"{PODS}/a:81/proxy/", 503, "error trying to reach service: dial tcp {ip}:81: connect: connection refused"),
    (f"{PODS}/ftp:a:80/proxy/", 400, 'invalid pod request "ftp:a:80"'),
])  # fmt: skip
def test_whom_nobody_reaches_is_said_as_the_real_server_says_it(
    client: Client, path: str, code: int, message: str
) -> None:
    address = client.get("pod", "a")["status"]["podIP"]
    assert said(get(client, path)) == (code, message.format(ip=address))


def test_a_pod_without_an_address_cannot_be_asked(client: Client) -> None:
    lost = {"nodeSelector": {"no": "hay"}, "containers": [{"name": "c", "image": "nginx:1.27"}]}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}, "spec": lost})
    assert said(get(client, f"{PODS}/b/proxy/")) == (400, "address not allowed")


def test_the_kubelet_tells_its_health_its_pods_and_what_they_use(client: Client) -> None:
    client.wait(60)

    def ask(path: str) -> Any:
        body = get(client, f"/api/v1/nodes/node-1/proxy/{path}").body
        assert isinstance(body, bytes)
        return body.decode()

    assert ask("healthz") == "ok"
    assert [one["metadata"]["name"] for one in json.loads(ask("pods"))["items"]] == ["a"]
    summary = json.loads(ask("stats/summary"))
    assert summary["node"]["nodeName"] == "node-1"
    assert summary["pods"][0]["containers"][0]["memory"]["workingSetBytes"] > 0
    assert 'container_memory_working_set_bytes{container="web",namespace="default",pod="a"}' in ask("metrics/resource")
    assert get(client, "/api/v1/nodes/node-1/proxy/otra").status == 404


def test_who_may_read_a_pod_may_not_go_through_it(client: Client) -> None:
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": [rule]}
    client.create(role)
    subject = {"kind": "User", "name": "eva", "apiGroup": "rbac.authorization.k8s.io"}
    ref = {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"}
    client.create({**role, "kind": "RoleBinding", "subjects": [subject], "roleRef": ref, "rules": None})
    eva = {"impersonate-user": "eva"}
    assert client.connection.send("GET", f"{PODS}/a", headers=eva).status == 200
    assert client.connection.send("GET", f"{PODS}/a/proxy/", headers=eva).status == 403
