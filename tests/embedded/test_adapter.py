"""Con un adaptador de métricas, un HPA escala por lo que cuentan los Pods o por algo de fuera."""

from __future__ import annotations

import json

import pytest
import yaml

from lab_tools.embedded.adapter.config import read
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.configured import InvalidConfig
from lab_tools.embedded.controllers.hpa_math import MetricError, Tolerance
from lab_tools.embedded.controllers.hpa_named import by_share, by_value
from lab_tools.embedded.rest import Request
from lab_tools.objects import kinds
from tests.embedded.test_hpa import autoscale, condition, decided, replicas, target

DEPTH = {"name": "pendientes", "external": True, "labels": {"cola": "pedidos"}, "value": "30"}
TOLD = {"name": "mensajes", "series": "queue_messages_ready", "selector": {"app": "cola"}}
EXTERNAL, CUSTOM = "/apis/external.metrics.k8s.io/v1beta1", "/apis/custom.metrics.k8s.io/v1beta2"


def adapt(world, *metrics):
    """Enciende el adaptador con estas métricas, o le cambia las que tenía."""
    data = {"config.yaml": yaml.safe_dump({"metrics": list(metrics)})}
    if world.get("configmap", "metrics-adapter", "kube-system") is None:
        body = {"metadata": {"name": "metrics-adapter"}, "data": data}
        world.api.create(kinds.CONFIGMAP, body, "kube-system")
    else:
        world.patch("configmap", "metrics-adapter", {"data": data}, "kube-system")
    world.clock.advance(1)


def ask(world, path):
    found = world.cluster.handle(Request("GET", path.partition("?")[0], query=_query(path)))
    try:
        return found.status, json.loads(found.body)
    except ValueError:
        return found.status, found.body.decode()


def _query(path):
    from urllib.parse import parse_qs

    return parse_qs(path.partition("?")[2])


def outside(kind, amount, **more):
    wanted = {"type": kind, kind[0].lower() + kind[1:]: amount}
    return {"type": "External", "external": {"metric": {"name": "pendientes", **more}, "target": wanted}}


def queue(world, messages=0):
    """Una cola con su Service, y `messages` mensajes dentro."""
    box = {"name": "cola", "image": "tienda-cola:1.0", "ports": [{"containerPort": 8080}]}
    world.pod("cola", labels={"app": "cola"}, containers=[box])
    body = {"metadata": {"name": "cola"}, "spec": {"selector": {"app": "cola"}, "ports": [{"port": 8080}]}}
    world.api.create(kinds.SERVICE, body, "default")
    world.until_ready("cola")
    put(world, messages)


def put(world, messages):
    for _ in range(messages):
        assert world.cluster.connect("default", "cola", 8080)("/poner?pedido").status == 202


# Las rutas


def test_without_an_adapter_nobody_serves_them(world):
    assert ask(world, f"{EXTERNAL}/namespaces/default/pendientes") == (404, "404 page not found\n")
    assert all(".metrics.k8s.io" not in one["metadata"]["name"].partition(".")[2] for one in
               world.all("apiservices", None) if "custom" in one["metadata"]["name"])  # fmt: skip


def test_what_is_outside_is_served_with_its_labels_and_can_be_chosen_by_them(world):
    adapt(world, DEPTH)
    code, found = ask(world, f"{EXTERNAL}/namespaces/default/pendientes")
    (one,) = found["items"]
    assert (code, found["kind"], found["apiVersion"]) == (200, "ExternalMetricValueList",
                                                          "external.metrics.k8s.io/v1beta1")  # fmt: skip
    assert set(one) == {"metricName", "metricLabels", "timestamp", "value"}
    assert (one["metricName"], one["metricLabels"], one["value"]) == ("pendientes", {"cola": "pedidos"}, "30")
    for chosen, how_many in (("cola%3Dpedidos", 1), ("cola%3Dotra", 0)):
        _, found = ask(world, f"{EXTERNAL}/namespaces/default/pendientes?labelSelector={chosen}")
        assert len(found["items"]) == how_many


