"""Los APIService que un clúster trae de fábrica."""

from __future__ import annotations

from lab_tools.embedded.api import local_services
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds, validation

BORN = "2026-01-01T00:00:00Z"


def test_a_new_cluster_announces_what_it_serves_itself() -> None:
    cluster = EmbeddedCluster(nodes=1)
    found = {one["metadata"]["name"]: one for one in cluster.api.list(kinds.APISERVICE).items}
    served = {(group, version) for group, versions in kinds.BUILT_IN.groups.items() for version in versions}
    assert set(found) == {f"{version}.{group}" for group, version in served if group != "apiregistration.k8s.io"}
    assert {"v1.", "v1.apps", "v2.autoscaling"} <= set(found)
    for one in found.values():
        assert one["status"]["conditions"][0]["reason"] == "Local"
        assert one["metadata"]["labels"] == {"kube-aggregator.kubernetes.io/automanaged": "onstart"}


def test_nothing_of_the_factory_has_to_be_written_again() -> None:
    cluster = EmbeddedCluster(nodes=1)
    before = {one["metadata"]["name"]: one for one in cluster.api.list(kinds.APISERVICE).items}
    cluster.clock.advance(60)
    assert {one["metadata"]["name"]: one for one in cluster.api.list(kinds.APISERVICE).items} == before


def test_each_is_valid_and_its_priorities_give_the_order_of_discovery() -> None:
    groups = [group for group in kinds.BUILT_IN.groups if group in local_services.PRIORITIES]
    order = [local_services.PRIORITIES[group][0] for group in groups]
    assert order == sorted(order, reverse=True)
    for kind, one in local_services.objects(BORN):
        assert validation.validate(kind, one) == []


def test_their_names_do_not_touch_the_luck_of_the_others() -> None:
    one, other = EmbeddedCluster(nodes=1, seed=7), EmbeddedCluster(nodes=1, seed=7)
    uids = [[each["metadata"]["uid"] for each in cluster.api.list(kinds.APISERVICE).items] for cluster in (one, other)]
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == len(uids[0])
