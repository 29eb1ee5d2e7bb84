"""Las sondas: cuándo reinician, cuándo apartan, a quién retienen, y que no cuestan cuando nada cambia."""

from __future__ import annotations

import pytest

NGINX = {"name": "c", "image": "nginx:1.27"}


def test_a_failing_liveness_probe_restarts_the_container(world):
    probe = {"livenessProbe": {"tcpSocket": {"port": 9999}, "periodSeconds": 1, "failureThreshold": 2}}
    world.busybox("p", "sleep", "3600", container=probe, terminationGracePeriodSeconds=0)
    world.until(lambda: world.restarts("p") == 1)
    address = world.get("pod", "p")["status"]["podIP"]
    assert sorted(world.events("p", "Unhealthy", "Killing")) == [
        ("Normal", "Killing", "Container c failed liveness probe, will be restarted"),
        ("Warning", "Unhealthy", f"Liveness probe failed: dial tcp {address}:9999: connect: connection refused"),
    ]
    assert world.container("p")["lastState"]["terminated"]["exitCode"] == 137


def test_the_classic_file_that_disappears_after_thirty_seconds(world):
    probe = {
        "livenessProbe": {"exec": {"command": ["cat", "/tmp/healthy"]}, "initialDelaySeconds": 5, "periodSeconds": 5}
    }
    world.busybox("p", "sh", "-c", "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600", container=probe,
                  terminationGracePeriodSeconds=1)  # fmt: skip
    took = world.until(lambda: world.restarts("p") == 1)
    assert 40 < took < 52
    assert "Liveness probe failed: cat: can't open '/tmp/healthy'" in world.events("p", "Unhealthy")[0][2]


def test_readiness_keeps_a_pod_out_without_restarting_it(world):
    rota = {
        "name": "c",
        "image": "tienda-api:1.2-rota",
        "readinessProbe": {"httpGet": {"path": "/listo", "port": 8080}},
    }
    world.pod("p", containers=[rota])
    world.until_phase("p", "Running")
    world.clock.advance(300)
    assert world.container("p")["ready"] is False
    assert world.container("p")["restartCount"] == 0
    assert "Readiness probe failed: HTTP probe failed with statuscode: 503" in [
        text for _, _, text in world.events("p", "Unhealthy")
    ]


def test_the_startup_probe_holds_the_others_back(world):
    probes = {"startupProbe": {"exec": {"command": ["true"]}, "initialDelaySeconds": 5, "periodSeconds": 1},
              "readinessProbe": {"exec": {"command": ["true"]}, "periodSeconds": 1}}  # fmt: skip
    world.busybox("p", "sleep", "3600", container=probes)
    world.until_phase("p", "Running")
    assert (world.container("p")["started"], world.container("p")["ready"]) == (False, False)
    assert world.until_ready("p") > 3
    assert world.container("p")["started"] is True


def test_a_probe_names_its_port_by_name(world):
    probe = {
        "readinessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 1},
        "ports": [{"containerPort": 80, "name": "http"}],
    }
    world.pod("p", containers=[{**NGINX, **probe}])
    world.until_ready("p", timeout=10)


def test_an_idle_hour_writes_nothing_but_heartbeats(world):
    probe = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2}
    world.deployment(replicas=20, template={"containers": [{**NGINX, "readinessProbe": probe, "livenessProbe": probe}]})
    world.until_available(replicas=20)
    world.clock.advance(10)
    before = world.cluster.store.revision
    world.clock.advance(3600)
    changes = world.cluster.store.since(before)
    assert {change.key[0] for change in changes} == {"leases.coordination.k8s.io"}
    assert len(changes) == 3 * 360


def test_a_node_that_falls_silent_is_lost_and_its_pods_are_replaced(world):
    world.deployment(replicas=3)
    world.until_available(replicas=3)
    lost = world.all("pods")[0]["spec"]["nodeName"]
    world.cluster.kubelet.disconnect(lost)
    took = world.until(lambda: world.condition("node", lost, "Ready")["status"] == "Unknown", timeout=60)
    assert 40 <= took <= 51
    world.until(lambda: world.get("deployment", "web")["status"].get("readyReplicas", 0) < 3, timeout=1)
    # Los Pods toleran el nodo perdido cinco minutos; después se reponen en otro.
    assert (
        290
        < world.until(lambda: world.get("deployment", "web")["status"].get("availableReplicas") == 3, timeout=400)
        < 310
    )
    world.cluster.kubelet.reconnect(lost)
    world.clock.advance(60)
    assert len(world.all("pods")) == 3
    assert "taints" not in world.get("node", lost)["spec"]


def test_a_node_that_comes_back_says_how_it_is(world):
    world.cluster.kubelet.disconnect("node-1")
    world.until(lambda: world.condition("node", "node-1", "Ready")["status"] == "Unknown")
    world.cluster.kubelet.reconnect("node-1")
    world.clock.advance(30)
    back = ("NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeReady")
    assert world.events("node-1", *back) == [("Normal", one, f"Node node-1 status is now: {one}") for one in back]


def unhealthy(world, name):
    return [message for _, _, message in world.events(name, "Unhealthy")]


