"""El tiempo por la ventana: se para, se da un paso, se adelanta hasta que algo se cumpla."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import pytest

from lab_tools.client import Client
from lab_tools.drivers.base import Reply
from lab_tools.drivers.in_process import in_process
from lab_tools.embedded.rest import RestHandler
from lab_tools.embedded.rest.edge import InProcess
from lab_tools.errors import ClusterError, StatusError, UsageError

DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "frontend"},
              "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "f"}},
                       "template": {"metadata": {"labels": {"app": "f"}},
                                    "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}}}  # fmt: skip


@pytest.fixture
def client() -> Client:
    return Client(in_process(nodes=2))


def test_time_runs_until_a_condition_holds(client: Client) -> None:
    client.create(DEPLOYMENT)
    before = client.elapsed()
    assert client.run_until("deployment frontend available")
    assert client.get("deployments", "frontend")["status"]["availableReplicas"] == 2
    assert 0 < client.elapsed() - before < 10


def test_time_runs_until_a_phase_or_an_end(client: Client) -> None:
    client.create(DEPLOYMENT)
    client.wait(5)
    name = client.list("pods")[0]["metadata"]["name"]
    assert client.run_until(f"pod {name} running")
    client.delete("pods", name)
    assert client.run_until(f"pod {name} deleted")
    assert client.find("pods", name) is None


def test_a_condition_that_never_holds_stops_at_its_deadline(client: Client) -> None:
    before = client.elapsed()
    assert not client.run_until("deployment fantasma available", timeout=50)
    assert client.elapsed() - before == pytest.approx(50)


def test_a_step_reaches_the_next_event(client: Client) -> None:
    client.create(DEPLOYMENT)
    assert 0 < client.step() < 10
    assert client.step(20) > 0


def test_in_process_time_only_passes_when_asked(client: Client) -> None:
    client.pause()
    assert client.paused()
    client.resume()
    before = client.elapsed()
    client.advance(90)
    assert client.elapsed() == before + 90


@pytest.mark.parametrize("phrase", ["deployment frontend", "", "que se cumpla todo ya"])
def test_a_phrase_that_is_not_understood_says_how_to_write_it(client: Client, phrase: str) -> None:
    with pytest.raises(UsageError, match="deployment frontend available"):
        client.run_until(phrase)


def test_a_kind_that_does_not_exist_is_refused(client: Client) -> None:
    with pytest.raises(StatusError, match="resource type"):
        client.run_until("gato frontend available")


def test_only_the_owner_moves_time() -> None:
    student = Client(in_process(role="student"))
    for move in (student.step, student.pause, lambda: student.advance(5), lambda: student.set_speed(2)):
        with pytest.raises(ClusterError, match=r"(?s)Esta credencial no puede mover el tiempo.*connect"):
            move()


@pytest.mark.parametrize("body", [{"step": -1}, {"step": 1e9}, {"paused": "sí"}, {"until": "ya"}, {"until": {}},
                                  {"speed": 0.05}, {"speed": 1001},
                                  {"until": {"kind": "pod", "name": "x", "is": "running", "más": 1}}])  # fmt: skip
def test_a_clock_badly_asked_is_a_bad_request(client: Client, body: dict[str, object]) -> None:
    with pytest.raises(StatusError) as refused:
        client._move(body)
    assert refused.value.code == 400


def test_a_long_leap_is_given_in_pieces_that_add_up() -> None:
    """El servidor atiende a los demás entre trozo y trozo; aquí se cansa cada tres preguntas."""
    left, right = in_process(nodes=2), in_process(nodes=2)
    for one in (left, right):
        Client(one).create(DEPLOYMENT)
    looks = itertools.count()

    class Tired(InProcess):
        def tired(self) -> Callable[[], bool]:
            return lambda: next(looks) % 3 == 2

    left.cluster.rest = RestHandler(left.cluster, Tired(left.cluster.clock))
    for one in (left, right):
        one_client = Client(one)
        before = one_client.elapsed()
        one_client.advance(100)
        assert one_client.elapsed() - before == pytest.approx(100)
        assert one_client.run_until("deployment frontend available")
        assert not one_client.run_until("deployment fantasma available", timeout=50)
        assert one_client.elapsed() - before == pytest.approx(150)
    assert next(looks) > 20
    assert left.cluster.store.dump() == right.cluster.store.dump()


def test_a_real_cluster_says_that_its_time_is_its_own() -> None:
    class Real:
        name, kubeconfig = "escuela", None

        def send(self, *_: object, **__: object) -> Reply:
            return replies.pop()

    # A quien no lo puede todo, un servidor de verdad le niega también lo que no existe.
    forbidden = {"kind": "Status", "reason": "Forbidden", "code": 403,
                 "message": 'forbidden: User "ana" cannot post path "/orquesta/v1/clock"'}  # fmt: skip
    replies = [Reply(404, {}, b"404 page not found"), Reply(403, {}, json.dumps(forbidden).encode())]
    while replies:
        with pytest.raises(ClusterError, match="«escuela» no se puede mover"):
            Client(Real()).pause()  # type: ignore[arg-type]
