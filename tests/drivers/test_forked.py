"""Bifurcar por la ventana: la misma copia en proceso y por la puerta, para las tres credenciales."""

from __future__ import annotations

import json

import pytest

from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.drivers.forked import forked
from lab_tools.drivers.http import from_kubeconfig
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.access.tokens import ISSUER
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest.forks import MOST, PATIENCE
from lab_tools.errors import ClusterError, StatusError
from lab_tools.objects import kinds
from tests.conformance.servers import served

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
       "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}  # fmt: skip


class Door:
    """Una conexión que solo sabe hablar por la puerta, como quien llega por la red."""

    kubeconfig = None

    def __init__(self, cluster: EmbeddedCluster, role: str) -> None:
        self.name = "curso"
        self._inner = InProcessConnection(cluster, role)

    def send(self, *args, **named) -> Reply:
        return self._inner.send(*args, **named)

    def wait(self, seconds: float) -> None:
        self._inner.wait(seconds)

    def fork(self):
        return forked(self)


@pytest.fixture
def cluster() -> EmbeddedCluster:
    found = EmbeddedCluster(nodes=2)
    Client(InProcessConnection(found)).create(POD)
    found.clock.advance(20)
    return found


@pytest.fixture(params=[InProcessConnection, Door])
def client(request, cluster):
    def build(role: str) -> Client:
        return Client(request.param(cluster, role))

    return build


@pytest.mark.parametrize("role", ["owner", "student", "checker"])
def test_whoever_opens_a_copy_acts_in_it_and_only_in_it(client, cluster, role):
    before = cluster.store.dump(), cluster.clock.now
    mine = client(role)
    with mine.fork() as copy:
        copy.delete("pods", "web")
        copy.wait_for(lambda: copy.find("pods", "web") is None, timeout=60)
        assert mine.get("pods", "web")["status"]["phase"] == "Running"
    assert (cluster.store.dump(), cluster.clock.now) == before


def test_time_stands_still_in_a_copy_until_somebody_waits(client, cluster):
    with client("student").fork() as copy:
        start = copy.elapsed()
        cluster.clock.advance(100)
        assert copy.elapsed() == start
        copy.wait(30)
        assert copy.elapsed() == start + 30
        assert copy.speed() == 0


def test_a_student_is_still_a_student_in_a_copy(client):
    with client("student").fork() as copy, pytest.raises(StatusError) as refused:
        copy.patch("pods", "web", {"status": {"phase": "Succeeded"}}, subresource="status")
    assert refused.value.code == 403


def test_a_checker_only_reads_outside_the_copy(client):
    mine = client("checker")
    with pytest.raises(StatusError) as refused:
        mine.delete("pods", "web")
    assert refused.value.code == 403
    with mine.fork() as copy, pytest.raises(StatusError) as refused:
        copy.patch("pods", "web", {"status": {"phase": "Succeeded"}}, subresource="status")
    assert refused.value.code == 403


def test_a_copy_belongs_to_who_opened_it(cluster):
    student, checker, owner = (Client(Door(cluster, role)) for role in ("student", "checker", "owner"))
    with student.fork() as copy:
        path = copy.connection._path + "/api/v1/nodes"
        assert checker.connection.send("GET", path).status == 404
        assert owner.connection.send("GET", path).status == 200


def test_a_closed_copy_is_gone(cluster):
    student = Client(Door(cluster, "student"))
    with student.fork() as copy:
        pass
    with pytest.raises(StatusError) as refused:
        copy.list("pods")
    assert refused.value.code == 404


def test_there_is_a_limit_of_copies_open_at_once(cluster):
    student = Door(cluster, "student")
    replies = [student.send("POST", "/orquesta/v1/fork") for _ in range(MOST + 1)]
    assert [reply.status for reply in replies] == [201] * MOST + [429]
    path = json.loads(replies[0].body)["path"]
    assert student.send("DELETE", path).status == 200
    assert student.send("POST", "/orquesta/v1/fork").status == 201


def test_a_copy_that_nobody_uses_closes_itself(cluster):
    student = Door(cluster, "student")
    path = json.loads(student.send("POST", "/orquesta/v1/fork").body)["path"]
    cluster.clock.advance(PATIENCE - 1)
    assert student.send("GET", f"{path}/api/v1/pods").status == 200
    cluster.clock.advance(PATIENCE - 1)
    assert student.send("GET", f"{path}/api/v1/pods").status == 200
    cluster.clock.advance(PATIENCE + 1)
    assert student.send("GET", f"{path}/api/v1/pods").status == 404


def test_what_a_student_does_in_a_copy_is_not_their_work(cluster):
    student = Client(Door(cluster, "student"))
    before = len(cluster.record.entries)
    with student.fork() as copy:
        copy.delete("pods", "web")
    assert len(cluster.record.entries) == before


def test_a_service_account_may_not_fork(cluster):
    account = cluster.api.get(kinds.SERVICEACCOUNT, "default", "default")
    token = cluster.access.tokens.issue(account, 3600, [ISSUER])
    reply = Door(cluster, "student").send("POST", "/orquesta/v1/fork", headers={"authorization": f"Bearer {token}"})
    assert reply.status == 403


def test_a_served_cluster_forks_over_the_wire():
    with served(nodes=1, speed=1) as server:
        client = Client(from_kubeconfig(str(server.kubeconfig)))
        client.create(POD)
        assert client.run_until("pod web ready")
        born = client.get("pods", "web")["metadata"]["creationTimestamp"]
        with client.fork() as copy:
            assert copy.get("pods", "web")["metadata"]["creationTimestamp"] == born
            before = copy.elapsed()
            copy.delete("pods", "web")
            copy.wait_for(lambda: copy.find("pods", "web") is None, timeout=60)
            assert copy.elapsed() - before < 60
            assert client.get("pods", "web")["status"]["phase"] == "Running"


def test_a_cluster_that_cannot_fork_says_so():
    class Real:
        name, kubeconfig = "escuela", None

        def send(self, *_, **__) -> Reply:
            return Reply(404, {}, b"404 page not found")

        def fork(self):
            return forked(self)

    with pytest.raises(ClusterError, match="«escuela» no se puede bifurcar"), Client(Real()).fork():
        pass

    class Older:
        name, kubeconfig = "otro", None

    with pytest.raises(ClusterError, match="«otro» no se puede bifurcar"), Client(Older()).fork():
        pass
