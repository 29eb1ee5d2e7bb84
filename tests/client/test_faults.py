"""Averías: hacen lo que dicen, cuentan lo que han hecho, y no inventan nada."""

from __future__ import annotations

import pytest

from lab_tools import faults
from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.errors import StatusError, UsageError

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.27"}]}
"""


@pytest.fixture
def client() -> Client:
    client = Client(in_process(role="student"))
    client.apply(WEB)
    client.wait_for(lambda: client.get("deploy", "web")["status"].get("availableReplicas") == 2)
    return client


def container(client: Client) -> dict[str, object]:
    found: dict[str, object] = client.get("deploy", "web")["spec"]["template"]["spec"]["containers"][0]
    return found


def test_killed_pods_are_the_ones_it_names(client: Client) -> None:
    before = [pod["metadata"]["name"] for pod in client.list("pods")]
    assert faults.inject(client, {"kind": "kill-pods", "selector": "app=web"}) == f"Borrados: {before[0]}"
    client.wait(60)
    after = [pod["metadata"]["name"] for pod in client.list("pods")]
    assert before[1] in after and before[0] not in after and len(after) == 2


def test_more_pods_than_there_are_cannot_be_killed(client: Client) -> None:
    with pytest.raises(UsageError, match="solo elige 2"):
        faults.inject(client, {"kind": "kill-pods", "selector": "app=web", "count": 3})


def test_a_bad_image_only_changes_the_image(client: Client) -> None:
    before = container(client)
    faults.inject(client, {"kind": "bad-image", "deployment": "web", "image": "nginx:no"})
    assert container(client) == before | {"image": "nginx:no"}


def test_greedy_requests_leave_a_pod_without_a_node(client: Client) -> None:
    faults.inject(client, {"kind": "greedy-requests", "deployment": "web", "cpu": "500"})
    client.wait(5)
    assert [pod["spec"].get("nodeName") for pod in client.list("pods")].count(None) == 1
    assert any(event["reason"] == "FailedScheduling" for event in client.events())


def test_an_unknown_fault_says_which_there_are(client: Client) -> None:
    with pytest.raises(UsageError, match="bad-image"):
        faults.inject(client, {"kind": "meteorito"})


def test_a_fault_on_what_is_not_there_is_refused_by_the_api(client: Client) -> None:
    with pytest.raises(StatusError, match=r'deployments\.apps "nadie" not found'):
        faults.inject(client, {"kind": "bad-image", "deployment": "nadie", "image": "x"})
