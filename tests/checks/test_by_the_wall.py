"""Un clúster de verdad va a la hora de la pared: lo que no cabe en el límite se dice, y no deja a nadie sin nota."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab_tools.checks import run as running
from lab_tools.checks.check import Check, Criterion
from lab_tools.checks.expect import Fact, Finding, any_of
from lab_tools.checks.finding import NotMeasurable
from lab_tools.checks.over_time import eventually
from lab_tools.checks.requests import Ask, request
from lab_tools.checks.run import run, run_to_the_end
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.base import Query, Reply
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.drivers.through import Through
from lab_tools.embedded.cluster import EmbeddedCluster


class Wall(Through):
    """Un clúster sin las puertas del embebido, salvo la del tráfico: su tiempo es el de pared, que aquí se cuenta."""

    kubeconfig = "servido"
    without_traffic_door = False

    def __init__(self, cluster: EmbeddedCluster, role: str = "owner", doors: tuple[str, ...] = ("traffic/",)) -> None:
        super().__init__(InProcessConnection(cluster, role))
        self.spent, self._doors = 0.0, doors

    def send(self, method: str, path: str, query: Query | None = None, body: bytes | None = None,
             headers: dict[str, str] | None = None) -> Reply:  # fmt: skip
        _, _, door = path.partition("/orquesta/v1/")
        if door and not door.startswith(self._doors):
            return Reply(404, {}, b"{}")
        return self._inner.send(method, path, query, body, headers)

    def wait(self, seconds: float) -> None:
        self.spent += seconds
        self._inner.wait(seconds)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wall]:
    found = Wall(EmbeddedCluster(1))

    class Clock:
        monotonic = staticmethod(lambda: found.spent)

    monkeypatch.setattr(running, "time", Clock)
    yield found


def check(fact: Fact) -> Check:
    return Check("X-1", "¿Está?", "sirve", "el capítulo", (Criterion(1, fact),), ("a", "b", "c"))


def never(_: Snapshot) -> Finding:
    return Finding(False, "algo", "otra cosa")


def waits(seconds: float) -> Fact:
    def look(snapshot: Snapshot) -> Finding:
        snapshot.client.wait(seconds)
        return Finding(True, "esperar", "que se esperó")

    return look


def test_a_wait_that_never_fits_is_not_even_begun(wall: Wall) -> None:
    (result,) = run([check(waits(60))], Snapshot(Client(wall)))
    assert (result.state, wall.spent) == ("no medible", 0)
    assert "el tiempo de este clúster no se adelanta" in result.found


def test_where_the_clock_can_be_moved_the_same_wait_is_nothing() -> None:
    (result,) = run([check(waits(60))], Snapshot(Client(InProcessConnection(EmbeddedCluster(1)))))
    assert result.state == "bien"


def test_what_did_not_fit_with_the_others_is_looked_at_alone(wall: Wall) -> None:
    checks = [check(waits(20)), check(waits(20))]
    assert [one.state for one in run(checks, Snapshot(Client(wall)))] == ["bien", "sin tiempo"]
    assert [one.state for one in run_to_the_end(checks, Snapshot(Client(wall)))] == ["bien", "bien"]


def test_what_does_not_fit_even_alone_is_not_measurable_and_somebody_gets_a_mark(wall: Wall) -> None:
    (result,) = run_to_the_end([check(eventually(never, 90))], Snapshot(Client(wall)))
    assert (result.state, result.possible) == ("no medible", 0)


def test_what_was_still_moving_while_it_was_looked_at_is_looked_at_again(wall: Wall) -> None:
    client = Client(wall, "tienda")
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tienda"}})
    client.wait(2)

    def slow(snapshot: Snapshot) -> Finding:
        seen = bool(snapshot.all("configmaps") and snapshot.all("deployments"))
        if not seen:  # mientras se mira lo demás, aparece
            labels = {"app": "x"}
            client.create(
                {
                    "apiVersion": "apps/v1",
                    "kind": "Deployment",
                    "metadata": {"name": "x"},
                    "spec": {
                        "replicas": 0,
                        "selector": {"matchLabels": labels},
                        "template": {
                            "metadata": {"labels": labels},
                            "spec": {"containers": [{"name": "c", "image": "x"}]},
                        },
                    },
                }
            )
            client.wait(5)
        return Finding(seen, "verlo", "que se vio" if seen else "que no estaba")

    (result,) = run([check(slow)], Snapshot(client))
    assert result.state == "bien", result.found


def test_without_a_copy_a_reading_is_asked_in_place_and_a_writing_is_not() -> None:
    cluster = EmbeddedCluster(1)
    owner = Client(InProcessConnection(cluster, "owner"), "tienda")
    owner.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tienda"}})
    owner.apply("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: c, image: "tienda-api:1.0"}]}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}
""")
    owner.wait(20)

    class Lent(Wall):
        def send(self, method: str, path: str, *rest: object, **how: object) -> Reply:
            if (method, path) == ("POST", "/api/v1/namespaces"):
                return Reply(403, {}, b'{"kind": "Status", "code": 403, "message": "no"}')
            return super().send(method, path, *rest, **how)  # type: ignore[arg-type]

    seen = Snapshot(Client(Lent(cluster), "tienda"))
    before = cluster.snapshot().revision
    assert request(Ask("http://api/", "deployment/api"), body="tienda-api")(seen).met
    assert cluster.snapshot().revision == before
    with pytest.raises(NotMeasurable, match="copiar tu namespace"):
        request(Ask("http://api/", "deployment/api", method="POST"))(seen)


def test_the_first_that_is_met_is_enough() -> None:
    def impossible(_: Snapshot) -> Finding:
        raise NotMeasurable("no")

    there = Snapshot(Client(InProcessConnection(EmbeddedCluster(1))))
    assert any_of(lambda _: Finding(True, "a", "b"), impossible)(there).met
    with pytest.raises(NotMeasurable):
        any_of(never, impossible)(there)
