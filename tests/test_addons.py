"""Un complemento se pone con una llamada, y sus tipos se comportan como los de la referencia pública."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from lab_tools import addons
from lab_tools.cli.root import run
from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import InfrastructureError, StatusError, UsageError

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


EVERYWHERE = [addon.name for addon in addons.CATALOGUE.values() if addon.everywhere]


@pytest.mark.parametrize("name", EVERYWHERE)
def test_an_addon_is_served_as_soon_as_it_is_installed_and_again_changes_nothing(client: Client, name: str) -> None:
    first = addons.install(client, name)
    assert addons.install(client, name) == first
    for names in (one["spec"]["names"] for one in first if one["kind"] == "CustomResourceDefinition"):
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
    said = capsys.readouterr().out
    assert "gateway-api" in said and "prometheus 3.5.0, grafana 12.1.0" in said
    assert all(addons.version(one) for one in addons.CATALOGUE.values()), "todos dicen qué versión se pone"
    assert run(["addon", "path", "gateway-api"]) == 0
    assert capsys.readouterr().out.strip() == str(addons.path("gateway-api"))


# --- los que ejecutan contenedores, y los que publica quien los hace -----------------------------------------


class Real:
    """Un clúster sin la puerta del embebido."""

    kubeconfig = None

    def __init__(self) -> None:
        self._inner, self.name = InProcessConnection(EmbeddedCluster(nodes=0)), "escuela"

    def send(self, method: str, path: str, *rest: Any, **more: Any) -> Reply:
        return Reply(404, {}, b"{}") if path.startswith("/orquesta") else self._inner.send(method, path, *rest, **more)

    def wait(self, seconds: float) -> None:
        self._inner.wait(seconds)


OURS = [addon.name for addon in addons.CATALOGUE.values() if not addon.url and not addon.everywhere]
PUBLISHED = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: metrics-server, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: metrics-server}}
  template:
    metadata: {labels: {k8s-app: metrics-server}}
    spec: {containers: [{name: metrics-server, image: "metrics-server:v0", args: ["--secure-port=10250"]}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:metrics-server"}
rules: []
"""


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "casa"))
    return Client(Real())


def published(text: str = PUBLISHED) -> addons.Fetch:
    return lambda _url: text.encode()


@pytest.mark.parametrize("name", OURS)
def test_what_we_wrote_is_admitted_by_a_cluster_and_leaves_no_trace_when_removed(real: Client, name: str) -> None:
    made = addons.install(real, name)
    assert addons.present(real, name)
    # Lo mismo que se escribió, sin un campo que el clúster no conozca, y con el estándar «restricted» de Pod Security.
    for obj in made:
        if obj["kind"] in ("Deployment", "StatefulSet"):
            spec = obj["spec"]["template"]["spec"]
            assert spec["securityContext"]["runAsNonRoot"] is True
            assert all(one["securityContext"]["allowPrivilegeEscalation"] is False for one in spec["containers"])
            assert all(":" in one["image"] and "latest" not in one["image"] for one in spec["containers"])
    addons.install(real, name)
    assert addons.remove(real, name) == []
    real.wait(30)
    assert not addons.present(real, name)


def test_what_runs_containers_is_not_for_the_cluster_of_the_course(client: Client) -> None:
    with pytest.raises(UsageError, match="para clústeres de verdad"):
        addons.install(client, "prometheus")


def test_a_published_addon_is_held_to_what_was_accepted_first(real: Client) -> None:
    addons.install(real, "metrics-server", published())
    with pytest.raises(InfrastructureError, match="ya no es la que se aceptó"):
        addons.install(real, "metrics-server", published(PUBLISHED + "# otra cosa"))
    addons.install(real, "metrics-server", published())


def test_the_manifest_of_a_published_addon_can_be_read_once_it_was_brought(real: Client) -> None:
    with pytest.raises(UsageError, match="aún no se ha traído"):
        addons.path("argocd")
    addons.install(real, "argocd", published())
    assert addons.path("argocd").read_text(encoding="utf-8") == PUBLISHED


def test_the_cluster_of_the_course_measures_with_one_command_and_no_network(client: Client) -> None:
    def nothing(url: str) -> bytes:
        raise AssertionError(f"no hacía falta {url}")

    assert addons.present(client, "metrics-server") is False
    addons.install(client, "metrics-server", nothing)
    reply = client.connection.send("GET", "/apis/metrics.k8s.io/v1beta1/nodes", headers={"accept": "application/json"})
    assert reply.status == 200 and addons.present(client, "metrics-server")
    assert addons.remove(client, "metrics-server", nothing) == []
    assert client.find("apiservices", "v1beta1.metrics.k8s.io") is None


