"""Las trazas cuentan lo que pasó, salto a salto, y mirar no cambia nada. Las lee quien entiende OpenTelemetry."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from lab_tools.cli.traces import spans_of
from lab_tools.client import Client
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.observe.tracer import CLIENT, INTERNAL, SERVER, SPANS
from lab_tools.embedded.rest import Request, User
from lab_tools.errors import StatusError
from lab_tools.traffic import load, request
from tests.embedded.observe.reading import client_of, page

TRACES = "/orquesta/v1/traces"
CHAIN = {"frontend": {"API_URL": "http://api:8080"}, "api": {"CATALOGO_URL": "http://catalogo:8080"}, "catalogo": {}}


@pytest.fixture
def cluster() -> EmbeddedCluster:
    return EmbeddedCluster(nodes=2)


@pytest.fixture
def client(cluster: EmbeddedCluster) -> Client:
    return client_of(cluster)


def shop(client: Client, tags: dict[str, str] | None = None) -> None:
    """La tienda, en cadena: frontend → api → catalogo."""
    for name, env in CHAIN.items():
        labels = {"app": name}
        container = {"name": "c", "image": f"tienda-{name}:{(tags or {}).get(name, '1.0')}",
                     "env": [{"name": key, "value": value} for key, value in env.items()]}  # fmt: skip
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        client.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
                       "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}})  # fmt: skip
        client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                       "spec": {"selector": labels, "ports": [{"port": 8080}]}})  # fmt: skip
    client.wait(30)


def pod_of(client: Client, app: str) -> str:
    [pod] = client.list("pods", labels={"app": app})
    return str(pod["metadata"]["name"])


def attributes(span: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: str(next(iter(one["value"].values()))) for one in span["attributes"]}


class Forest:
    """Los tramos por padre."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.spans = spans_of(document)
        self.children: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        for service, span in self.spans:
            self.children.setdefault(span.get("parentSpanId", ""), []).append((service, span))

    def roots(self, name: str) -> list[dict[str, Any]]:
        return [span for _, span in self.children.get("", ()) if span["name"] == name]

    def below(self, span: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        return self.children.get(span["spanId"], [])

    def line(self, span: dict[str, Any]) -> list[tuple[str, int]]:
        """Los servicios y clases de tramo de una cadena, de arriba abajo."""
        found = []
        while below := self.below(span):
            [(service, span)] = below
            found.append((service, span["kind"]))
        return found


def test_nothing_is_followed_until_somebody_asks(client: Client) -> None:
    shop(client)
    request(client, "http://frontend:8080/", from_=pod_of(client, "api"))
    assert client.traces() == {"resourceSpans": []}


def test_an_api_request_goes_through_admission_to_the_store(client: Client) -> None:
    client.trace()
    client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    forest = Forest(client.traces())
    [root] = forest.roots("create configmaps")
    assert (root["kind"], attributes(root)["http.response.status_code"]) == (SERVER, "201")
    assert [(service, span["name"]) for service, span in forest.below(root)] == [
        ("kube-apiserver", "admission configmaps"), ("etcd", "etcd put"),
    ]  # fmt: skip
    assert attributes(forest.below(root)[1][1])["etcd.key"] == "/registry/configmaps/default/a"


def test_a_refused_request_never_reaches_the_store(client: Client) -> None:
    client.trace()
    with pytest.raises(StatusError):
        client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": []}})
    forest = Forest(client.traces())
    [root] = forest.roots("create pods")
    assert attributes(root)["http.response.status_code"] == "422"
    assert [service for service, _ in forest.below(root)] == ["kube-apiserver"]


def test_a_slow_api_takes_as_long_in_its_trace(client: Client, cluster: EmbeddedCluster) -> None:
    client.trace()
    cluster.faults.inject({"kind": "api-slow", "seconds": 0.5})
    cluster.handle(Request("GET", "/api/v1/namespaces/default/pods", user=User("ana", ("orquesta:student",))))
    [root] = Forest(client.traces()).roots("list pods")
    assert int(root["endTimeUnixNano"]) - int(root["startTimeUnixNano"]) == 500_000_000


def test_reconciliations_and_placements_are_followed_to_what_they_write(client: Client) -> None:
    client.trace()
    shop(client)
    forest = Forest(client.traces())
    written = {attributes(span)["etcd.key"].split("/")[2] for root in forest.roots("reconcile deployment-controller")
               for service, span in forest.below(root) if service == "etcd"}  # fmt: skip
    assert "replicasets.apps" in written
    placed = forest.roots("schedule")
    assert {attributes(one)["k8s.object.name"].split("-")[0] for one in placed} == set(CHAIN)
    assert all(any("pods" in attributes(span).get("etcd.key", "") for _, span in forest.below(one)) for one in placed)


def test_a_request_is_followed_from_its_client_through_every_service_to_the_last_pod(client: Client) -> None:
    shop(client)
    client.trace()
    load(client, "http://frontend:8080/", rps=5, seconds=4, from_=pod_of(client, "catalogo"))
    forest = Forest(client.traces())
    roots = forest.roots("GET /")
    assert len(roots) > 5
    hop = [("red", INTERNAL)]
    for root in roots:
        assert forest.line(root) == [
            *hop, ("frontend", SERVER), ("frontend", CLIENT), *hop, ("api", SERVER), ("api", CLIENT), *hop,
            ("catalogo", SERVER),
        ]  # fmt: skip
        assert {one["name"] for one in root["events"]} >= {"dns", "service"}


def test_every_span_fits_inside_its_parent_and_belongs_to_its_trace(client: Client) -> None:
    client.trace()
    shop(client)
    load(client, "http://frontend:8080/", rps=10, seconds=5, from_=pod_of(client, "catalogo"))
    spans = {span["spanId"]: span for _, span in spans_of(client.traces())}
    assert len(spans) == len(spans_of(client.traces())), "dos tramos con la misma identidad"
    for span in spans.values():
        parent = spans.get(span.get("parentSpanId", ""))
        assert parent is not None or "parentSpanId" not in span
        if parent is not None:
            assert parent["traceId"] == span["traceId"]
            assert int(parent["startTimeUnixNano"]) <= int(span["startTimeUnixNano"])
            assert int(span["endTimeUnixNano"]) <= int(parent["endTimeUnixNano"])


@pytest.mark.parametrize("url", ["http://frontend:8080/", "http://catalogo:8080/productos"])
def test_the_traces_of_a_load_are_its_requests(client: Client, url: str) -> None:
    shop(client, {"catalogo": "2.0"})
    client.trace()
    report = load(client, url, rps=20, seconds=10, from_=pod_of(client, "api"))
    roots = Forest(client.traces()).roots("GET /" if url.endswith("/") else "GET /productos")
    assert len(roots) == report.sent
    took = [(int(one["endTimeUnixNano"]) - int(one["startTimeUnixNano"])) / 1e9 for one in roots]
    assert max(took) == pytest.approx(report.latency.max, abs=1e-5)


def test_what_fails_says_so_in_its_span_and_where(client: Client) -> None:
    shop(client, {"api": "2.1-fallos"})
    client.trace()
    report = load(client, "http://frontend:8080/", rps=20, seconds=20, from_=pod_of(client, "catalogo"))
    forest = Forest(client.traces())
    bad = [root for root in forest.roots("GET /") if root["status"]["code"] == 2]
    assert len(bad) == report.failed > 0
    served = [(service, attributes(span)) for service, span in forest.spans if span["kind"] == SERVER]
    guilty = Counter(service for service, told in served if told.get("http.response.status_code") == "500")
    assert guilty == {"api": report.failed}


def test_a_pod_that_dies_cuts_its_spans(client: Client, cluster: EmbeddedCluster) -> None:
    shop(client)
    client.trace()
    cluster.clock.call_in(5.0, lambda: client.delete("pods", pod_of(client, "catalogo"), grace=0))
    report = load(client, "http://catalogo:8080/productos", rps=200, seconds=8, from_=pod_of(client, "api"))
    roots = Forest(client.traces()).roots("GET /productos")
    failed = [root for root in roots if root["status"]["code"] == 2]
    assert len(failed) == report.failed > 0


def test_looking_does_not_change_what_happens() -> None:
    def lived(traced: bool) -> tuple[Any, ...]:
        cluster = EmbeddedCluster(nodes=2, seed=3)
        client = client_of(cluster)
        if traced:
            client.trace()
        shop(client)
        sent = [load(client, url, rps=30, seconds=10, from_=pod_of(client, "catalogo"))
                for url in ("http://frontend:8080/", "http://catalogo:8080/productos")]  # fmt: skip
        state = cluster.snapshot()
        return (
            state.revision,
            list(state.values),
            [str(one) for one in sent],
            page(client, "/metrics")[1].splitlines()[0],
        )

    assert lived(True) == lived(False)


def test_the_same_past_gives_the_same_traces_and_another_seed_other_names() -> None:
    def lived(seed: int) -> tuple[str, set[str]]:
        client = client_of(EmbeddedCluster(nodes=2, seed=seed))
        client.trace()
        shop(client)
        load(client, "http://frontend:8080/", rps=10, seconds=3, from_=pod_of(client, "api"))
        found = client.traces()
        return json.dumps(found), {span["traceId"] for _, span in spans_of(found)}

    assert lived(1) == lived(1)
    assert lived(1)[1].isdisjoint(lived(2)[1])


def test_opentelemetry_understands_them_strictly(client: Client) -> None:
    client.trace()
    shop(client)
    load(client, "http://frontend:8080/", rps=10, seconds=3, from_=pod_of(client, "api"))
    found = client.traces()
    # En OTLP/JSON las identidades van en hexadecimal; en el JSON de protobuf, en base64: se traducen y nada más.
    message = Parse(json.dumps(_in_base64(found)), ExportTraceServiceRequest())
    spans = [span for resource in message.resource_spans for scope in resource.scope_spans for span in scope.spans]
    assert len(spans) == len(spans_of(found)) > 50
    for span in spans:
        assert (len(span.trace_id), len(span.span_id), len(span.parent_span_id) in (0, 8)) == (16, 8, True)
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.kind in (INTERNAL, SERVER, CLIENT)
    names = {one.value.string_value for resource in message.resource_spans for one in resource.resource.attributes}
    assert {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", *CHAIN} <= names


def _in_base64(value: Any) -> Any:
    import base64

    if isinstance(value, dict):
        return {key: base64.b64encode(bytes.fromhex(one)).decode() if key in ("traceId", "spanId", "parentSpanId")
                else _in_base64(one) for key, one in value.items()}  # fmt: skip
    return [_in_base64(one) for one in value] if isinstance(value, list) else value


def test_old_spans_are_forgotten_and_that_is_told(client: Client) -> None:
    shop(client)
    client.trace()
    load(client, "http://catalogo:8080/productos", rps=200, seconds=20, from_=pod_of(client, "api"))
    state = client.trace(False)
    assert (state["on"], state["kept"]) == (False, SPANS)
    assert state["forgotten"] > 0
    before = client.traces()
    request(client, "http://frontend:8080/", from_=pod_of(client, "api"))
    assert client.traces() == before


def test_a_copy_follows_its_own(client: Client, cluster: EmbeddedCluster) -> None:
    client.trace()
    shop(client)
    copied = cluster.fork()
    copy = client_of(copied)
    assert spans_of(copy.traces()) == spans_of(client.traces())
    load(copy, "http://frontend:8080/", rps=10, seconds=3, from_=pod_of(copy, "api"))
    assert Forest(copy.traces()).roots("GET /") and not Forest(client.traces()).roots("GET /")


@pytest.mark.parametrize(("groups", "reads", "turns"), [
    (("orquesta:owner", "system:masters"), 200, 200), (("orquesta:student",), 200, 200),
    (("orquesta:checker",), 200, 403), (("system:authenticated",), 403, 403),
])  # fmt: skip
def test_who_may_read_them_and_who_may_turn_them_on(
    cluster: EmbeddedCluster, groups: tuple[str, ...], reads: int, turns: int
) -> None:
    user = User("alguien", groups)
    assert cluster.handle(Request("GET", TRACES, user=user)).status == reads
    assert cluster.handle(Request("POST", TRACES, body=b'{"on": true}', user=user)).status == turns


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"on": 1}', b'{"on": true, "off": 1}'])
def test_the_switch_only_understands_on(cluster: EmbeddedCluster, body: bytes) -> None:
    owner = User("dueña", ("orquesta:owner", "system:masters"))
    assert cluster.handle(Request("POST", TRACES, body=body, user=owner)).status == 400
    assert cluster.handle(Request("DELETE", TRACES, user=owner)).status == 405