def test_what_the_pods_tell_is_served_for_each_and_for_what_groups_them(world):
    queue(world, 7)
    adapt(world, TOLD)
    code, found = ask(world, f"{CUSTOM}/namespaces/default/services/cola/mensajes")
    (one,) = found["items"]
    about = {"kind": "Service", "namespace": "default", "name": "cola", "apiVersion": "/v1"}
    assert (code, found["kind"], one["describedObject"], one["value"]) == (200, "MetricValueList", about, "7")
    assert one["metric"] == {"name": "mensajes", "selector": None}
    _, found = ask(world, f"{CUSTOM}/namespaces/default/pods/*/mensajes?labelSelector=app%3Dcola")
    assert [item["describedObject"]["name"] for item in found["items"]] == ["cola"]
    _, older = ask(world, "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/cola/mensajes")
    assert (older["items"][0]["metricName"], "metric" in older["items"][0]) == ("mensajes", False)


def test_what_is_not_known_is_said(world):
    queue(world)
    adapt(world, TOLD, DEPTH)
    for path, why in (
        (f"{EXTERNAL}/namespaces/default/otra", "the server could not find the metric otra for namespaces"),
        (f"{CUSTOM}/namespaces/default/pods/cola/otra", "the server could not find the metric otra for pods"),
        (f"{CUSTOM}/namespaces/default/pods/x/mensajes", "the server could not find the metric mensajes for pods x"),
    ):
        code, found = ask(world, path)
        assert (code, found["message"]) == (404, why)


def test_discovery_names_each_metric_while_the_adapter_is_on(world):
    adapt(world, DEPTH, TOLD)
    _, found = ask(world, EXTERNAL)
    assert [(one["name"], one["kind"], one["verbs"]) for one in found["resources"]] == [
        ("pendientes", "ExternalMetricValueList", ["get"])]  # fmt: skip
    _, found = ask(world, CUSTOM)
    assert {one["name"] for one in found["resources"]} == {
        f"{of}/mensajes" for of in ("pods", "services", "deployments.apps", "statefulsets.apps")}  # fmt: skip
    assert world.get("apiservice", "v1beta1.external.metrics.k8s.io") is not None
    world.delete("configmap", "metrics-adapter", "kube-system")
    world.clock.advance(1)
    assert ask(world, f"{EXTERNAL}/namespaces/default/pendientes")[0] == 404
    assert world.get("apiservice", "v1beta1.external.metrics.k8s.io") is None


def test_a_counter_becomes_a_rate(world):
    queue(world)
    adapt(world, {"name": "hechos", "series": "queue_messages_done_total", "rate": 60})
    for _ in range(8):
        put(world, 3)
        for _ in range(3):
            number = world.cluster.connect("default", "cola", 8080)("/tomar").body.split()[0]
            world.cluster.connect("default", "cola", 8080)(f"/hecho?{number}")
        world.clock.advance(15)
    _, found = ask(world, f"{CUSTOM}/namespaces/default/pods/cola/hechos")
    assert found["items"][0]["value"] == "200m", "tres cada quince segundos"


def test_a_policy_that_closes_a_namespace_stops_who_measures_until_it_is_let_in(world):
    queue(world, 7)
    adapt(world, TOLD)
    path = f"{CUSTOM}/namespaces/default/pods/cola/mensajes"
    assert ask(world, path)[0] == 200
    closed = {"metadata": {"name": "cerrar"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}
    world.api.create(kinds.NETWORKPOLICY, closed, "default")
    world.clock.advance(30)
    assert ask(world, path)[0] == 200, "la última lectura vale un minuto"
    world.clock.advance(60)
    assert ask(world, path)[0] == 404
    system = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
              "podSelector": {"matchLabels": {"k8s-app": "metrics-adapter"}}}  # fmt: skip
    world.patch("networkpolicy", "cerrar", {"spec": {"ingress": [{"from": [system]}]}})
    world.clock.advance(15)
    assert ask(world, path)[0] == 200


