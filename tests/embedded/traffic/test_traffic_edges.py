"""El tráfico que entra por la puerta de la calle: Ingress, pesos de un canary, y memoria de lo ya medido."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from lab_tools import addons, faults, traffic

from .conftest import DRAIN, READY, Shop

HOST = "tienda.example.com"


def ingress(shop: Shop, service: str) -> None:
    backend = {"service": {"name": service, "port": {"number": 80}}}
    rule = {"host": HOST, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    shop.client.create({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "tienda"},
                        "spec": {"ingressClassName": "orquesta", "rules": [rule]}})  # fmt: skip
    shop.settle(10)


def test_behind_a_proxy_a_lost_connection_is_a_502(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 2)
    ingress(shop.settle(), "api")
    with traffic.during(shop.client, f"http://{HOST}/", rps=100) as found:
        shop.settle(2)
        shop.change("api", image="tienda-api:1.1")
        shop.settle(30)
    assert found.failed > 0 and set(found.errors) == {"HTTP 502"}


def test_behind_a_proxy_a_careful_rollout_loses_nothing(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 2, readinessProbe=READY, lifecycle=DRAIN)
    ingress(shop.settle(), "api")
    with traffic.during(shop.client, f"http://{HOST}/", rps=100) as found:
        shop.change("api", image="tienda-api:1.1")
        shop.settle(60)
    assert found.failed == 0 and set(found.versions) == {"1.0", "1.1"}


def test_a_path_that_nobody_serves_is_a_404_and_not_a_failure(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 1)
    ingress(shop.settle(), "api")
    found = traffic.load(shop.client, f"http://{HOST}/nada", rps=10, seconds=5)
    assert found.statuses == {404: found.completed} and found.failed == 0
    other = traffic.request(shop.client, "http://otra.example.com/")
    assert not other.pod


VERSION = "gateway.networking.k8s.io/v1"


def gateway(shop: Shop) -> None:
    """Un Gateway para las rutas de `publish`."""
    shop.owner.apply(addons.path("gateway-api").read_text(encoding="utf-8"))
    shop.settle(5)
    listener = {"name": "http", "port": 80, "protocol": "HTTP"}
    shop.client.apply({"apiVersion": VERSION, "kind": "Gateway", "metadata": {"name": "calle"},
                       "spec": {"gatewayClassName": "orquesta", "listeners": [listener]}})  # fmt: skip


def publish(shop: Shop, **rule: Any) -> None:
    """Una HTTPRoute con una sola regla."""
    shop.client.apply({"apiVersion": VERSION, "kind": "HTTPRoute", "metadata": {"name": "api"},
                       "spec": {"parentRefs": [{"name": "calle"}], "hostnames": [HOST], "rules": [rule]}})  # fmt: skip


def test_a_mirror_gets_the_same_load_and_its_failures_are_nobodys(shop: Shop) -> None:
    gateway(shop)
    shop.deploy("estable", "tienda-api:1.1", 1, readinessProbe=READY)
    shop.deploy("sombra", "tienda-api:2.1-fallos", 1, readinessProbe=READY)
    copy = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "sombra", "port": 80}}}
    publish(shop, backendRefs=[{"name": "estable", "port": 80}], filters=[copy])
    found = traffic.load(shop.settle().client, f"http://{HOST}/", rps=20, seconds=60)
    assert found.failed == 0 and set(found.versions) == {"1.1"}
    (pod,) = shop.client.list("pods", labels={"app": "sombra"})
    known = shop.cluster.traffic.tell("default", pod["metadata"]["name"], 8080)
    assert known is not None
    served = {status: sum(spread.counts) for (path, status), spread in known[0].spreads.items() if path == "/"}
    assert sum(served.values()) == found.completed and served[500] > 0


def test_a_proxy_gets_tired_of_waiting_and_says_so(shop: Shop) -> None:
    gateway(shop)
    shop.deploy("lenta", "tienda-api:1.0", 1, readinessProbe=READY)
    publish(shop, backendRefs=[{"name": "lenta", "port": 80}], timeouts={"request": "10ms"})
    shop.settle()
    found = traffic.load(shop.client, f"http://{HOST}/", rps=20, seconds=20)
    assert set(found.statuses) == {200, 504} and found.latency.max is not None and found.latency.max < 0.02
    publish(shop, backendRefs=[{"name": "lenta", "port": 80}], timeouts={"request": "0s"})
    shop.settle(5)
    assert set(traffic.load(shop.client, f"http://{HOST}/", rps=20, seconds=20).statuses) == {200}


def test_the_weights_of_a_canary_are_the_shares_of_its_traffic(shop: Shop) -> None:
    gateway(shop)
    for name, image in (("estable", "tienda-api:1.1"), ("canario", "tienda-api:2.1-fallos")):
        shop.deploy(name, image, 2, readinessProbe=READY)

    def share(canary: int) -> None:
        publish(shop, backendRefs=[{"name": "estable", "port": 80, "weight": 100 - canary},
                                   {"name": "canario", "port": 80, "weight": canary}])  # fmt: skip

    share(10)
    found = traffic.load(shop.settle().client, f"http://{HOST}/", rps=100, seconds=60)
    shares = {name: one.completed / found.completed for name, one in found.versions.items()}
    assert shares == pytest.approx({"1.1": 0.9, "2.1-fallos": 0.1}, abs=0.02)
    assert found.versions["1.1"].failed == 0 < found.versions["2.1-fallos"].failed
    with traffic.during(shop.client, f"http://{HOST}/", rps=100) as moving:
        shop.settle(5)
        share(0)
        shop.settle(15)
    late = sum(slot.failed for slot in moving.timeline if slot.second > 6)
    assert moving.failed > 0 and late == 0


def test_the_api_and_what_only_opens_a_connection_answer_too(shop: Shop) -> None:
    shop.settle()
    found = traffic.request(shop.client, "https://kubernetes.default/version", "pod/cliente")
    assert found.status == 200 and '"major"' in found.body
    assert traffic.request(shop.client, "https://kubernetes.default/api/v1/pods", "cliente").status == 403
    for url in ("tcp://kubernetes.default:443", "tcp://kube-dns.kube-system:53", "tcp://example.com:80"):
        assert traffic.request(shop.client, url, "cliente").ok, url
    assert traffic.request(shop.client, "http://kube-dns.kube-system:53/", "cliente").error == "reset"


def test_session_affinity_keeps_a_caller_on_one_pod(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 3)
    shop.client.patch("services", "api", {"spec": {"sessionAffinity": "ClientIP"}})
    found = traffic.load(shop.settle().client, "http://api/", rps=20, seconds=10, from_="cliente")
    assert len(found.pods) == 1


def test_a_load_that_ended_keeps_its_accounts_and_not_its_lines(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 3)
    found = traffic.load(shop.settle().client, "http://api/", rps=300, seconds=60, from_="cliente")
    kept = shop.cluster.traffic.loads[found.id]
    assert not kept.book.times and found.refresh().completed > 15_000
    assert sys.getsizeof(str(kept.document(shop.clock.now))) < 20_000


def test_a_cut_cable_is_noticed_while_it_lasts(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 1)
    shop.settle()
    with traffic.during(shop.client, "http://api/", rps=50, from_="cliente", timeout=1) as found:
        shop.settle(5)
        shop.cluster.network.weather.cut("pod/default/cliente", "*")
        shop.settle(5)
        shop.cluster.network.weather.clear()
        shop.settle(5)
    failed = [slot.second for slot in found.timeline if slot.failed > slot.sent / 2]
    assert failed and min(failed) in (4, 5) and max(failed) in (9, 10)


def test_kept_connections_do_not_see_the_new_pods(shop: Shop) -> None:
    """Lo que sorprende al escalar con conexiones que no se cierran: los Pods nuevos no reciben nada."""
    shop.deploy("api", "tienda-api:1.0", 1)
    shop.settle()
    shares = {}
    for connections in (0, 8):
        shop.client.scale("deployments", "api", 1)
        shop.settle(40)
        with traffic.during(shop.client, "http://api/", 60, "cliente", connections=connections) as found:
            shop.settle(5)
            shop.client.scale("deployments", "api", 3)
            shop.settle(30)
        shares[connections] = sorted(one.completed / found.completed for one in found.pods.values())
    assert len(shares[0]) == 3 and shares[0][0] > 0.2
    assert shares[8] == [1.0]


def test_behind_a_proxy_a_kept_connection_is_shared_request_by_request(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 3)
    ingress(shop.settle(), "api")
    found = traffic.load(shop.client, f"http://{HOST}/", rps=60, seconds=10, connections=1)
    shares = [one.completed / found.completed for one in found.pods.values()]
    assert len(shares) == 3 and min(shares) > 0.2


def test_a_kept_connection_moves_when_its_pod_leaves(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 2, readinessProbe=READY, lifecycle=DRAIN)
    shop.settle()
    with traffic.during(shop.client, "http://api/", 60, "cliente", connections=4) as found:
        shop.change("api", image="tienda-api:1.1")
        shop.settle(60)
    assert found.failed == 0 and set(found.versions) == {"1.0", "1.1"}


def test_a_node_that_goes_off_leaves_its_callers_waiting_until_it_is_noticed(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 3)
    shop.settle()
    node = {pod["spec"]["nodeName"] for pod in shop.client.list("pods", labels={"app": "api"})}
    caller = shop.client.get("pods", "cliente")["spec"]["nodeName"]
    off = sorted(node - {caller})[0]
    with traffic.during(shop.client, "http://api/", 50, "cliente", timeout=2) as found:
        shop.settle(5)
        faults.inject(shop.owner, {"kind": "node-off", "node": off})
        shop.settle(90)
    assert set(found.errors) <= {"timeout", "reset"} and found.errors["timeout"] > 100
    # Hasta que el nodo se da por perdido (40 s sin latir) sus Pods siguen en el Service.
    failed = [slot.second for slot in found.timeline if slot.failed]
    assert 4 <= min(failed) <= 6 and 35 <= max(failed) <= 60


def test_a_pod_deleted_by_force_cuts_what_it_had(shop: Shop) -> None:
    shop.deploy("pagos", "tienda-pagos:1.0", 1)
    shop.settle()
    with traffic.during(shop.client, "http://pagos/", 100, "cliente") as found:
        shop.settle(3.1)
        [pod] = shop.client.list("pods", labels={"app": "pagos"})
        shop.client.delete("pods", pod["metadata"]["name"], grace=0)
        shop.settle(10)
    assert found.errors["reset"] >= 1 and found.errors["refused"] > 10


def test_something_that_hogs_the_cpu_makes_its_neighbours_inside_wait(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 1, resources={"limits": {"cpu": "600m"}})
    shop.settle()
    [pod] = shop.client.list("pods", labels={"app": "api"})
    with traffic.during(shop.client, "http://api/", 30, "cliente") as found:
        shop.settle(60)
        faults.inject(shop.owner, {"kind": "cpu-hog", "pod": pod["metadata"]["name"], "cores": 0.35})
        shop.settle(60)
    calm = max(slot.p95 or 0 for slot in found.timeline if slot.second < 55)
    hogged = max(slot.p95 or 0 for slot in found.timeline if slot.second > 80)
    assert hogged > 2 * calm


def test_a_leak_that_was_provoked_adds_to_what_the_load_takes(shop: Shop) -> None:
    shop.deploy("fuga", "tienda-api:2.1-fuga", 1, resources={"limits": {"memory": "160Mi"}})
    shop.settle()
    [pod] = shop.client.list("pods", labels={"app": "fuga"})
    # Una pierde 50 MiB en ese rato, y la otra 94: por separado caben en los 112 que hay libres.
    faults.inject(shop.owner, {"kind": "memory-leak", "pod": pod["metadata"]["name"], "rate": 1.0})
    found = traffic.load(shop.client, "http://fuga/", rps=30, seconds=50, from_="cliente")
    assert shop.restarts("fuga") == 1 and found.failed > 0
