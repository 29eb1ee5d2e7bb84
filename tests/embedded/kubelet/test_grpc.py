"""Una sonda gRPC pregunta por la salud de un servicio, y dice por qué no le gusta la respuesta."""

from __future__ import annotations

import pytest


def pod(world, image, probe):
    world.pod("p", containers=[{"name": "c", "image": image, "readinessProbe": {"grpc": probe, "periodSeconds": 2}}])


def test_a_service_that_starts_serving_makes_the_pod_ready(world):
    pod(world, "tienda-envios:1.0", {"port": 50051, "service": "envios.Pedidos"})
    assert 8 < world.until_ready("p") < 14


@pytest.mark.parametrize(("image", "probe", "why"), [
    ("tienda-envios:1.1-rota", {"port": 50051, "service": "envios.Pedidos"},
     'service unhealthy (responded with "NOT_SERVING")'),
    ("tienda-envios:1.0", {"port": 50051, "service": "otro"},
     "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service"),
    ("nginx:1.27", {"port": 80}, "error: this server does not implement the grpc health protocol "
                                 "(grpc.health.v1.Health): unknown service grpc.health.v1.Health"),
    ("nginx:1.27", {"port": 9000},
     'timeout: failed to connect service "{ip}:9000" within 1s: context deadline exceeded'),
])  # fmt: skip
def test_what_it_does_not_like_is_told(world, image, probe, why):
    pod(world, image, probe)
    world.clock.advance(12)
    assert world.condition("pod", "p", "Ready")["status"] == "False"
    address = world.get("pod", "p")["status"]["podIP"]
    told = [message for _, _, message in world.events("p", "Unhealthy")]
    assert f"Readiness probe failed: {why.replace('{ip}', address)}" in told
