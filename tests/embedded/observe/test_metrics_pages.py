"""Lo que cuentan el plano de control, los nodos, los objetos y la tienda es lo que ha pasado."""

from __future__ import annotations

import pytest

from lab_tools.client import Client
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request, User
from lab_tools.errors import StatusError
from lab_tools.traffic import load
from tests.embedded.observe.reading import CONTROL, MODERN, PAGES, STATE, client_of, families, page, value

CADVISOR = "/api/v1/nodes/node-1/proxy/metrics/cadvisor"
RESOURCE = "/api/v1/nodes/node-1/proxy/metrics/resource"


@pytest.fixture
def cluster() -> EmbeddedCluster:
    return EmbeddedCluster(nodes=1)


@pytest.fixture
def client(cluster: EmbeddedCluster) -> Client:
    return client_of(cluster)


def shop(client: Client, name: str = "api", image: str = "tienda-api:1.0", replicas: int = 1, **limits: str) -> None:
    labels = {"app": name}
    container = {"name": "c", "image": image, "ports": [{"containerPort": 8080}], "resources": {"limits": limits}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}  # fmt: skip
    client.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec})
    ports = [{"port": 8080}]
    client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                   "spec": {"selector": labels, "ports": ports}})  # fmt: skip
    client.wait(30)


def pod_of(client: Client) -> str:
    [pod] = client.list("pods")
    return str(pod["metadata"]["name"])


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_read_the_same_in_both_formats(client: Client, path: str) -> None:
    shop(client, cpu="200m")
    # La propia lectura se cuenta: se compara la forma, no las cuentas de la puerta.
    plain, modern = families(client, path), families(client, path, MODERN)
    assert plain.keys() == modern.keys() and plain
    for name, one in plain.items():
        assert (one.type, one.documentation) == (modern[name].type, modern[name].documentation)
        assert one.documentation.endswith("."), name


def test_requests_are_counted_by_verb_resource_and_code(client: Client) -> None:
    for _ in range(3):
        client.list("pods")
    client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    client.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}})
    with pytest.raises(StatusError):
        client.get("configmaps", "nada")

    def times(**labels: str) -> float | None:
        return value(client, CONTROL, "apiserver_request_total", **labels)

    assert times(verb="LIST", resource="pods", code="200", scope="namespace", group="", version="v1") == 3
    assert times(verb="POST", resource="configmaps", code="201", scope="resource") == 1
    assert times(verb="APPLY", resource="configmaps", code="200") == 1
    assert times(verb="GET", resource="configmaps", code="404") == 1
    found = value(client, CONTROL, "apiserver_request_duration_seconds_count", verb="LIST", resource="pods")
    assert found == 3


def test_a_slow_api_is_seen_in_its_durations(client: Client, cluster: EmbeddedCluster) -> None:
    client.list("pods")
    cluster.faults.inject({"kind": "api-slow", "seconds": 0.7})
    student = User("ana", ("orquesta:student",))
    cluster.handle(Request("GET", "/api/v1/namespaces/default/pods", user=student))
    name, labels = "apiserver_request_duration_seconds", {"verb": "LIST", "resource": "pods"}
    assert value(client, CONTROL, f"{name}_bucket", le="0.6", **labels) == 1
    assert value(client, CONTROL, f"{name}_bucket", le="0.8", **labels) == 2
    assert value(client, CONTROL, f"{name}_sum", **labels) == pytest.approx(0.7)


def test_paths_that_do_not_exist_do_not_grow_the_page(client: Client) -> None:
    for number in range(20):
        client.connection.send("GET", f"/nada-{number}")
    assert value(client, CONTROL, "apiserver_request_total", code="404", resource="") == 20


def test_what_is_stored_and_who_works_is_counted(client: Client) -> None:
    shop(client, replicas=3)
    assert value(client, CONTROL, "apiserver_resource_objects", resource="pods", group="") == 3
    assert value(client, CONTROL, "apiserver_storage_objects", resource="deployments.apps") == 1
    assert (value(client, CONTROL, "workqueue_adds_total", name="deployment-controller") or 0) >= 2
    assert value(client, CONTROL, "workqueue_depth", name="deployment-controller") == 0
    done = value(client, CONTROL, "controller_runtime_reconcile_total", controller="replicaset-controller",
                 result="success")  # fmt: skip
    assert (done or 0) >= 1
    assert value(client, CONTROL, "scheduler_schedule_attempts_total", result="scheduled") == 3
    assert value(client, CONTROL, "scheduler_pending_pods", queue="unschedulable") == 0


