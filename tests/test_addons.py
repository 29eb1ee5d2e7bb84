"""Un complemento se pone con una llamada, y sus tipos se comportan como los de la referencia pública."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lab_tools import addons
from lab_tools.cli.root import run
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import StatusError, UsageError

GATEWAY: dict[str, Any] = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "entrada"},
    "spec": {"gatewayClassName": "curso", "listeners": [{"name": "web", "port": 80, "protocol": "HTTP"}]},
}
ROUTE: dict[str, Any] = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "tienda"},
    "spec": {"parentRefs": [{"name": "entrada"}], "rules": [{"backendRefs": [{"name": "tienda", "port": 80}]}]},
}
VPA: dict[str, Any] = {
    "apiVersion": "autoscaling.k8s.io/v1",
    "kind": "VerticalPodAutoscaler",
    "metadata": {"name": "tienda"},
    "spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "tienda"}},
}


@pytest.fixture
def client() -> Client:
    return Client(InProcessConnection(EmbeddedCluster(nodes=0)))


@pytest.mark.parametrize("name", addons.NAMES)
def test_an_addon_is_served_as_soon_as_it_is_installed_and_again_changes_nothing(client: Client, name: str) -> None:
    first = addons.install(client, name)
    assert addons.install(client, name) == first
    for names in (one["spec"]["names"] for one in first):
        assert all(found["kind"] == names["kind"] for found in client.list(names["plural"], "*"))


def test_gateways_are_known_by_their_short_names(client: Client) -> None:
    addons.install(client, "gateway-api")
    kinds = {word: client.kind_named(word).kind for word in ("gc", "gtw", "httproute", "refgrant")}
    assert kinds == {"gc": "GatewayClass", "gtw": "Gateway", "httproute": "HTTPRoute", "refgrant": "ReferenceGrant"}


def test_a_new_gateway_waits_for_its_controller(client: Client) -> None:
    addons.install(client, "gateway-api")
    made = client.create(GATEWAY)
    assert made["spec"]["listeners"][0]["allowedRoutes"] == {"namespaces": {"from": "Same"}}
    assert [(one["type"], one["status"], one["reason"]) for one in made["status"]["conditions"]] == [
        ("Accepted", "Unknown", "Pending"), ("Programmed", "Unknown", "Pending"),
    ]  # fmt: skip


def test_a_route_is_completed_with_the_prefix_of_everything(client: Client) -> None:
    addons.install(client, "gateway-api")
    spec = client.create(ROUTE)["spec"]
    assert spec["parentRefs"] == [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "entrada"}]
    assert spec["rules"] == [{
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        "backendRefs": [{"group": "", "kind": "Service", "name": "tienda", "port": 80, "weight": 1}],
    }]  # fmt: skip


def test_both_served_versions_are_the_same_gateway(client: Client) -> None:
    addons.install(client, "gateway-api")
    client.create({**GATEWAY, "apiVersion": "gateway.networking.k8s.io/v1beta1"})
    assert client.get("gateway", "entrada")["apiVersion"] == "gateway.networking.k8s.io/v1"


@pytest.mark.parametrize(("change", "said"), [
    ({"port": 0}, "should be greater than or equal to 1"),
    ({"name": "No"}, "should match"),
    ({"tls": {"mode": "Otro"}}, "Unsupported value"),
    ({"tls": {"certificateRefs": [{"name": "s"}]}}, "tls must not be specified for protocols"),
    ({"protocol": "TCP", "hostname": "a.b"}, "hostname must not be specified for protocols"),
])  # fmt: skip
def test_a_listener_that_makes_no_sense_is_refused(client: Client, change: dict[str, Any], said: str) -> None:
    addons.install(client, "gateway-api")
    wrong = copy.deepcopy(GATEWAY)
    wrong["spec"]["listeners"][0].update(change)
    with pytest.raises(StatusError, match=said):
        client.create(wrong)


@pytest.mark.parametrize(("rule", "said"), [
    ({"matches": [{"path": {"value": "sin-barra"}}]}, "value must be an absolute path"),
    ({"filters": [{"type": "RequestRedirect"}]}, "filter.requestRedirect must be specified"),
    ({"filters": [{"type": "RequestRedirect", "requestRedirect": {"port": 8443}}],
      "backendRefs": [{"name": "tienda", "port": 80}]}, "RequestRedirect filter must not be used together"),
    ({"backendRefs": [{"name": "tienda"}]}, "Must have port for Service reference"),
    ({"timeouts": {"request": "1s", "backendRequest": "2s"}}, "backendRequest timeout cannot be longer"),
])  # fmt: skip
def test_a_route_that_makes_no_sense_is_refused(client: Client, rule: dict[str, Any], said: str) -> None:
    addons.install(client, "gateway-api")
    wrong = copy.deepcopy(ROUTE)
    wrong["spec"]["rules"] = [rule]
    with pytest.raises(StatusError, match=said):
        client.create(wrong)


def test_the_controller_of_a_class_does_not_change(client: Client) -> None:
    addons.install(client, "gateway-api")
    spec = {"controllerName": "example.com/uno"}
    client.create({**GATEWAY, "kind": "GatewayClass", "metadata": {"name": "c"}, "spec": spec})
    with pytest.raises(StatusError, match=r'spec\.controllerName: Invalid value: "string": Value is immutable'):
        client.patch("gc", "c", {"spec": {"controllerName": "example.com/dos"}})


def test_an_autoscaler_keeps_what_its_recommender_says_apart(client: Client) -> None:
    addons.install(client, "vertical-pod-autoscaler")
    client.create({**VPA, "status": {"conditions": []}})
    found = [{"containerName": "web", "target": {"cpu": "25m", "memory": 262144}}]
    status = {"status": {"recommendation": {"containerRecommendations": found}}}
    made = client.patch("vpa", "tienda", status, subresource="status")
    assert made["status"] == status["status"]
    with pytest.raises(StatusError, match="Unsupported value"):
        client.patch("vpa", "tienda", {"spec": {"updatePolicy": {"updateMode": "Siempre"}}})


def test_a_wrong_name_says_the_near_one() -> None:
    with pytest.raises(UsageError, match="gateway-ap"):
        addons.path("gateway-ap")


def test_the_command_lists_them_and_says_where_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["addon", "list"]) == 0
    assert "gateway-api" in capsys.readouterr().out
    assert run(["addon", "path", "gateway-api"]) == 0
    assert capsys.readouterr().out.strip() == str(addons.path("gateway-api"))
