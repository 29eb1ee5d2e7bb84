"""Un laboratorio dice lo que le falta antes de empezar, con su cura, y en su página lo que pide."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab_tools.client import Client
from lab_tools.drivers.base import Query, Reply
from lab_tools.drivers.in_process import InProcessConnection
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import LabError
from lab_tools.labs import definition, needs, shelf
from lab_tools.labs.definition import LabDefinition


class Real:
    """Un clúster sin la puerta del embebido, como kind."""

    kubeconfig = None

    def __init__(self, cluster: EmbeddedCluster) -> None:
        self._inner = InProcessConnection(cluster)
        self.name = "kind"

    def send(self, method: str, path: str, query: Query | None = None, body: bytes | None = None,
             headers: Mapping[str, str] | None = None) -> Reply:  # fmt: skip
        if path.startswith("/orquesta"):
            return Reply(404, {}, b"{}")
        return self._inner.send(method, path, query, body, headers)

    def wait(self, seconds: float) -> None:
        self._inner.wait(seconds)


class Lent(Real):
    """Uno al que se llega por un kubeconfig, dentro de un namespace y sin mandar fuera."""

    confined = "ana"

    def send(self, method: str, path: str, query: Query | None = None, body: bytes | None = None,
             headers: Mapping[str, str] | None = None) -> Reply:  # fmt: skip
        if path.endswith("selfsubjectaccessreviews"):
            return Reply(201, {}, b'{"status": {"allowed": false}}')
        return super().send(method, path, query, body, headers)


@pytest.fixture
def cluster() -> EmbeddedCluster:
    return EmbeddedCluster(nodes=0)


def lab(slug: str = "06-deployments", **changes: Any) -> LabDefinition:
    return replace(definition.load(shelf.folder(slug), hidden=False), **changes)


def test_every_name_that_can_be_required_is_known_to_be_looked_at() -> None:
    assert tuple(needs.NEEDS) == definition.REQUIRED


def test_every_lab_starts_on_the_cluster_of_the_course(cluster: EmbeddedCluster) -> None:
    client = Client(InProcessConnection(cluster, "student"))
    for info in shelf.catalogue():
        found = lab(info.slug)
        assert "embedded" in found.drivers
        assert needs.lacking(found, client) == [], info.slug


def test_a_cluster_of_another_kind_is_said_with_where_it_runs(cluster: EmbeddedCluster) -> None:
    only = lab(drivers=("embedded",))
    with pytest.raises(LabError, match=r"corre en el clúster del curso, y «kind» es kind\.\nCrea el clúster del curso"):
        needs.demand(only, Client(Real(cluster)))


def test_what_is_missing_is_told_all_at_once_with_each_cure(cluster: EmbeddedCluster) -> None:
    asks = lab(requires=("metrics", "gateway-api", "network-policy", "storage", "vpa"))
    cluster_client = Client(Real(cluster))
    for one in cluster_client.list("storageclasses"):
        cluster_client.delete("storageclasses", one["metadata"]["name"])
    with pytest.raises(LabError) as told:
        needs.demand(asks, cluster_client)
    for word in ("metrics-server", "orquesta addon install gateway-api", "calico", "vertical-pod-autoscaler"):
        assert word in told.value.cure
    assert "una StorageClass por omisión" in told.value.message


def test_a_known_network_is_enough_for_policies(cluster: EmbeddedCluster) -> None:
    client = Client(Real(cluster), "kube-system")
    asks = lab(requires=("network-policy",))
    assert [one.says for one in needs.lacking(asks, client)] == ["necesita una red que aplique NetworkPolicy"]
    labels = {"app": "calico"}
    client.create({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "calico-node"}, "spec": {
        "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "calico"}]}}}})  # fmt: skip
    assert needs.lacking(asks, client) == []


def test_inside_one_namespace_the_labs_of_one_namespace_start_and_the_others_say_why(cluster: EmbeddedCluster) -> None:
    client = Client(Lent(cluster), "ana")
    assert needs.lacking(lab("06-deployments"), client) == []
    with pytest.raises(LabError, match="en el namespace «ana» de «kind»: necesita permiso para crear namespaces"):
        needs.demand(lab("13-networkpolicy"), client)


def test_faults_below_the_api_and_on_nodes_are_deduced() -> None:
    assert needs.of(lab(faults=({"kind": "node-off", "node": "node-1"},))) == ["embedded"]
    assert needs.of(lab(faults=({"kind": "drain", "node": "node-1"},))) == ["nodes"]
    assert needs.of(lab("06-deployments")) == []


def test_what_a_lab_brings_itself_is_not_asked_for_before_it_starts(cluster: EmbeddedCluster) -> None:
    brings = lab("17-autoescalado", requires=("metrics",), drivers=("embedded", "kind"))
    assert "metrics" not in needs.of(brings)
    assert needs.lacking(brings, Client(InProcessConnection(cluster, "student"))) == []
    (lack,) = needs.lacking(lab("06-deployments", requires=("metrics",)), Client(Real(cluster)))
    assert lack.cure == "Instálalas con: orquesta addon install metrics-server"


def test_the_class_that_the_texts_name_is_asked_for_with_the_file_that_makes_it(cluster: EmbeddedCluster) -> None:
    client, asks = Client(Real(cluster)), lab("06-deployments", requires=("ingress-class",))
    assert needs.lacking(asks, client) == []
    client.delete("ingressclasses", "orquesta")
    (lack,) = needs.lacking(asks, client)
    path = lack.cure.partition("kubectl apply -f ")[2].split()[0]
    client.apply(Path(definition.__file__).parents[2] / path)
    assert needs.lacking(asks, client) == []


def test_what_is_not_measured_elsewhere_is_said_with_its_points() -> None:
    some = lab("06-deployments", unmeasured={"kind": {"L06-1a": 1.0}, "kubeconfig": {"L06-1a": 2.0, "L06-1b": 1.5}})
    assert needs.unmeasured(some) == [
        "En kind queda sin medir 1 punto (L06-1a): no cuenta ni a favor ni en contra.",
        "En un clúster compartido quedan sin medir 3.5 puntos (L06-1a y L06-1b): no cuentan ni a favor ni en contra.",
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{docker: {L06-1a: 1}}", "No corre en «docker»"),
        ("{kind: {L06-9z: 1}}", "`L06-9z` no puede perder 1 puntos"),
        ("{kind: {L06-1a: 99}}", "`L06-1a` no puede perder 99 puntos"),
    ],
)
def test_what_is_said_of_other_clusters_has_to_exist(tmp_path: Path, said: str, told: str) -> None:
    folder = tmp_path / "06-deployments"
    shutil.copytree(shelf.folder("06-deployments"), folder)
    path = folder / "lab.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("nodes: 3", f"unmeasured: {said}\nnodes: 3", 1))
    with pytest.raises(LabError, match=rf"lab\.yaml:\d+: {told}"):
        definition.load(folder, hidden=False)


def test_asking_for_something_unknown_says_the_line(tmp_path: Any) -> None:
    folder = tmp_path / "06-deployments"
    shutil.copytree(shelf.folder("06-deployments"), folder)
    path = folder / "lab.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("nodes: 3", "requires: [metricas]\nnodes: 3"))
    with pytest.raises(LabError, match=r"lab\.yaml:\d+: «metricas» no es algo que se pueda pedir"):
        definition.load(folder, hidden=False)


def test_the_page_of_a_lab_shows_what_it_asks() -> None:
    assert "una red que aplique NetworkPolicy" in needs.told(lab("13-networkpolicy"))
    assert "permiso para crear namespaces" in needs.told(lab("13-networkpolicy"))
