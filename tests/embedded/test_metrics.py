"""Lo que gastan los Pods y los nodos: lo que dice la tabla, medido cada quince segundos y solo si hay quien mida."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from lab_tools.embedded.clock import parse
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.metrics import SERVICE, WINDOW
from lab_tools.embedded.rest import Request, User
from lab_tools.errors import StatusError
from lab_tools.objects import kinds
from lab_tools.objects.quantity import bytes_
from lab_tools.objects.quantity import parse as quantity
from lab_tools.objects.selector import FieldSelector, LabelSelector

OWNER = User("dueña", ("orquesta:owner", "system:masters"))


@pytest.fixture
def measured(world):
    world.api.create(kinds.APISERVICE, SERVICE)
    return world


def limited(cpu):
    return {"resources": {"limits": {"cpu": cpu}}}


def pods(world, namespace="default", **how):
    return {one["metadata"]["name"]: one for one in world.api.list(kinds.POD_METRICS, namespace, **how).items}


def used(world, name):
    [container] = pods(world)[name]["containers"]
    return float(quantity(container["usage"]["cpu"])), bytes_(container["usage"]["memory"])


def asked(world, path, accept="application/json"):
    request = Request("GET", path, {}, {"accept": accept}, b"", OWNER)
    response = world.cluster.handle(request)
    return response.status, response.body


def test_without_an_apiservice_nobody_measures(world):
    with pytest.raises(StatusError) as refused:
        world.api.list(kinds.POD_METRICS, "default")
    assert (refused.value.code, refused.value.message) == (404, "the server could not find the requested resource")
    assert asked(world, "/apis/metrics.k8s.io/v1beta1/nodes") == (404, b"404 page not found\n")
    assert b"metrics.k8s.io" not in asked(world, "/apis")[1]


def test_a_pod_spends_what_the_table_says_of_its_image(measured):
    measured.pod("p", containers=[{"name": "c", "image": "nginx:1.27"}, {"name": "d", "image": "tienda-api:1.0"}])
    measured.until_ready("p")
    measured.clock.advance(2 * WINDOW)
    assert [one["usage"] for one in pods(measured)["p"]["containers"]] == [
        {"cpu": "1m", "memory": "9Mi"}, {"cpu": "10m", "memory": "48Mi"}]  # fmt: skip


def test_a_pod_is_not_measured_until_it_has_run_a_whole_window(measured):
    measured.pod("p")
    measured.until_ready("p")
    began = parse(measured.container("p")["state"]["running"]["startedAt"])
    took = measured.until(lambda: pods(measured))
    at = parse(pods(measured)["p"]["timestamp"])
    assert at % WINDOW == 0 and WINDOW <= at - began < 2 * WINDOW and took <= 2 * WINDOW


def test_what_is_not_measured_yet_is_told_apart_from_what_does_not_exist(measured):
    measured.pod("p")
    measured.until_ready("p")
    node = measured.get("pod", "p")["spec"]["nodeName"]
    for kind, namespace, name, why in (
        (kinds.POD_METRICS, "default", "p", 'podmetrics.metrics.k8s.io "default/p" not found'),
        (kinds.POD_METRICS, "default", "q", 'pods "q" not found'),
        (kinds.NODE_METRICS, None, "n", 'nodes "n" not found'),
    ):
        with pytest.raises(StatusError) as told:
            measured.api.get(kind, namespace, name)
        assert (told.value.code, told.value.message) == (404, why)
    assert measured.api.get(kinds.NODE_METRICS, None, node)["usage"]


def test_a_finished_or_waiting_pod_is_not_measured(measured):
    measured.busybox("done", "true", restartPolicy="Never")
    measured.pod("lost", nodeSelector={"disk": "none"})
    measured.until_phase("done", "Succeeded")
    measured.clock.advance(60)
    assert pods(measured) == {}


def test_work_adds_to_the_window_in_which_it_was_done_and_then_fades(measured):
    pod = measured.pod("p")
    measured.until_ready("p")
    measured.clock.advance(3 * WINDOW - measured.clock.now % WINDOW + 1)
    measured.cluster.metrics.charge(pod["metadata"]["uid"], "c", 3.0)
    measured.clock.advance(WINDOW)
    assert used(measured, "p") == (0.201, 9 * 2**20)
    measured.clock.advance(WINDOW)
    assert used(measured, "p") == (0.001, 9 * 2**20)


def test_nobody_spends_more_cpu_than_its_limit(measured):
    pod = measured.pod("p", containers=[{"name": "c", "image": "nginx:1.27", **limited("100m")}])
    measured.until_ready("p")
    measured.clock.advance(2 * WINDOW)
    measured.cluster.metrics.charge(pod["metadata"]["uid"], "c", 100.0)
    measured.clock.advance(WINDOW)
    assert used(measured, "p")[0] == 0.1


def test_a_node_spends_what_its_pods_spend_and_something_more(measured):
    before = measured.api.get(kinds.NODE_METRICS, None, "node-1")["usage"]
    measured.pod("p", nodeName="node-1", containers=[{"name": "c", "image": "tienda-api:1.0"}])
    measured.until_ready("p")
    measured.clock.advance(2 * WINDOW)
    after = measured.api.get(kinds.NODE_METRICS, None, "node-1")["usage"]
    assert float(quantity(after["cpu"]) - quantity(before["cpu"])) == pytest.approx(0.010)
    assert bytes_(after["memory"]) - bytes_(before["memory"]) == 48 * 2**20


def test_a_lost_node_has_no_measures(measured):
    measured.cluster.kubelet.disconnect("node-2")
    measured.clock.advance(60)
    names = [one["metadata"]["name"] for one in measured.api.list(kinds.NODE_METRICS).items]
    assert names == ["node-1", "node-3"]


def test_selectors_choose_as_in_any_other_kind(measured):
    measured.pod("a", labels={"app": "a"})
    measured.pod("b", labels={"app": "b"})
    measured.clock.advance(60)
    assert set(pods(measured)) == {"a", "b"}
    assert set(pods(measured, labels=LabelSelector.parse("app=a"))) == {"a"}
    assert set(pods(measured, fields=FieldSelector.parse("metadata.name=b"))) == {"b"}
    assert pods(measured, "kube-system") == {}


def test_the_door_serves_what_kubectl_top_asks_for(measured):
    measured.pod("p")
    measured.clock.advance(60)
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    groups = {one["metadata"]["name"]: one for one in json.loads(asked(measured, "/apis", accept)[1])["items"]}
    [version] = groups["metrics.k8s.io"]["versions"]
    assert [(one["resource"], one["scope"]) for one in version["resources"]] == [
        ("nodes", "Cluster"), ("pods", "Namespaced")]  # fmt: skip
    code, body = asked(measured, "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods",
                       "application/vnd.kubernetes.protobuf, */*")  # fmt: skip
    found = json.loads(body)
    assert (code, found["kind"], found["items"][0]["window"]) == (200, "PodMetricsList", "15s")
    code, body = asked(measured, "/apis/metrics.k8s.io/v1beta1/nodes/node-1")
    assert (code, json.loads(body)["kind"]) == (200, "NodeMetrics")
    assert asked(measured, "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/none")[0] == 404


def test_the_table_has_the_columns_of_a_metrics_server(measured):
    measured.pod("p")
    measured.clock.advance(60)
    _, body = asked(measured, "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods",
                    "application/json;as=Table;v=v1;g=meta.k8s.io")  # fmt: skip
    table = json.loads(body)
    assert [one["name"] for one in table["columnDefinitions"]] == ["Name", "cpu", "memory", "Window"]
    assert table["rows"][0]["cells"] == ["p", "1m", "9Mi", "15s"]


MANIFEST = Path(__file__).parents[2] / "manifests" / "17-autoescalado" / "metrics-server.yaml"


def install(world):
    for one in yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")):
        world.api.create(kinds.of(one), one)


def available(world):
    status = world.get("apiservice", SERVICE["metadata"]["name"]).get("status") or {}
    found = next(iter(status.get("conditions") or ()), {})
    return found.get("status"), found.get("reason")


def test_installing_a_metrics_server_as_in_a_real_cluster_makes_top_work(world):
    install(world)
    assert asked(world, "/apis/metrics.k8s.io/v1beta1/nodes")[0] == 503
    took = world.until(lambda: available(world) == ("True", "Passed"))
    assert took < 10
    world.clock.advance(60)
    assert asked(world, "/apis/metrics.k8s.io/v1beta1/nodes")[0] == 200
    assert len(pods(world, "kube-system")) == 1


def test_when_the_metrics_server_is_down_nobody_answers_until_it_is_back(world):
    install(world)
    world.until(lambda: available(world) == ("True", "Passed"))
    world.api.patch(kinds.DEPLOYMENT, "kube-system", "metrics-server", {"spec": {"replicas": 0}})
    world.until(lambda: available(world) == ("False", "MissingEndpoints"))
    with pytest.raises(StatusError) as refused:
        world.api.list(kinds.POD_METRICS, "default")
    assert (refused.value.code, refused.value.reason) == (503, "ServiceUnavailable")
    world.api.patch(kinds.DEPLOYMENT, "kube-system", "metrics-server", {"spec": {"replicas": 1}})
    world.until(lambda: available(world) == ("True", "Passed"))


def test_an_apiservice_of_the_server_itself_is_always_available(measured):
    measured.clock.advance(1)
    assert available(measured) == ("True", "Local")


def test_an_apiservice_whose_service_does_not_exist_says_so(world):
    spec = {**SERVICE["spec"], "service": {"name": "nope", "namespace": "default"}, "insecureSkipTLSVerify": True}
    world.api.create(kinds.APISERVICE, {**SERVICE, "spec": spec})
    world.clock.advance(1)
    found = world.condition("apiservice", SERVICE["metadata"]["name"], "Available")
    assert (found["reason"], found["message"]) == ("ServiceNotFound", 'service/nope in "default" is not present')


def test_what_a_pod_spent_goes_with_it() -> None:
    cluster = EmbeddedCluster(nodes=1)
    spec = {"initContainers": [{"name": "antes", "image": "busybox:1.36", "command": ["true"]}],
            "containers": [{"name": "web", "image": "nginx:1.27"}]}  # fmt: skip
    cluster.api.create(kinds.POD, {"metadata": {"name": "a"}, "spec": spec}, "default")
    cluster.clock.advance(30)
    uid = cluster.api.get(kinds.POD, "default", "a")["metadata"]["uid"]
    for container in ("antes", "web"):
        cluster.metrics.charge(uid, container, 0.5, born=cluster.clock.now)
        cluster.metrics.occupy(uid, container, 2**20)
    cluster.api.delete(kinds.POD, "default", "a", grace=0)
    cluster.clock.advance(60)
    assert (cluster.metrics._work, cluster.metrics._held, cluster.metrics._spent) == ({}, {}, {})