def test_what_is_not_for_the_course_is_told_before_asking_the_network(client: Client) -> None:
    def nothing(url: str) -> bytes:
        raise AssertionError(f"no hacía falta {url}")

    for name in (addon.name for addon in addons.CATALOGUE.values() if not addon.everywhere):
        assert addons.present(client, name) is False
        for act in (addons.install, addons.remove):
            with pytest.raises(UsageError, match="para clústeres de verdad"):
                act(client, name, nothing)


def test_a_real_cluster_gets_what_is_published_and_whole(real: Client, tmp_path: Path) -> None:
    """De varios archivos, todos; y en un clúster de verdad, también quien recomienda, no solo los tipos."""
    from lab_tools.addons import release

    addon = addons.named("vertical-pod-autoscaler")
    for url, name in zip(addon.urls, ("uno", "dos", "tres"), strict=True):
        body = PUBLISHED.replace("metrics-server", name)
        (tmp_path / url.rpartition("/")[2]).write_text(body, encoding="utf-8")
    made = addons.install(real, addon.name, release.in_folder(tmp_path))
    deployments = [one["metadata"]["name"] for one in made if one["kind"] == "Deployment"]
    assert deployments == ["uno", "dos", "tres"] and addons.present(real, addon.name)
    assert "recommender-deployment.yaml" in " ".join(addon.urls)
    (tmp_path / "vpa-rbac.yaml").unlink()
    with pytest.raises(InfrastructureError, match=r"falta «vpa-rbac\.yaml»"):
        addons.install(real, addon.name, release.in_folder(tmp_path))


def test_types_that_another_put_in_a_real_cluster_are_not_taken_over(real: Client) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "de-otro"}}
    real.create({**role, "rules": []})
    with pytest.raises(UsageError, match="de otra procedencia"):
        addons.install(real, "gateway-api", published(PUBLISHED.replace("system:metrics-server", "de-otro")))


def test_a_published_addon_is_removed_without_the_network(real: Client) -> None:
    addons.install(real, "metrics-server", published())

    def nothing(_url: str) -> bytes:
        raise InfrastructureError("No hay red.")

    assert addons.remove(real, "metrics-server", nothing) == []
    real.wait(5)
    assert real.find("clusterroles", "system:metrics-server") is None


def test_what_somebody_else_installed_is_neither_changed_nor_removed(real: Client) -> None:
    theirs = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
              "metadata": {"name": "system:metrics-server"}, "rules": []}  # fmt: skip
    before = real.create(theirs)
    with pytest.raises(UsageError, match="de otra procedencia"):
        addons.install(real, "metrics-server", published())
    assert addons.remove(real, "metrics-server", published()) == ["clusterrole/system:metrics-server"]
    assert real.get("clusterroles", "system:metrics-server") == before


def test_on_kind_the_metrics_accept_the_certificate_of_the_kubelet(real: Client) -> None:
    real.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": {"providerID": "kind://x/y"}})
    addons.install(real, "metrics-server", published())
    spec = real.get("deployments", "metrics-server", "kube-system")["spec"]["template"]["spec"]
    assert spec["containers"][0]["args"] == ["--secure-port=10250", "--kubelet-insecure-tls"]


INGRESS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: entrada, namespace: default}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      nodeSelector: {ingress-ready: "true", kubernetes.io/os: linux}
      containers: [{name: c, image: "c:1", ports: [{containerPort: 80, hostPort: 80}]}]
"""


@pytest.mark.parametrize("asked", [True, False], ids=["lo exige", "no lo dice"])
@pytest.mark.parametrize("ready", [True, False], ids=["hay nodo de entrada", "no lo hay"])
def test_an_ingress_goes_where_people_come_in_or_anywhere(real: Client, ready: bool, asked: bool) -> None:
    """Lo publicado para kind pide un nodo con puertos: en otro clúster se quedaría en Pending."""
    labels = {"ingress-ready": "true"} if ready else {}
    real.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "labels": labels}})
    text = INGRESS if asked else INGRESS.replace('ingress-ready: "true", ', "")
    addons.install(real, "ingress-nginx", published(text))
    spec = real.get("deployments", "entrada")["spec"]["template"]["spec"]
    assert ("ingress-ready" in spec["nodeSelector"]) is ready and spec["nodeSelector"]["kubernetes.io/os"] == "linux"
    assert ("hostPort" in spec["containers"][0]["ports"][0]) is ready


def test_a_folder_is_as_good_as_the_network(real: Client, tmp_path: Path) -> None:
    from lab_tools.addons import release

    (tmp_path / "metrics-server-0.8.1.yaml").write_text(PUBLISHED, encoding="utf-8")
    assert len(addons.install(real, "metrics-server", release.in_folder(tmp_path))) == 2
    with pytest.raises(InfrastructureError, match=r"falta «calico\.yaml»"):
        addons.install(real, "calico", release.in_folder(tmp_path))


def test_addresses_are_pinned_to_a_version() -> None:
    for addon in addons.CATALOGUE.values():
        assert bool(addon.url) == bool(addon.version)
        assert all(addon.version in url and url.startswith("https://") for url in addon.urls)
