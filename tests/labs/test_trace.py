"""Seguir un rollout: lo que hubo en cada instante, y lo que no dejó de haber."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.errors import ClusterError
from lab_tools.labs.trace import follow, is_available, wait_available
from lab_tools.traffic import request

MANIFESTS = Path(__file__).resolve().parents[2] / "manifests" / "06-deployments"
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: frontend}
spec: {selector: {app: frontend}, ports: [{port: 80, targetPort: 8080}]}
"""


@pytest.fixture
def shop() -> Client:
    client = Client(in_process())
    client.apply(MANIFESTS / "frontend.yaml")
    follow(client, "frontend")
    return client


def test_rollout_never_goes_below_its_replicas_nor_above_one_more(shop: Client) -> None:
    shop.apply(MANIFESTS / "frontend-1.1.yaml")
    trace = follow(shop, "frontend")
    assert (trace.fewest_ready, trace.most_pods) == (3, 4)
    assert trace.seconds > 0
    assert trace.text().splitlines()[0].split() == ["segundo", "tienda-frontend:1.0", "tienda-frontend:1.1"]


def test_halfway_shows_both_versions(shop: Client) -> None:
    shop.apply(MANIFESTS / "frontend-1.1.yaml")
    halfway = follow(shop, "frontend").halfway()
    assert {pod.tag for pod in halfway.view.pods} == {"1.0", "1.1"}


def test_the_same_steps_give_the_same_trace(shop: Client) -> None:
    twin = Client(in_process())
    twin.apply(MANIFESTS / "frontend.yaml")
    follow(twin, "frontend")
    for client in (shop, twin):
        client.apply(MANIFESTS / "frontend-1.1.yaml")
    assert follow(shop, "frontend").text() == follow(twin, "frontend").text()


def test_a_rollout_that_cannot_end_says_so(shop: Client) -> None:
    shop.apply(MANIFESTS / "roto-imagen-inexistente.yaml")
    with pytest.raises(ClusterError, match="no terminó en 20 s"):
        follow(shop, "frontend", timeout=20)


def test_table_reads_aloud_what_its_marks_mean(shop: Client) -> None:
    html = follow(shop, "frontend")._repr_html_()
    assert html.count(" listo") >= 3
    assert 'aria-label="' in html


def test_a_status_that_has_not_caught_up_with_its_pods_is_not_believed(shop: Client) -> None:
    # En proceso nadie reconcilia hasta que alguien espera: el status sigue diciendo que están las tres.
    shop.patch("pods", shop.list("pods")[0]["metadata"]["name"], {"metadata": {"labels": {"app": "apartada"}}})
    assert shop.get("deployments", "frontend")["status"]["availableReplicas"] == 3
    assert not is_available(shop, "frontend")
    wait_available(shop, "frontend")
    assert len(shop.list("pods", labels="app=frontend")) == 3


@pytest.mark.parametrize("phase", range(8))
def test_once_available_nobody_is_sent_to_a_pod_that_has_left(shop: Client, phase: int) -> None:
    # Preguntando cada cuarto de segundo se acierta, o no, con el momento en que el Service aún nombra al que se fue.
    shop.apply(SERVICE)
    shop.wait(phase / 32)
    shop.apply(MANIFESTS / "frontend-1.1.yaml")
    wait_available(shop, "frontend")
    answers = {request(shop, "http://frontend/", "deployment/frontend").version for _ in range(6)}
    assert answers == {"1.1"}