def test_who_measures_cannot_cross_a_cut_cable(world):
    queue(world, 7)
    world.cluster.network.weather.cut("namespace/kube-system", "pod/default/cola")
    adapt(world, TOLD)
    assert ask(world, f"{CUSTOM}/namespaces/default/pods/cola/mensajes")[0] == 404


# La cuenta


@pytest.mark.parametrize(
    ("current", "wanted", "usage", "expected"),
    [(2, 10_000, 30_000, 6), (2, 10_000, 10_500, 2), (3, 10_000, 5_000, 2), (0, 10_000, 30_000, 3)],
)
def test_a_whole_value_is_compared_with_the_pods_that_are_ready(current, wanted, usage, expected):
    ready = {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}
    found = by_value(current, wanted, usage, [ready] * current, Tolerance())
    assert (found.replicas, found.measured) == (expected, usage)


def test_a_whole_value_without_pods_gives_no_replicas():
    with pytest.raises(MetricError, match="no pods returned by selector"):
        by_value(2, 1000, 5000, [], Tolerance())


@pytest.mark.parametrize(
    ("present", "usage", "expected", "each"),
    [(2, 30_000, 6, 15_000), (2, 10_500, 2, 5_250), (3, 5_000, 1, 1_667), (0, 30_000, 6, 30_000)],
)
def test_a_share_divides_what_there_is_among_the_replicas(present, usage, expected, each):
    found = by_share(present, 5_000, usage, Tolerance())
    assert (found.replicas, found.measured) == (expected, each)


# El HPA


def test_something_outside_scales_by_its_share_and_says_how(world):
    adapt(world, DEPTH)
    target(world, 1)
    autoscale(world, maxReplicas=10, metrics=[outside("AverageValue", "10")])
    world.until(lambda: replicas(world) == 3)
    name = "external metric pendientes(nil)"
    assert ("Normal", "SuccessfulRescale", f"New size: 3; reason: {name} above target") in world.events("web")
    world.clock.advance(60)
    (current,) = world.get("hpa", "web")["status"]["currentMetrics"]
    assert current == {"type": "External", "external": {"metric": {"name": "pendientes"},
                                                        "current": {"averageValue": "10"}}}  # fmt: skip
    why = f"the HPA was able to successfully calculate a replica count from {name}"
    assert condition(world, "ScalingActive") == ("True", "ValidMetricFound", why)


def test_something_outside_scales_by_its_whole_value(world):
    adapt(world, DEPTH)
    target(world, 2)
    autoscale(world, maxReplicas=10, metrics=[outside("Value", "15", selector={"matchLabels": {"cola": "pedidos"}})])
    world.until(lambda: replicas(world) == 4)
    (current,) = world.get("hpa", "web")["status"]["currentMetrics"]
    assert current["external"]["current"] == {"value": "30"}


def test_labels_that_nobody_has_are_told(world):
    adapt(world, DEPTH)
    target(world, 1)
    autoscale(world, maxReplicas=2, metrics=[outside("Value", "1", selector={"matchLabels": {"cola": "otra"}})])
    world.until(lambda: decided(world))
    labels, terms = "map[string]string{cola: otra,}", "[]LabelSelectorRequirement{}"
    selector = f"&LabelSelector{{MatchLabels:{labels},MatchExpressions:{terms},}}"
    why = f"unable to get external metric default/pendientes/{selector}: no metrics returned from external metrics API"
    assert ("Warning", "FailedGetExternalMetric", why) in world.events("web")
    message = f"the HPA was unable to compute the replica count: {why}"
    assert condition(world, "ScalingActive") == ("False", "FailedGetExternalMetric", message)


