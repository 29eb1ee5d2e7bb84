"""El tráfico y el clúster, cada uno notando al otro: rollouts, memoria, CPU, HPA, llamadas y cables cortados."""

from __future__ import annotations

import json
from statistics import median

import pytest

from lab_tools import traffic
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.metrics import SERVICE
from lab_tools.objects import kinds
from lab_tools.objects.quantity import bytes_
from lab_tools.objects.quantity import parse as quantity

from .conftest import DRAIN, READY, Shop


def usage(shop: Shop, name: str) -> list[tuple[float, int]]:
    items = shop.cluster.api.list(kinds.POD_METRICS, "default").items
    found = [one["containers"][0]["usage"] for one in items if one["metadata"]["name"].startswith(name)]
    return [(float(quantity(one["cpu"])), bytes_(one["memory"])) for one in found]


def test_a_load_is_shared_among_the_pods_of_a_service(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0")
    found = traffic.load(shop.settle().client, "http://api/pedidos", rps=90, seconds=60, from_="cliente")
    assert (found.state, found.failed, found.statuses) == ("done", 0, {200: found.completed})
    assert found.sent == found.completed == pytest.approx(90 * 60, rel=0.05)
    assert len(found.pods) == 3 and list(found.versions) == ["1.0"]
    assert all(one.completed == pytest.approx(found.completed / 3, rel=0.1) for one in found.pods.values())
    assert sum(slot.sent for slot in found.timeline) == found.completed
    latency = found.latency
    assert 0.018 < latency.mean < 0.024 and latency.p50 < latency.p95 < latency.p99 < latency.max  # type: ignore[operator]


def test_a_rollout_without_care_loses_requests(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0")
    shop.settle()
    with traffic.during(shop.client, "http://api/", rps=60, from_="cliente") as found:
        shop.settle(2)
        shop.change("api", image="tienda-api:1.1")
        shop.settle(30)
    assert found.failed > 3 and set(found.errors) <= {"refused", "reset"}
    assert set(found.versions) == {"1.0", "1.1"}


def test_a_rollout_with_readiness_and_pre_stop_loses_none(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", readinessProbe=READY, lifecycle=DRAIN)
    shop.settle()
    with traffic.during(shop.client, "http://api/", rps=60, from_="cliente") as found:
        shop.settle(2)
        shop.change("api", image="tienda-api:1.1")
        shop.settle(60)
    assert found.failed == 0 and found.completed > 3000
    assert set(found.versions) == {"1.0", "1.1"}


def test_without_readiness_a_new_pod_refuses_until_it_opens(shop: Shop) -> None:
    # La despedida está cuidada: lo que se pierde lo pierde la llegada.
    shop.deploy("catalogo", "tienda-catalogo:1.0", lifecycle=DRAIN)
    shop.settle()
    with traffic.during(shop.client, "http://catalogo/", rps=80, from_="cliente") as found:
        shop.change("catalogo", image="tienda-catalogo:1.1")
        shop.settle(40)
    assert found.errors.get("refused", 0) > 0
    assert all(one.failed == 0 for name, one in found.versions.items() if name == "1.0")


def test_who_does_not_finish_what_it_had_cuts_it(shop: Shop) -> None:
    lost = {}
    for name, image in (("suave", "tienda-frontend:2.0"), ("brusca", "tienda-frontend:2.1-brusca")):
        shop.deploy(name, image, replicas=2)
        shop.settle()
        with traffic.during(shop.client, f"http://{name}/", rps=200, from_="cliente") as found:
            shop.settle(1)
            shop.client.delete("pods", shop.client.list("pods", labels={"app": name})[0]["metadata"]["name"])
            shop.settle(10)
        lost[name] = found.errors.get("reset", 0)
    assert lost["suave"] == 0 and lost["brusca"] > 0


def test_a_leak_ends_in_oom_and_starts_again(shop: Shop) -> None:
    shop.deploy("fuga", "tienda-api:2.1-fuga", replicas=1, resources={"limits": {"memory": "96Mi"}})
    found = traffic.load(shop.settle().client, "http://fuga/", rps=40, seconds=90, from_="cliente")
    [pod] = shop.client.list("pods", labels={"app": "fuga"})
    ended = pod["status"]["containerStatuses"][0]["lastState"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)
    # 48 MiB libres a 64 KiB por petición: cae tras unas 768.
    assert found.failed > 0 and found.errors["reset"] >= 0
    first = next(slot.second for slot in found.timeline if slot.failed)
    assert first == pytest.approx(768 / 40, abs=3)
    assert shop.restarts("fuga") >= 2


def test_what_leaked_in_one_load_is_still_there_for_the_next(shop: Shop) -> None:
    shop.deploy("fuga", "tienda-api:2.1-fuga", replicas=1, resources={"limits": {"memory": "96Mi"}})
    shop.settle()
    first = traffic.load(shop.client, "http://fuga/", rps=40, seconds=12, from_="cliente")
    shop.settle(60)
    second = traffic.load(shop.client, "http://fuga/", rps=40, seconds=12, from_="cliente")
    assert first.failed == 0 and shop.restarts("fuga") == 1 and second.failed > 0


def test_a_cpu_limit_makes_the_same_load_wait(shop: Shop) -> None:
    shop.deploy("libre", "tienda-api:1.0", replicas=1)
    shop.deploy("justo", "tienda-api:1.0", replicas=1, resources={"limits": {"cpu": "250m"}})
    shop.settle()
    free, tight = (traffic.load(shop.client, f"http://{name}/", rps=23, seconds=120, from_="cliente")
                   for name in ("libre", "justo"))  # fmt: skip
    assert free.latency.p95 is not None and tight.latency.p95 is not None
    assert tight.latency.p95 > 3 * free.latency.p95


def test_a_cpu_limit_of_the_pod_is_for_all_its_containers(shop: Shop) -> None:
    def p95(name: str, beside: str) -> float:
        shop.client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}},
                            "spec": {"resources": {"limits": {"cpu": "300m"}}, "containers": [
                                {"name": "api", "image": "tienda-api:1.0"},
                                {"name": "web", "image": "nginx:1.27"}]}})  # fmt: skip
        address = shop.settle().client.get("pods", name)["status"]["podIP"]
        other = traffic.start(shop.client, f"http://{address}:80/", rps=float(beside), seconds=60, from_="cliente")
        found = traffic.load(shop.client, f"http://{address}:8080/", rps=20, seconds=60, from_="cliente")
        other.wait()
        assert found.latency.p95 is not None
        return found.latency.p95

    assert p95("con-vecino", beside="400") > 3 * p95("tranquilo", beside="1")


