"""El clúster de una entrega: quien estudia entra como estudiante, y quien corrige mira con el tiempo parado."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.served import Counter, ServedCluster
from lab_tools.client import Client
from lab_tools.drivers.http import from_kubeconfig
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import InfrastructureError, StatusError

CONFIGMAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "nota"}, "data": {"puntos": "10"}}
SPEED = 5.0


@pytest.fixture(scope="module")
def counter() -> Iterator[Counter]:
    made = Counter()
    yield made
    made.close()


@pytest.fixture
def cluster(counter: Counter) -> Iterator[ServedCluster]:
    served = ServedCluster("entrega", EmbeddedCluster(2), SPEED, counter)
    yield served
    served.close()


@pytest.fixture
def kubeconfig(cluster: ServedCluster, tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    sock = socket.create_server(("127.0.0.1", 0))
    path.write_text(cluster.listen(sock), encoding="utf-8")
    return path


@pytest.fixture
def student(kubeconfig: Path) -> Client:
    return Client(from_kubeconfig(str(kubeconfig)))


def test_both_sides_look_at_the_same_cluster(cluster: ServedCluster, student: Client) -> None:
    student.create(CONFIGMAP)
    seen = cluster.ask("checker", lambda connection: Client(connection).get("configmaps", "nota")["data"])
    assert seen == {"puntos": "10"} and len(student.list("nodes")) == 2


def test_the_student_cannot_move_the_clock(student: Client) -> None:
    reply = student.connection.send("POST", "/orquesta/v1/clock", body=b'{"advance": 60}')
    assert reply.status == 403


def test_the_checker_only_reads(cluster: ServedCluster) -> None:
    with pytest.raises(StatusError) as refused:
        cluster.ask("checker", lambda connection: Client(connection).create(CONFIGMAP))
    assert refused.value.code == 403


def test_waiting_while_looking_is_cluster_time_and_looking_itself_is_none(cluster: ServedCluster) -> None:
    def look(connection) -> tuple[float, float]:
        client = Client(connection)
        before = client.now()
        client.wait(600)
        return before, client.now()

    before, after = cluster.ask("checker", look)
    assert after - before == pytest.approx(600)
    assert 0 <= cluster.ask("checker", lambda connection: Client(connection).now()) - after < SPEED * 10


def test_nobody_is_attended_while_the_checker_looks(cluster: ServedCluster, student: Client) -> None:
    student.list("nodes")
    busy = threading.Event()
    answered: list[float] = []

    def look(connection) -> float:
        busy.set()
        time.sleep(0.3)
        return time.monotonic()

    def insist() -> None:
        busy.wait()
        student.list("nodes")
        answered.append(time.monotonic())

    insistent = threading.Thread(target=insist)
    insistent.start()
    finished = cluster.ask("checker", look)
    insistent.join()
    assert answered[0] >= finished


def test_what_a_question_raises_reaches_who_asks_and_the_cluster_goes_on(
    cluster: ServedCluster, student: Client
) -> None:
    def broken(connection) -> None:
        raise InfrastructureError("no se puede mirar")

    with pytest.raises(InfrastructureError, match="no se puede mirar"):
        cluster.ask("checker", broken)
    assert student.list("nodes")


def test_only_the_student_has_a_credential_from_outside(kubeconfig: Path) -> None:
    assert kubeconfig.read_text(encoding="utf-8").count("token:") == 1


def test_a_credential_is_good_for_one_cluster_only(
    cluster: ServedCluster, kubeconfig: Path, counter: Counter, tmp_path: Path
) -> None:
    other = ServedCluster("otra", EmbeddedCluster(1), SPEED, counter)
    sock = socket.create_server(("127.0.0.1", 0))
    theirs = other.listen(sock)
    mixed = tmp_path / "mezclado"
    token = next(line for line in kubeconfig.read_text(encoding="utf-8").splitlines() if "token:" in line)
    mixed.write_text("\n".join(token if "token:" in line else line for line in theirs.splitlines()), encoding="utf-8")
    with pytest.raises(StatusError) as refused:
        Client(from_kubeconfig(str(mixed))).list("nodes")
    assert refused.value.code == 401
    other.close()


def test_time_does_not_pass_until_somebody_can_come_in(cluster: ServedCluster) -> None:
    before = cluster.ask("owner", lambda connection: Client(connection).now())
    time.sleep(0.05)
    assert cluster.ask("owner", lambda connection: Client(connection).now()) == before


def test_a_closed_cluster_answers_nobody(cluster: ServedCluster, student: Client) -> None:
    cluster.close()
    with pytest.raises(InfrastructureError):
        student.list("nodes")