def test_a_stopped_controller_lets_its_queue_grow(client: Client, cluster: EmbeddedCluster) -> None:
    cluster.faults.inject({"kind": "controller-stopped", "controller": "deployment-controller"})
    shop(client)
    assert value(client, CONTROL, "workqueue_depth", name="deployment-controller") == 1
    assert value(client, CONTROL, "running_managed_controllers", name="deployment-controller") == 0
    cluster.faults.heal(cluster.faults.active()[0].name)
    client.wait(5)
    assert value(client, CONTROL, "workqueue_depth", name="deployment-controller") == 0


def test_a_pod_that_fits_nowhere_waits_in_its_queue(client: Client) -> None:
    box = {"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": "64"}}}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "g"}, "spec": {"containers": [box]}})
    client.wait(2)
    assert value(client, CONTROL, "scheduler_pending_pods", queue="unschedulable") == 1
    assert value(client, CONTROL, "scheduler_schedule_attempts_total", result="unschedulable") == 1


def test_objects_are_told_as_they_are(client: Client) -> None:
    shop(client, replicas=2, cpu="250m", memory="128Mi")
    client.patch("nodes", "node-1", {"spec": {"taints": [{"key": "k", "value": "v", "effect": "PreferNoSchedule"}]}})

    def state(name: str, **labels: str) -> float | None:
        return value(client, STATE, name, **labels)

    assert state("kube_deployment_status_replicas_available", namespace="default", deployment="api") == 2
    assert state("kube_deployment_spec_replicas", deployment="api") == 2
    assert state("kube_node_status_condition", node="node-1", condition="Ready", status="true") == 1
    assert state("kube_node_status_condition", node="node-1", condition="Ready", status="false") == 0
    assert state("kube_node_spec_taint", key="k", value="v", effect="PreferNoSchedule") == 1
    pod = str(client.list("pods")[0]["metadata"]["name"])
    assert state("kube_pod_status_phase", pod=pod, phase="Running") == 1
    assert state("kube_pod_status_phase", pod=pod, phase="Pending") == 0
    assert state("kube_pod_container_resource_limits", pod=pod, resource="cpu", unit="core") == 0.25
    assert state("kube_pod_container_resource_limits", pod=pod, resource="memory", unit="byte") == 128 * 2**20
    assert state("kube_pod_container_status_restarts_total", pod=pod, container="c") == 0


def test_a_container_that_dies_is_seen_to_restart_and_why(client: Client) -> None:
    box = {"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", "sleep 2; exit 3"]}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [box]}})
    client.wait(8)
    assert (value(client, STATE, "kube_pod_container_status_restarts_total", pod="p") or 0) >= 1
    assert value(client, STATE, "kube_pod_container_status_last_terminated_reason", pod="p", reason="Error") == 1
    assert value(client, STATE, "kube_pod_container_status_last_terminated_exitcode", pod="p") == 3


def test_cpu_used_adds_up_and_a_limit_that_holds_back_is_seen(client: Client) -> None:
    # Cien peticiones por segundo de 10 ms de CPU piden un núcleo entero: con una décima, espera casi siempre.
    shop(client, cpu="100m")
    load(client, "http://api:8080/pedidos", rps=100, seconds=20, from_=pod_of(client))
    used = value(client, CADVISOR, "container_cpu_usage_seconds_total", container="c", cpu="total") or 0
    assert used > 1.0
    held = value(client, CADVISOR, "container_cpu_cfs_throttled_seconds_total", container="c") or 0
    periods = value(client, CADVISOR, "container_cpu_cfs_throttled_periods_total", container="c") or 0
    lived = value(client, CADVISOR, "container_cpu_cfs_periods_total", container="c") or 0
    assert held > 5 and 50 < periods <= lived
    assert value(client, CADVISOR, "container_spec_cpu_quota", container="c") == 10_000
    assert value(client, RESOURCE, "container_cpu_usage_seconds_total", container="c") == pytest.approx(used)


def test_without_a_limit_nothing_is_held_back(client: Client) -> None:
    shop(client)
    assert "container_cpu_cfs_throttled_seconds" not in families(client, CADVISOR)