def test_what_is_measured_does_not_pass_the_limit_of_the_pod(shop: Shop) -> None:
    shop.owner.create({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", **SERVICE})
    shop.client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"app": "p"}},
                        "spec": {"resources": {"limits": {"cpu": "300m"}}, "containers": [
                            {"name": "api", "image": "tienda-api:1.0"},
                            {"name": "web", "image": "nginx:1.27"}]}})  # fmt: skip
    address = shop.settle().client.get("pods", "p")["status"]["podIP"]
    traffic.start(shop.client, f"http://{address}:8080/", rps=60, seconds=90, from_="cliente")
    shop.settle(60)
    assert usage(shop, "p")[0][0] == pytest.approx(0.3, rel=0.05)


def test_a_full_queue_answers_503(shop: Shop) -> None:
    shop.deploy("pagos", "tienda-pagos:1.0", replicas=1)
    found = traffic.load(shop.settle().client, "http://pagos/cobrar", rps=400, seconds=20, from_="cliente")
    assert found.errors == {"HTTP 503": found.failed} and found.failed > 1000
    # Dieciséis puestos de 60 ms: unas 267 por segundo.
    assert found.throughput == pytest.approx(16 / 0.060, rel=0.08)


def test_the_usage_of_a_pod_follows_its_load(shop: Shop) -> None:
    shop.owner.create({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", **SERVICE})
    shop.deploy("api", "tienda-api:1.0", replicas=2)
    shop.settle(45)
    rest = usage(shop, "api")
    running = traffic.start(shop.client, "http://api/", rps=60, seconds=90, from_="cliente")
    shop.settle(60)
    busy = usage(shop, "api")
    running.wait()
    shop.settle(60)
    assert all(cpu == pytest.approx(0.01) for cpu, _ in rest)
    # Sesenta por segundo a 10 ms de CPU: 0,6 núcleos entre dos, más el reposo.
    assert sum(cpu for cpu, _ in busy) == pytest.approx(0.6 + 0.02, rel=0.1)
    assert all(more[1] > less[1] for more, less in zip(busy, rest, strict=True))
    assert usage(shop, "api") == rest


def test_an_autoscaler_follows_the_load_and_the_tail_recovers(shop: Shop) -> None:
    shop.owner.create({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", **SERVICE})
    shop.deploy("api", "tienda-api:1.0", replicas=1, readinessProbe=READY, lifecycle=DRAIN,
                resources={"requests": {"cpu": "200m"}, "limits": {"cpu": "400m"}})  # fmt: skip
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    shop.client.create({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "api"},
                        "spec": {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 10, "metrics": [
                            {"type": "Resource", "resource": {"name": "cpu", "target": {
                                "type": "Utilization", "averageUtilization": 70}}}]}})  # fmt: skip
    shop.settle(60)
    found = traffic.load(shop.client, "http://api/", rps=[(60, 10), (240, 100)], from_="cliente")
    assert shop.client.get("deployments", "api")["spec"]["replicas"] >= 6
    tails = {slot.second: slot.p95 for slot in found.timeline if slot.p95 is not None}
    worst = max(late for second, late in tails.items() if 60 <= second < 180)
    last = [late for second, late in tails.items() if second >= 260]
    assert worst > 1.0 and median(last) < 0.1 and max(last) < worst / 10


def test_a_call_goes_through_every_service(shop: Shop) -> None:
    shop.deploy("frontend", "tienda-frontend:1.0", 2, env=[{"name": "API_URL", "value": "http://api"}])
    shop.deploy("api", "tienda-api:1.0", 2, env=[{"name": "CATALOGO_URL", "value": "http://catalogo"}])
    shop.deploy("catalogo", "tienda-catalogo:1.0", 2)
    found = traffic.load(shop.settle().client, "http://frontend/", rps=20, seconds=60, from_="cliente")
    assert found.failed == 0
    # 12 ms del frontend, 20 de la api y 15 del catálogo, más la red.
    assert found.latency.mean == pytest.approx(0.047, rel=0.1)


def test_a_service_without_its_dependency_answers_502(shop: Shop) -> None:
    shop.deploy("frontend", "tienda-frontend:1.0", 1, env=[{"name": "API_URL", "value": "http://api"}])
    shop.settle()
    assert traffic.request(shop.client, "http://frontend/", "cliente").status == 502
    assert traffic.request(shop.client, "http://frontend/salud", "cliente").status == 200


def test_two_services_that_call_each_other_end_some_day(shop: Shop) -> None:
    for name, other in (("uno", "otro"), ("otro", "uno")):
        shop.deploy(name, "tienda-frontend:1.0", 1, env=[{"name": "API_URL", "value": f"http://{other}/?"}])
    found = traffic.load(shop.settle().client, "http://uno/", rps=5, seconds=10, from_="cliente")
    assert found.completed == found.sent
    shop.settle(60)
    assert not shop.cluster.traffic._agenda


def test_what_a_program_asks_waits_costs_and_fails_like_a_load(shop: Shop) -> None:
    shop.deploy("frontend", "tienda-frontend:1.0", 1, env=[{"name": "API_URL", "value": "http://api"}])
    shop.deploy("api", "tienda-api:1.0", 1)
    shop.settle()
    [pod] = shop.client.list("pods", labels={"app": "frontend"})
    attend = shop.cluster.traffic.attend
    status, seconds = attend("default", pod["metadata"]["name"], 8080, "/")
    assert status == 200 and 0.005 < seconds < 0.5
    shop.cluster.network.weather.slow("pods/default/app=api", "*", 5.0)
    assert attend("default", pod["metadata"]["name"], 8080, "/") == (504, pytest.approx(2.01, abs=0.05))
    shop.client.delete("deployments", "api")
    shop.settle(10)
    assert attend("default", pod["metadata"]["name"], 8080, "/")[0] == 502
    assert attend("default", pod["metadata"]["name"], 8080, "/salud")[0] == 200
    assert attend("default", pod["metadata"]["name"], 9, "/") == (0, 0.0)


def test_an_address_badly_written_in_a_variable_is_a_502_and_nothing_breaks(shop: Shop) -> None:
    shop.deploy("frontend", "tienda-frontend:1.0", 1, env=[{"name": "API_URL", "value": "htp://:x"}])
    found = traffic.load(shop.settle().client, "http://frontend/", rps=5, seconds=10, from_="cliente")
    assert found.statuses == {502: found.completed}
    [pod] = shop.client.list("pods", labels={"app": "frontend"})
    assert shop.cluster.traffic.attend("default", pod["metadata"]["name"], 8080, "/")[0] == 502


def test_scripts_that_call_others_run_beside_a_load(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 2)
    loop = "while true; do wget -q -O /dev/null http://api/pedidos; sleep 1; done"
    shop.pod("bucle", {"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", loop]})
    found = traffic.load(shop.settle().client, "http://api/", rps=40, seconds=40, from_="bucle")
    assert found.failed == 0 and found.completed == found.sent


def test_a_slow_dependency_becomes_504(shop: Shop) -> None:
    shop.deploy("frontend", "tienda-frontend:1.0", 1, env=[{"name": "API_URL", "value": "http://api"}])
    shop.deploy("api", "tienda-api:1.0", 1)
    shop.settle()
    shop.cluster.network.weather.slow("pods/default/app=api", "*", 5.0)
    found = traffic.request(shop.client, "http://frontend/", "cliente")
    assert found.status == 504 and found.latency == pytest.approx(2.0, abs=0.2)


def test_a_policy_or_a_cut_cable_leaves_the_caller_waiting(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 1)
    shop.settle()
    shop.client.create({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "cerrar"},
                        "spec": {"podSelector": {"matchLabels": {"app": "api"}},
                                 "policyTypes": ["Ingress"]}})  # fmt: skip
    found = traffic.request(shop.client, "http://api/", "cliente", timeout=3)
    assert (found.error, found.latency, found.ok) == ("timeout", 3.0, False)
    assert any("cerrar" in step.about and not step.passed for step in found.steps)
    shop.client.delete("networkpolicies", "cerrar")
    with traffic.during(shop.client, "http://api/", rps=20, from_="cliente", timeout=1) as load:
        shop.settle(5)
        shop.cluster.network.weather.cut("pod/default/cliente", "*")
        shop.settle(5)
    assert 50 < load.errors["timeout"] < 130 and load.ok > 50


def test_a_name_that_does_not_exist_and_a_service_with_nobody(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 0)
    shop.settle()
    assert traffic.request(shop.client, "http://nada/", "cliente").error == "dns"
    assert traffic.request(shop.client, "http://api/", "cliente").error == "refused"


def test_who_called_may_go_away(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 1)
    shop.settle()
    with traffic.during(shop.client, "http://api/", rps=20, from_="cliente") as load:
        shop.settle(5)
        shop.client.delete("pods", "cliente", grace=0)
        shop.settle(5)
    assert load.errors == {"source": load.failed} and load.ok > 50


def test_a_version_that_fails_now_and_then_is_seen_by_version(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:2.1-fallos", 2)
    found = traffic.load(shop.settle().client, "http://api/", rps=50, seconds=60, from_="cliente")
    assert found.statuses.keys() == {200, 500}
    assert found.versions["2.1-fallos"].failed / found.completed == pytest.approx(0.08, abs=0.015)


def test_two_loads_at_once_share_the_same_queue(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", 1)
    shop.settle()
    alone = traffic.load(shop.client, "http://api/", rps=190, seconds=60, from_="cliente")
    both = [traffic.start(shop.client, "http://api/", rps=190, seconds=60, from_="cliente", seed=n) for n in (1, 2)]
    found = [one.wait() for one in both]
    assert all(one.latency.p95 > 1.3 * alone.latency.p95 for one in found)  # type: ignore[operator]


def history(seed: int = 0) -> str:
    shop = Shop(EmbeddedCluster(nodes=3, seed=seed))
    shop.deploy("api", "tienda-api:1.0", lifecycle=DRAIN)
    shop.settle()
    with traffic.during(shop.client, "http://api/", rps=40, from_="cliente", seed=5) as found:
        shop.change("api", image="tienda-api:1.1")
        shop.settle(20)
    return json.dumps(shop.cluster.traffic.read(found.id).document(shop.clock.now), sort_keys=True)


def test_the_same_seed_gives_the_same_load_byte_for_byte() -> None:
    first = history()
    assert first == history() and first != history(seed=1)


def test_a_fork_carries_its_loads_and_each_goes_its_own_way(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0", env=[{"name": "CATALOGO_URL", "value": "http://catalogo"}])
    shop.deploy("catalogo", "tienda-catalogo:1.0", 1)
    shop.settle()
    load = traffic.start(shop.client, "http://api/pedidos", rps=40, seconds=40, from_="cliente")
    shop.settle(10.3)
    copy = shop.cluster.fork()
    copy.clock.advance(60)
    theirs = copy.traffic.read(load.id).document(copy.clock.now)
    before = load.refresh().sent
    ours = load.wait()
    assert before < ours.sent == theirs["sent"] and theirs["latency"]["p95"] == ours.latency.p95
    assert theirs["pods"].keys() == ours.pods.keys()


def test_a_saved_cluster_comes_back_without_its_loads(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0")
    shop.settle()
    traffic.start(shop.client, "http://api/", rps=40, seconds=600, from_="cliente")
    shop.settle(5)
    again = Shop.__new__(Shop)
    cluster = EmbeddedCluster(saved=shop.cluster.snapshot())
    assert not cluster.traffic.loads
    again.__dict__.update(vars(shop))
    again.cluster, again.client = cluster, type(shop.client)(type(shop.client.connection)(cluster, "student"))
    again.client.wait(5)
    assert traffic.load(again.client, "http://api/", rps=20, seconds=10, from_="cliente").failed == 0


def test_a_cluster_without_loads_pays_nothing(shop: Shop) -> None:
    shop.deploy("api", "tienda-api:1.0")
    shop.settle()
    traffic.load(shop.client, "http://api/", rps=20, seconds=10, from_="cliente")
    shop.settle(30)
    room = shop.cluster.traffic
    assert not room._active and not room._stations and not room._agenda and not room._ticking
