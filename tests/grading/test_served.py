"""El clúster de una entrega: quien estudia entra como estudiante, y quien corrige mira con el tiempo parado."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.served import ServedCluster
from lab_tools.client import Client
from lab_tools.drivers.http import from_kubeconfig
from lab_tools.errors import InfrastructureError, StatusError

CONFIGMAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "nota"}, "data": {"puntos": "10"}}
SPEED = 5.0


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ServedCluster]:
    served = ServedCluster("entrega", nodes=2, speed=SPEED, kubeconfig=tmp_path / "kubeconfig")
    yield served
    served.close()


@pytest.fixture
def student(cluster: ServedCluster, tmp_path: Path) -> Client:
    return Client(from_kubeconfig(str(tmp_path / "kubeconfig")))


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


def test_the_credentials_of_the_owner_and_the_checker_are_nowhere_on_disk(
    cluster: ServedCluster, tmp_path: Path
) -> None:
    text = (tmp_path / "kubeconfig").read_text()
    assert text.count("token:") == 1
    assert (tmp_path / "kubeconfig").stat().st_mode & 0o077 == 0


def test_a_closed_cluster_answers_nobody(cluster: ServedCluster, student: Client) -> None:
    cluster.close()
    with pytest.raises(InfrastructureError):
        student.list("nodes")