def test_a_command_that_the_image_does_not_have_counts_neither_for_nor_against(world):
    probe = {"exec": {"command": ["/bin/no-esta"]}, "periodSeconds": 1, "failureThreshold": 1}
    world.busybox("p", "sleep", "3600", container={"livenessProbe": probe, "readinessProbe": probe})
    world.clock.advance(30)
    assert (world.restarts("p"), world.container("p")["ready"]) == (0, False)
    told = sorted({text.partition("failed to exec")[0] for text in unhealthy(world, "p")})
    assert told == [f"{kind} probe errored and resulted in unknown state: rpc error: code = Unknown desc = "
                    for kind in ("Liveness", "Readiness")]  # fmt: skip
    assert all('exec: "/bin/no-esta": stat /bin/no-esta: no such file or directory' in text
               for text in unhealthy(world, "p"))  # fmt: skip


def test_a_port_with_a_name_that_nobody_declared_is_never_asked(world):
    probe = {"httpGet": {"path": "/", "port": "web"}, "periodSeconds": 1, "failureThreshold": 1}
    world.pod("p", containers=[{"name": "c", "image": "nginx:1.27", "livenessProbe": probe}])
    world.clock.advance(20)
    assert world.restarts("p") == 0
    why = 'Liveness probe errored and resulted in unknown state: strconv.Atoi: parsing "web": invalid syntax'
    assert unhealthy(world, "p") == [why]


def test_a_command_that_takes_too_long_is_told_with_its_limit(world):
    probe = {"exec": {"command": ["sleep", "5"]}, "periodSeconds": 2}
    world.busybox("p", "sleep", "3600", container={"readinessProbe": probe})
    world.clock.advance(10)
    assert unhealthy(world, "p") == ['Readiness probe failed: command timed out: "sleep 5" timed out after 1s']


@pytest.mark.parametrize(("action", "why"), [
    ({"port": 80, "scheme": "HTTPS"}, 'Get "https://{ip}:80/": http: server gave HTTP response to HTTPS client'),
    ({"port": 80, "host": "203.0.113.9"}, 'Get "http://203.0.113.9:80/": context deadline exceeded (Client.Timeout '
                                          "exceeded while awaiting headers)"),
    ({"port": 80, "host": "127.0.0.1"}, 'Get "http://127.0.0.1:80/": dial tcp 127.0.0.1:80: connect: connection '
                                        "refused"),
    ({"port": 80, "host": "otra"}, 'Get "http://otra:80/": dial tcp: lookup otra: no such host'),
    ({"port": 81}, 'Get "http://{ip}:81/": dial tcp {ip}:81: connect: connection refused'),
])  # fmt: skip
def test_where_a_probe_asks_matters(world, action, why):
    world.pod("p", containers=[{"name": "c", "image": "nginx:1.27", "readinessProbe": {
        "httpGet": {"path": "/", **action}, "periodSeconds": 2}}])  # fmt: skip
    world.clock.advance(10)
    address = world.get("pod", "p")["status"]["podIP"]
    assert unhealthy(world, "p") == ["Readiness probe failed: " + why.replace("{ip}", address)]


def test_a_probe_reaches_whatever_container_of_the_pod_listens(world):
    probe = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2, "failureThreshold": 1}
    world.pod("p", containers=[
        {"name": "trabaja", "image": "busybox:1.36", "command": ["sleep", "3600"], "readinessProbe": probe},
        {"name": "sirve", "image": "nginx:1.27"}])  # fmt: skip
    world.until_ready("p")
    assert unhealthy(world, "p") == []


@pytest.mark.parametrize(("scheme", "healthy"), [("HTTPS", True), ("HTTP", False)])
def test_a_port_that_speaks_tls_is_asked_with_https(world, scheme, healthy):
    probe = {"httpGet": {"path": "/readyz", "port": 10250, "scheme": scheme}, "periodSeconds": 1}
    image = "registry.k8s.io/metrics-server/metrics-server:v0.8.0"
    world.pod("p", containers=[{"name": "c", "image": image, "readinessProbe": probe}])
    world.clock.advance(12)
    assert world.container("p")["ready"] is healthy
    assert healthy or unhealthy(world, "p") == ["Readiness probe failed: HTTP probe failed with statuscode: 400"]


def test_when_the_neighbour_that_listened_dies_the_probe_notices(world):
    probe = {"tcpSocket": {"port": 80}, "periodSeconds": 2, "failureThreshold": 1}
    world.pod("p", restartPolicy="Never", containers=[
        {"name": "trabaja", "image": "busybox:1.36", "command": ["sleep", "3600"], "readinessProbe": probe},
        {"name": "sirve", "image": "nginx:1.27"}])  # fmt: skip
    world.until(lambda: world.get("pod", "p")["status"].get("containerStatuses", [{}])[0].get("ready"), 20)
    world.clock.advance(60)
    worker = world.cluster.kubelet.worker(world.get("pod", "p")["metadata"]["uid"])
    worker.kill(worker.containers[1], 0)
    world.clock.advance(4)
    assert world.container("p")["ready"] is False
