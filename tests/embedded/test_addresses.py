"""Las direcciones de los Services: un IPAddress por cada una, y de qué rangos salen."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lab_tools.embedded.api import addresses, allocation
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import StatusError
from lab_tools.objects import Object, columns, kinds


class Network:
    """Un clúster de un nodo y lo que estas pruebas hacen con él."""

    def __init__(self) -> None:
        self.cluster = EmbeddedCluster(nodes=1)
        self.api = self.cluster.api

    def service(self, name: str, **spec: Any) -> str:
        """Crea un Service y devuelve su IP."""
        spec.setdefault("ports", [{"port": 80}])
        made = self.api.create(kinds.SERVICE, {"metadata": {"name": name}, "spec": spec}, "default")
        self.cluster.clock.settle()
        return str(made["spec"].get("clusterIP", ""))

    def range(self, name: str, *blocks: str) -> None:
        """Crea un ServiceCIDR."""
        self.api.create(kinds.SERVICECIDR, {"metadata": {"name": name}, "spec": {"cidrs": list(blocks)}})
        self.cluster.clock.settle()

    def delete(self, kind: Any, name: str) -> None:
        """Borra un objeto."""
        self.api.delete(kind, "default" if kind.namespaced else None, name)
        self.cluster.clock.settle()

    def owners(self) -> dict[str, str]:
        """De quién es cada dirección, como lo enseña `kubectl get ipaddresses`."""
        items = self.api.list(kinds.IPADDRESS).items
        return {row["cells"][0]: row["cells"][1] for row in columns.table(kinds.IPADDRESS, items, 0.0)["rows"]}

    def condition(self, name: str) -> Object:
        """La única condición de un ServiceCIDR."""
        (found,) = self.api.get(kinds.SERVICECIDR, None, name)["status"]["conditions"]
        return dict(found)

    def ranges(self) -> list[str]:
        """Los ServiceCIDR que hay."""
        return [one["metadata"]["name"] for one in self.api.list(kinds.SERVICECIDR).items]


@pytest.fixture
def net() -> Network:
    return Network()


FACTORY = {"10.96.0.1": "services/default/kubernetes", "10.96.0.10": "services/kube-system/kube-dns"}


def test_a_new_cluster_has_its_range_ready_and_the_addresses_of_its_services(net: Network) -> None:
    assert net.owners() == FACTORY
    found = net.api.get(kinds.SERVICECIDR, None, "kubernetes")
    assert found["spec"] == {"cidrs": ["10.96.0.0/16"]}
    assert found["metadata"]["finalizers"] == ["networking.k8s.io/service-cidr-finalizer"]
    told = net.condition("kubernetes")
    assert (told["type"], told["status"], told["reason"]) == ("Ready", "True", "")
    assert told["message"] == "Kubernetes default Service CIDR is ready"


def test_each_service_with_an_address_has_its_record_from_the_first_moment_to_the_last(net: Network) -> None:
    address = net.service("tienda")
    net.service("sin-cabeza", clusterIP="None")
    net.service("fuera", type="ExternalName", externalName="example.com", ports=[])
    assert net.owners() == {**FACTORY, address: "services/default/tienda"}
    labels = net.api.get(kinds.IPADDRESS, None, address)["metadata"]["labels"]
    assert labels == {"ipaddress.kubernetes.io/ip-family": "IPv4",
                      "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"}  # fmt: skip
    net.delete(kinds.SERVICE, "tienda")
    assert net.owners() == FACTORY


def test_a_service_that_stops_having_an_address_releases_it(net: Network) -> None:
    net.service("tienda")
    net.api.patch(kinds.SERVICE, "default", "tienda",
                  {"spec": {"type": "ExternalName", "externalName": "example.com"}}, "merge")  # fmt: skip
    net.cluster.clock.settle()
    assert net.owners() == FACTORY


def test_a_record_deleted_by_hand_comes_back_and_one_that_changes_hands_says_so(net: Network) -> None:
    address = net.service("una")
    net.delete(kinds.IPADDRESS, address)
    assert net.owners()[address] == "services/default/una"
    net.delete(kinds.SERVICE, "una")
    net.service("otra", clusterIP=address)
    assert net.owners()[address] == "services/default/otra"


def test_an_address_that_a_person_keeps_is_given_to_nobody(net: Network) -> None:
    parent = {"resource": "gateways", "group": "example.com", "namespace": "default", "name": "g"}
    net.api.create(kinds.IPADDRESS, {"metadata": {"name": "10.96.0.77"}, "spec": {"parentRef": parent}})
    with pytest.raises(StatusError) as refused:
        net.service("tienda", clusterIP="10.96.0.77")
    assert "failed to allocate IP 10.96.0.77: provided IP is already allocated" in str(refused.value)
    net.cluster.clock.advance(60)
    assert net.owners()["10.96.0.77"] == "example.com/gateways/default/g"


def test_a_new_range_is_ready_at_once_and_serves_the_addresses_asked_by_name(net: Network) -> None:
    with pytest.raises(StatusError) as refused:
        net.service("tienda", clusterIP="10.97.0.5")
    assert "the provided network does not match the current range" in str(refused.value)
    net.range("mas", "10.97.0.0/28")
    assert net.condition("mas")["message"] == "Kubernetes Service CIDR is ready"
    assert net.service("tienda", clusterIP="10.97.0.5") == "10.97.0.5"
    assert net.service("otra").startswith("10.96.")


def test_a_range_in_use_waits_for_its_last_address_before_leaving(net: Network) -> None:
    net.range("mas", "10.97.0.0/28")
    net.service("tienda", clusterIP="10.97.0.5")
    net.delete(kinds.SERVICECIDR, "mas")
    assert net.condition("mas")["status"] == "False"
    assert net.condition("mas")["message"].startswith("There are still IPAddresses referencing the ServiceCIDR, ")
    net.delete(kinds.SERVICE, "tienda")
    assert net.ranges() == ["kubernetes"]


def test_a_range_leaves_when_another_holds_its_addresses_and_the_default_always_returns(net: Network) -> None:
    net.delete(kinds.SERVICECIDR, "kubernetes")
    assert net.condition("kubernetes")["status"] == "False"
    before = net.api.get(kinds.SERVICECIDR, None, "kubernetes")["metadata"]["uid"]
    net.range("todo", "10.0.0.0/8")
    found = net.api.get(kinds.SERVICECIDR, None, "kubernetes")
    assert found["metadata"]["uid"] != before
    assert addresses.is_ready(found)


def test_a_full_range_gives_its_kept_addresses_last_and_then_says_it_is_full() -> None:
    others: list[Object] = []
    block = addresses.blocks({"spec": {"cidrs": ["10.97.0.0/28"]}})
    for _ in range(14):
        one: Object = {"metadata": {"name": "s"}, "spec": {"type": "ClusterIP", "ports": []}}
        allocation.allocate(one, others, random.Random(0), block, lambda ip: False)
        others.append(one)
    assert sorted(one["spec"]["clusterIP"] for one in others) == sorted(f"10.97.0.{n}" for n in range(1, 15))
    with pytest.raises(StatusError) as refused:
        allocation.allocate(
            {"metadata": {}, "spec": {"type": "ClusterIP"}}, others, random.Random(0), block, lambda ip: False
        )
    assert "range is full" in str(refused.value)
