"""Un Pod en marcha admite visitas y otro tamaño, cada cosa por su puerta y con las palabras del servidor real."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.workloads.table import Workloads
from lab_tools.errors import StatusError
from lab_tools.objects import Object

SMALL = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}


@pytest.fixture
def client() -> Client:
    return Client(InProcessConnection(EmbeddedCluster(nodes=1)))


def pod(client: Client, resources: Any = None, **fields: Any) -> Object:
    container = {"name": "web", "image": "nginx:1.27", "resources": resources or {}, **fields}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}})
    client.wait(10)
    found = client.get("pod", "a")
    assert found["status"]["phase"] == "Running"
    return found


def visit(client: Client, **fields: Any) -> Object:
    guest = {"name": "dentro", "image": "busybox:1.36", "command": ["sleep", "600"], **fields}
    change = {"spec": {"ephemeralContainers": [guest]}}
    return client.patch("pod", "a", change, "strategic", subresource="ephemeralcontainers")


def resize(client: Client, **resources: Any) -> Object:
    change = {"spec": {"containers": [{"name": "web", "resources": resources}]}}
    return client.patch("pod", "a", change, "strategic", subresource="resize")


def state(client: Client) -> Any:
    return client.get("pod", "a")["status"]["containerStatuses"][0]


def conditions(client: Client) -> dict[str, Any]:
    return {one["type"]: one for one in client.get("pod", "a")["status"]["conditions"]}


def refused(said: str) -> Any:
    return pytest.raises(StatusError, match=said)


# --- contenedores efímeros ------------------------------------------------------------------------------------


def test_a_guest_starts_beside_the_container_and_does_not_count_for_the_pod(client: Client) -> None:
    pod(client)
    visit(client, targetContainerName="web")
    client.wait(10)
    status = client.get("pod", "a")["status"]
    guest = status["ephemeralContainerStatuses"][0]
    assert (guest["name"], guest["ready"], guest["restartCount"]) == ("dentro", False, 0)
    assert "startedAt" in guest["state"]["running"]
    assert status["containerStatuses"][0]["ready"] is True


def test_a_guest_that_ends_does_not_come_back(client: Client) -> None:
    pod(client)
    visit(client, command=["sh", "-c", "echo hola; exit 3"])
    client.wait(120)
    guest = client.get("pod", "a")["status"]["ephemeralContainerStatuses"][0]
    assert (guest["state"]["terminated"]["exitCode"], guest["restartCount"]) == (3, 0)
    assert client.get("pod", "a")["status"]["phase"] == "Running"


def test_what_a_guest_writes_can_be_read(client: Client) -> None:
    pod(client)
    visit(client, command=["sh", "-c", "echo hola; sleep 600"])
    client.wait(10)
    path = "/api/v1/namespaces/default/pods/a/log"
    assert client.connection.send("GET", path, {"container": ["dentro"]}).body == b"hola\n"


def test_a_guest_sees_the_processes_of_whom_it_visits(client: Client) -> None:
    pod(client)
    visit(client, command=["sh", "-c", "ps; sleep 600"], targetContainerName="web")
    client.wait(10)
    found = client.connection.send("GET", "/api/v1/namespaces/default/pods/a/log", {"container": ["dentro"]}).body
    assert isinstance(found, bytes)
    assert [line.split(maxsplit=3)[3] for line in found.decode().splitlines()[1:]] == [
        "nginx", "sh -c ps; sleep 600", "ps",
    ]  # fmt: skip


def test_a_guest_says_what_it_is_in_its_events(client: Client) -> None:
    pod(client)
    visit(client)
    client.wait(10)
    told = [
        one for one in client.events() if one["involvedObject"].get("fieldPath") == "spec.ephemeralContainers{dentro}"
    ]
    assert [one["reason"] for one in told][-2:] == ["Created", "Started"]


def test_a_pod_leaves_with_its_guests(client: Client) -> None:
    pod(client)
    visit(client)
    client.wait(10)
    client.delete("pod", "a")
    client.wait(60)
    assert client.find("pod", "a") is None


@pytest.mark.parametrize(("fields", "said"), [
    ({"targetContainerName": "otro"}, r'spec.ephemeralContainers\[0\].targetContainerName: Not found: "otro"'),
    ({"ports": [{"containerPort": 80}]}, r"ports: Forbidden: cannot be set for an Ephemeral Container"),
    ({"resources": SMALL}, r"resources: Forbidden: cannot be set for an Ephemeral Container"),
    ({"name": "web"}, r'ephemeralContainers\[0\].name: Duplicate value: "web"'),
])  # fmt: skip
def test_a_guest_that_asks_too_much_is_refused(client: Client, fields: dict[str, Any], said: str) -> None:
    pod(client)
    with refused(said):
        visit(client, **fields)


def test_a_guest_stays_as_it_came(client: Client) -> None:
    pod(client)
    visit(client)
    with refused('existing ephemeral containers "dentro" may not be changed'):
        visit(client, command=["sleep", "1"])
    with refused('existing ephemeral containers "dentro" may not be removed'):
        client.patch("pod", "a", {"spec": {"ephemeralContainers": None}}, subresource="ephemeralcontainers")


def test_guests_enter_only_by_their_door(client: Client) -> None:
    guest = {"name": "dentro", "image": "busybox:1.36"}
    spec = {"containers": [{"name": "web", "image": "nginx:1.27"}], "ephemeralContainers": [guest]}
    with refused("spec.ephemeralContainers: Forbidden: cannot be set on create"):
        client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}, "spec": spec})
    pod(client)
    with refused("pod updates may not change fields other than"):
        client.patch("pod", "a", {"spec": {"ephemeralContainers": [guest]}}, "strategic")


def test_the_door_of_guests_lets_nothing_else_in(client: Client) -> None:
    before = pod(client)
    change = {"metadata": {"labels": {"x": "y"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.28"}]}}
    after = client.patch("pod", "a", change, "strategic", subresource="ephemeralcontainers")
    assert after["spec"] == before["spec"]


# --- otro tamaño ----------------------------------------------------------------------------------------------


def test_a_resize_is_granted_and_applied_without_a_restart(client: Client) -> None:
    pod(client, SMALL)
    assert state(client)["resources"] == SMALL
    resize(client, requests={"cpu": "150m"}, limits={"cpu": "300m"})
    client.wait(0.1)
    assert conditions(client)["PodResizeInProgress"]["status"] == "True"
    client.wait(5)
    assert "PodResizeInProgress" not in conditions(client)
    found = state(client)
    assert (found["resources"]["limits"]["cpu"], found["allocatedResources"]["cpu"]) == ("300m", "150m")
    assert found["restartCount"] == 0


def test_a_resize_tells_when_it_starts_and_when_it_ends(client: Client) -> None:
    pod(client, SMALL)
    resize(client, requests={"cpu": "150m"})
    client.wait(5)
    told = [one["message"] for one in client.events() if one["reason"].startswith("Resize")]
    sizes = {**SMALL, "requests": {"cpu": "150m", "memory": "64Mi"}}
    assert [text.partition(": ")[0] for text in told] == ["Pod resize started", "Pod resize completed"]
    assert json.loads(told[0].partition(": ")[2]) == {
        "containers": [{"name": "web", "resources": sizes}], "generation": 2,
    }  # fmt: skip


def test_a_resource_whose_policy_says_so_restarts_its_container(client: Client) -> None:
    policy = [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]
    pod(client, SMALL, resizePolicy=policy)
    resize(client, requests={"cpu": "150m"})
    client.wait(20)
    assert state(client)["restartCount"] == 0
    resize(client, limits={"memory": "256Mi"})
    client.wait(60)
    assert (state(client)["restartCount"], state(client)["resources"]["limits"]["memory"]) == (1, "256Mi")
    assert "PodResizeInProgress" not in conditions(client)


def test_a_size_no_node_has_is_infeasible(client: Client) -> None:
    pod(client, SMALL)
    resize(client, requests={"cpu": "100"}, limits={"cpu": "200"})
    client.wait(5)
    pending = conditions(client)["PodResizePending"]
    assert (pending["reason"], pending["message"]) == (
        "Infeasible", "Node didn't have enough capacity: cpu, requested: 100000, capacity: 4000",
    )  # fmt: skip
    assert state(client)["allocatedResources"]["cpu"] == "100m"


def test_a_size_that_does_not_fit_now_waits_until_it_does(client: Client) -> None:
    pod(client, SMALL)
    big = {"name": "x", "image": "nginx:1.27", "resources": {"requests": {"cpu": "3"}}}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}, "spec": {"containers": [big]}})
    client.wait(10)
    resize(client, requests={"cpu": "2"}, limits={"cpu": "2500m"})
    client.wait(5)
    assert conditions(client)["PodResizePending"]["reason"] == "Deferred"
    client.delete("pod", "b", grace=0)
    client.wait(30)
    assert "PodResizePending" not in conditions(client)
    assert state(client)["allocatedResources"]["cpu"] == "2"


def test_a_size_that_waits_is_not_forgotten_when_the_process_starts_again() -> None:
    cluster = EmbeddedCluster(nodes=1)
    client = Client(InProcessConnection(cluster))
    pod(client, SMALL)
    resize(client, requests={"cpu": "100"}, limits={"cpu": "200"})
    client.wait(5)
    again = Client(InProcessConnection(EmbeddedCluster(saved=cluster.snapshot())))
    again.wait(15)
    assert conditions(again)["PodResizePending"]["reason"] == "Infeasible"
    resize(again, requests={"cpu": "150m"}, limits={"cpu": "300m"})
    again.wait(5)
    assert "PodResizePending" not in conditions(again)
    assert state(again)["resources"]["limits"]["cpu"] == "300m"


def test_a_sidecar_changes_size_too(client: Client) -> None:
    aside = {"name": "aside", "image": "nginx:1.27", "restartPolicy": "Always", "resources": SMALL}
    web = {"name": "web", "image": "nginx:1.27"}
    spec = {"initContainers": [aside], "containers": [web]}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec})
    client.wait(15)
    change = {"spec": {"initContainers": [{"name": "aside", "resources": {"limits": {"cpu": "300m"}}}]}}
    client.patch("pod", "a", change, "strategic", subresource="resize")
    client.wait(5)
    found = client.get("pod", "a")["status"]
    assert found["initContainerStatuses"][0]["resources"]["limits"]["cpu"] == "300m"
    assert "PodResizeInProgress" not in conditions(client)


@pytest.mark.parametrize(("resources", "said"), [
    ({"requests": {"cpu": "200m", "memory": "128Mi"}},
     'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'),
    ({"limits": {"memory": None}}, r"containers\[0\].resources.limits: Forbidden: resource limits cannot be removed"),
    ({"requests": {"cpu": "1"}}, "must be less than or equal to cpu limit of 200m"),
    ({"requests": {"ephemeral-storage": "1Gi"}}, "only cpu and memory resources are mutable"),
])  # fmt: skip
def test_a_resize_that_makes_no_sense_is_refused(client: Client, resources: dict[str, Any], said: str) -> None:
    pod(client, SMALL)
    with refused(said):
        resize(client, **resources)


def test_a_resize_respects_limits_and_quota(client: Client) -> None:
    pod(client, SMALL)
    limit = {"type": "Container", "max": {"cpu": "500m"}}
    client.create({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": {"limits": [limit]}})
    with refused("maximum cpu usage per Container is 500m, but limit is 600m"):
        resize(client, limits={"cpu": "600m"})
    quota = {"hard": {"requests.cpu": "150m"}}
    client.create({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": quota})
    client.wait(5)
    with refused("exceeded quota: q, requested: requests.cpu=90m, used: requests.cpu=100m, limited: requests.cpu=150m"):
        resize(client, requests={"cpu": "190m"})


LEAKY = """\
images:
  - {image: registro.example/fuga, tags: {"1":}, entrypoint: fuga, memory: 10Mi, leak: 1Mi, listens: [80], after: 0.1}
"""


def test_more_memory_in_time_saves_a_container_that_leaks() -> None:
    table = Workloads.load().extend(LEAKY, "mia.yaml")
    client = Client(InProcessConnection(EmbeddedCluster(nodes=1, workloads=table)))
    resources = {"requests": {"memory": "10Mi"}, "limits": {"memory": "70Mi"}}
    container = {"name": "web", "image": "registro.example/fuga:1", "resources": resources}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}})
    client.wait(30)
    resize(client, limits={"memory": "210Mi"})
    client.wait(120)
    assert state(client)["restartCount"] == 0
    client.wait(120)
    assert state(client)["lastState"]["terminated"]["reason"] == "OOMKilled"


def test_sizes_change_only_by_their_door(client: Client) -> None:
    pod(client, SMALL)
    with refused("pod updates may not change fields other than"):
        client.patch(
            "pod", "a", {"spec": {"containers": [{"name": "web", "resources": {"limits": {"cpu": "1"}}}]}}, "strategic"
        )
