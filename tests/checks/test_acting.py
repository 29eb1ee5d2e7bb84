"""Actuar para comprobar: en una copia, sin que el clúster de quien estudia se entere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lab_tools.checks import actions
from lab_tools.checks.acting import after, never_fewer, recovers
from lab_tools.checks.check import Check, Criterion
from lab_tools.checks.expect import Fact, exists
from lab_tools.checks.finding import NotMeasurable
from lab_tools.checks.rollout import replicas_ready, runs_only
from lab_tools.checks.run import run
from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import InfrastructureError, StatusError

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: tienda, labels: {curso: si}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: textos, namespace: tienda}
data: {titulo: Tienda}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: tienda}
spec:
  replicas: 3
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: web, image: "tienda-api:1.0"}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: tienda}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}
"""


@pytest.fixture
def cluster() -> Iterator[EmbeddedCluster]:
    made = EmbeddedCluster(nodes=3)
    owner = Client(InProcessConnection(made, "owner"), "tienda")
    owner.apply(SHOP)
    owner.wait(30)
    yield made


def snapshot(cluster: EmbeddedCluster, role: str = "owner") -> Snapshot:
    return Snapshot(Client(InProcessConnection(cluster, role), "tienda"))


def check(fact: Fact) -> Check:
    return Check("X-1", "¿Va?", "importa", "el capítulo", (Criterion(1, fact),), ("a", "b", "c"))


class NeverForks(Client):
    """Una ventana a un clúster que no se bifurca, como uno real."""

    fork = None  # type: ignore[assignment]

    def within(self, namespace: str) -> NeverForks:
        return NeverForks(self.connection, namespace)


def test_what_happens_after_an_action_is_seen_in_a_copy(cluster: EmbeddedCluster) -> None:
    fact = after(actions.scale("deploy", "api", 5), replicas_ready("api", 5))
    finding = fact(snapshot(cluster))
    assert finding.met, finding
    assert finding.expected.endswith("después de pedir 5 réplicas de `api`")
    assert snapshot(cluster).get("deploy", "api")["spec"]["replicas"] == 3  # type: ignore[index]


@pytest.mark.parametrize("within", [20, 0.5])
def test_a_recovery_is_timed_in_the_seconds_of_the_cluster(cluster: EmbeddedCluster, within: float) -> None:
    finding = recovers("app=api", 3, actions.delete_pods("app=api"), within)(snapshot(cluster))
    assert finding.met == (within == 20), finding
    assert "borrar un Pod de `app=api`" in finding.expected


def test_nothing_recovers_if_nothing_falls(cluster: EmbeddedCluster) -> None:
    finding = recovers("app=api", 3, actions.scale("deploy", "api", 3), 5)(snapshot(cluster))
    assert (finding.met, finding.found) == (False, "que no se perdió ningún Pod")
    assert not recovers("app=nadie", 1, actions.delete_pods("app=nadie"), 5)(snapshot(cluster)).met


def test_who_does_not_come_back_because_the_api_refuses_it_is_told_why(cluster: EmbeddedCluster) -> None:
    here = snapshot(cluster)
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    here.client.patch("namespaces", "tienda", {"metadata": {"labels": labels}})
    finding = recovers("app=api", 3, actions.delete_pods("app=api", 3), 20)(here)
    assert not finding.met
    assert finding.found.startswith("0 Pods listos a los 20 s: la API responde «pods ")
    assert 'violates PodSecurity "restricted' in finding.found and "seccompProfile" in finding.found


@pytest.mark.parametrize(("strategy", "met"), [("RollingUpdate", True), ("Recreate", False)])
def test_a_rollout_is_watched_at_its_worst_moment(cluster: EmbeddedCluster, strategy: str, met: bool) -> None:
    here = snapshot(cluster)
    here.client.patch("deploy", "api", {"spec": {"strategy": {"type": strategy, "rollingUpdate": None}}})
    new = "tienda-api:1.1"
    fact = never_fewer("app=api", 2, actions.set_image("api", new), runs_only("api", new, 3))
    finding = fact(snapshot(cluster))
    assert finding.met == met, finding
    assert "en el peor momento" in finding.found


def test_an_action_the_api_refuses_is_told_as_found(cluster: EmbeddedCluster) -> None:
    finding = after(actions.scale("deploy", "nadie", 5), exists("deploy", "nadie"))(snapshot(cluster))
    assert not finding.met
    assert 'deployments.apps "nadie" not found' in finding.found


