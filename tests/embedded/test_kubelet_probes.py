"""Las sondas: cuándo reinician, cuándo apartan, a quién retienen, y que no cuestan cuando nada cambia."""

from __future__ import annotations

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