def test_the_depth_of_a_queue_scales_those_who_empty_it(world):
    queue(world, 40)
    adapt(world, TOLD)
    target(world, 1)
    about = {"kind": "Service", "name": "cola", "apiVersion": "v1"}
    source = {"metric": {"name": "mensajes"}, "describedObject": about}
    wanted = {"type": "AverageValue", "averageValue": "10"}
    autoscale(world, maxReplicas=10, metrics=[{"type": "Object", "object": {**source, "target": wanted}}])
    world.until(lambda: replicas(world) == 4)
    (current,) = world.get("hpa", "web")["status"]["currentMetrics"]
    assert current["object"]["describedObject"] == about


def test_each_pod_may_tell_its_own(world):
    box = {"name": "cola", "image": "tienda-cola:1.0", "ports": [{"containerPort": 8080}]}
    world.deployment("web", 2, template={"containers": [box]})
    world.until_available("web", 2)
    adapt(world, {"name": "mensajes", "series": "queue_messages_ready"})
    for pod in world.all("pods"):
        for _ in range(6):
            world.cluster.connect("default", pod["metadata"]["name"], 8080)("/poner")
    source = {"metric": {"name": "mensajes"}, "target": {"type": "AverageValue", "averageValue": "3"}}
    autoscale(world, maxReplicas=10, metrics=[{"type": "Pods", "pods": source}])
    world.until(lambda: replicas(world) == 4)
    reason = "New size: 4; reason: pods metric mensajes above target"
    assert ("Normal", "SuccessfulRescale", reason) in world.events("web")


def test_a_saved_cluster_and_a_copy_keep_serving_them(world):
    adapt(world, DEPTH)
    for other in (EmbeddedCluster(saved=world.cluster.snapshot()), world.cluster.fork()):
        other.clock.advance(1)
        assert ask(type(world)(other), f"{EXTERNAL}/namespaces/default/pendientes")[0] == 200


# La configuración


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nada", "must be a map with a non-empty list `metrics`"),
        ("metrics: [{name: a}]", "metrics[0] must have either `series` or `value`"),
        ("metrics: [{name: a, value: 3}]", "only external metrics may have a fixed value"),
        ("metrics: [{name: a, external: true, value: mucho}]", "'mucho' is not a quantity"),
        ("metrics: [{name: a, series: b, rate: -1}]", "must be a number of seconds from 0 to 3600"),
        ("metrics: [{name: a, series: b, sabor: c}]", "unknown field 'sabor'"),
        ("metrics: [{name: a, series: b}, {name: a, series: c}]", "'a' is repeated"),
        ("metrics: [{name: a/b, series: c}]", "must be a map with a `name`"),
        ("metrics: [", "is not YAML"),
    ],
)
def test_what_makes_no_sense_is_told(text, why):
    with pytest.raises(InvalidConfig) as told:
        read(text)
    assert why in str(told.value)


def test_a_config_that_makes_no_sense_is_told_in_an_event_and_serves_nothing(world):
    adapt(world, DEPTH)
    adapt(world, {"name": "pendientes"})
    assert ask(world, f"{EXTERNAL}/namespaces/default/pendientes")[0] == 404
    told = [one for one in world.all("events", "kube-system") if one["reason"] == "InvalidConfig"]
    assert [one["message"] for one in told] == ["metrics[0] must have either `series` or `value`"]


def test_what_is_switched_on_in_a_copy_stays_in_the_copy(world):
    copy = world.cluster.fork()
    text = "metrics: [{name: banco, external: true, value: '3'}]"
    config = {"metadata": {"name": "metrics-adapter"}, "data": {"config.yaml": text}}
    copy.api.create(kinds.CONFIGMAP, config, "kube-system")
    copy.clock.advance(1)
    served = [{one["metadata"]["name"] for one in api.list(kinds.APISERVICE).items} for api in (copy.api, world.api)]
    assert "v1beta1.external.metrics.k8s.io" in served[0] - served[1]