def test_the_cluster_of_the_student_never_changes(cluster: EmbeddedCluster) -> None:
    facts = [
        after(actions.scale("deploy", "api", 1), replicas_ready("api", 1)),
        recovers("app=api", 3, actions.delete_pods("app=api"), 60),
        never_fewer("app=api", 2, actions.restart("api"), replicas_ready("api", 3)),
        after(actions.drain("app=api"), replicas_ready("api", 3)),
    ]
    before, time, events = cluster.snapshot(), cluster.clock.now, snapshot(cluster).all("events")
    results = run([check(fact) for fact in facts], snapshot(cluster, "checker"))
    assert [result.state for result in results] == ["bien"] * 4, [result.found for result in results]
    assert cluster.snapshot() == before
    assert (cluster.clock.now, snapshot(cluster).all("events")) == (time, events)


def test_where_it_cannot_fork_a_copy_of_the_namespace_is_used_and_thrown_away(cluster: EmbeddedCluster) -> None:
    client = NeverForks(InProcessConnection(cluster, "owner"), "tienda")
    before = {kind: client.list(kind) for kind in ("deployments", "pods", "configmaps", "services")}
    finding = recovers("app=api", 3, actions.delete_pods("app=api", 2), 30)(Snapshot(client))
    assert finding.met, finding
    client.wait(60)
    assert [one["metadata"]["name"] for one in client.list("namespaces") if "copia" in one["metadata"]["name"]] == []
    assert {kind: client.list(kind) for kind in before} == before


def test_the_copy_is_thrown_away_also_when_the_fact_breaks(cluster: EmbeddedCluster) -> None:
    client = NeverForks(InProcessConnection(cluster, "owner"), "tienda")

    def broken(_: Any) -> Any:
        raise KeyError("x")

    with pytest.raises(KeyError):
        after(actions.restart("api"), broken)(Snapshot(client))
    client.wait(60)
    assert not [one for one in client.list("namespaces") if "copia" in one["metadata"]["name"]]


def test_a_node_cannot_be_drained_in_a_copy_of_a_namespace(cluster: EmbeddedCluster) -> None:
    client = NeverForks(InProcessConnection(cluster, "owner"), "tienda")
    with pytest.raises(NotMeasurable, match="bifurcar"):
        after(actions.drain("app=api"), replicas_ready("api", 3))(Snapshot(client))


def test_where_neither_can_be_had_it_is_not_measurable_here(cluster: EmbeddedCluster) -> None:
    client = NeverForks(InProcessConnection(cluster, "checker"), "tienda")
    fact = after(actions.restart("api"), replicas_ready("api", 3))
    result = check(fact).look(Snapshot(client))
    assert (result.state, result.possible) == ("no medible", 0)
    assert "copiar tu namespace" in result.found


def refusing(code: int) -> type[Client]:
    class Refuses(Client):
        """Una ventana a un clúster que contesta `code` cuando se le pide una copia."""

        def fork(self) -> Any:
            raise StatusError({"code": code, "message": "no"})

        def within(self, namespace: str) -> Client:
            return Refuses(self.connection, namespace)

    return Refuses


@pytest.mark.parametrize(("code", "state"), [(403, "no medible"), (404, "bien"), (501, "bien")])
def test_who_may_not_fork_changes_nothing_and_who_cannot_copies(
    cluster: EmbeddedCluster, code: int, state: str
) -> None:
    client = refusing(code)(InProcessConnection(cluster, "owner"), "tienda")
    before = cluster.snapshot()
    result = check(after(actions.scale("deploy", "api", 4), replicas_ready("api", 4))).look(Snapshot(client))
    assert result.state == state, result.found
    assert code != 403 or cluster.snapshot() == before


def test_a_cluster_with_too_many_copies_open_is_asked_again_later(cluster: EmbeddedCluster) -> None:
    client = refusing(429)(InProcessConnection(cluster, "owner"), "tienda")
    with pytest.raises(InfrastructureError, match="todas las copias"):
        check(after(actions.restart("api"), replicas_ready("api", 3))).look(Snapshot(client))


def test_a_copy_is_made_once_however_deep_the_facts(cluster: EmbeddedCluster) -> None:
    forks = 0

    class Counts(Client):
        def fork(self) -> Any:
            nonlocal forks
            forks += 1
            return super().fork()

        def within(self, namespace: str) -> Client:
            return Counts(self.connection, namespace)

    inner = after(actions.scale("deploy", "api", 4), replicas_ready("api", 4))
    fact = after(actions.scale("deploy", "api", 2), inner)
    assert fact(Snapshot(Counts(InProcessConnection(cluster, "checker"), "tienda"))).met
    assert forks == 1