def test_cpu_never_goes_back_while_a_container_lives_and_starts_again_with_it(
    client: Client, cluster: EmbeddedCluster
) -> None:
    shop(client)
    seen = []
    for _ in range(4):
        load(client, "http://api:8080/pedidos", rps=50, seconds=5, from_=pod_of(client))
        seen.append(value(client, CADVISOR, "container_cpu_usage_seconds_total", container="c") or 0)
    assert seen == sorted(seen) and seen[0] < seen[-1]
    cluster.faults.inject({"kind": "kill-container", "pod": pod_of(client), "container": "c"})
    client.wait(20)
    assert (value(client, CADVISOR, "container_cpu_usage_seconds_total", container="c") or 0) < seen[0]


def test_the_shop_tells_what_it_answered(client: Client) -> None:
    shop(client, image="tienda-api:2.1-fallos")
    pod = pod_of(client)
    told = f"/api/v1/namespaces/default/pods/{pod}/proxy/metrics"
    media, _ = page(client, told)
    assert media.startswith("text/plain; version=0.0.4")
    report = load(client, "http://api:8080/pedidos", rps=50, seconds=20, from_=pod)
    good = value(client, told, "http_requests_total", route="/pedidos", code="200") or 0
    bad = value(client, told, "http_requests_total", route="/pedidos", code="500") or 0
    assert (good + bad, bad) == (report.sent, report.failed) and bad > 0
    assert value(client, told, "http_request_duration_seconds_count", route="/pedidos") == report.sent
    mean = (value(client, told, "http_request_duration_seconds_sum", route="/pedidos") or 0) / report.sent
    assert 0.5 * 0.020 < mean < 2 * 0.020
    assert value(client, told, "app_info", version="2.1-fallos") == 1
    assert value(client, told, "http_requests_in_progress") == 0


def test_the_shop_tells_the_same_to_a_program_of_another_pod(client: Client) -> None:
    shop(client)
    box = {"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", "wget -qO- http://api:8080/metrics; sleep 60"]}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [box]}})
    client.wait(10)
    assert 'app_info{version="1.0"} 1' in client.logs("p")


def test_each_page_asks_for_its_permission(cluster: EmbeddedCluster) -> None:
    nobody = User("eva", ("system:authenticated",))
    for path in (CONTROL, STATE):
        assert cluster.handle(Request("GET", path, user=nobody)).status == 403
        assert cluster.handle(Request("GET", path, user=User("ana", ("orquesta:student",)))).status == 200
        assert cluster.handle(Request("GET", path, user=User("c", ("orquesta:checker",)))).status == 200


def test_whoever_may_read_metrics_may_read_those_of_objects(client: Client, cluster: EmbeddedCluster) -> None:
    client.create({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "m"},
                   "rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]})  # fmt: skip
    client.create(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "m"},
            "subjects": [{"kind": "User", "name": "eva"}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "m"},
        }
    )
    eva = User("eva", ("system:authenticated",))
    assert [cluster.handle(Request("GET", path, user=eva)).status for path in (CONTROL, STATE)] == [200, 200]


def test_a_copy_goes_on_counting_from_where_it_was_and_the_original_does_not_notice(
    client: Client, cluster: EmbeddedCluster
) -> None:
    shop(client)
    told = f"/api/v1/namespaces/default/pods/{pod_of(client)}/proxy/metrics"
    load(client, "http://api:8080/pedidos", rps=20, seconds=5, from_=pod_of(client))
    copy = client_of(cluster.fork())
    assert page(copy, told) == page(client, told)
    assert page(copy, CADVISOR) == page(client, CADVISOR)
    load(copy, "http://api:8080/pedidos", rps=20, seconds=5, from_=pod_of(copy))
    count = {"route": "/pedidos", "code": "200"}
    more, same = (value(one, told, "http_requests_total", **count) or 0 for one in (copy, client))
    assert more > same > 0


def test_the_same_past_gives_the_same_page() -> None:
    def lived() -> list[str]:
        client = client_of(EmbeddedCluster(nodes=1, seed=7))
        shop(client, cpu="200m")
        load(client, "http://api:8080/pedidos", rps=30, seconds=5, from_=pod_of(client))
        return [page(client, path)[1] for path in PAGES]

    assert lived() == lived()
