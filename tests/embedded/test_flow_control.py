"""El reparto de la API que un clúster trae de fábrica, y quien lo cuida."""

from __future__ import annotations

from typing import Any

import pytest

from lab_tools.embedded.api import flow_control
from lab_tools.embedded.cluster import EmbeddedCluster, State
from lab_tools.objects import columns, kinds, validation

FLOW, LEVEL = kinds.FLOWSCHEMA, kinds.PRIORITYLEVELCONFIGURATION
MINE = {"metadata": {"name": "mia"}, "spec": {
    "matchingPrecedence": 600, "priorityLevelConfiguration": {"name": "mio"},
    "rules": [{"subjects": [{"kind": "Group", "group": {"name": "alumnos"}}],
               "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}]}}  # fmt: skip
LEVEL_MINE = {"metadata": {"name": "mio"}, "spec": {"type": "Limited", "limited": {
    "nominalConcurrencyShares": 5, "limitResponse": {"type": "Reject"}}}}  # fmt: skip


@pytest.fixture
def cluster() -> EmbeddedCluster:
    return EmbeddedCluster(nodes=1)


def missing(cluster: EmbeddedCluster, name: str) -> Any:
    (condition,) = cluster.api.get(FLOW, None, name)["status"]["conditions"]
    return condition


def test_a_new_cluster_shows_the_schemas_of_a_real_one_in_the_order_they_are_tried(cluster: EmbeddedCluster) -> None:
    rows = [row["cells"] for row in columns.table(FLOW, cluster.api.list(FLOW).items, cluster.clock.now)["rows"]]
    assert [row[:4] for row in rows] == [
        ["exempt", "exempt", 1, "<none>"],
        ["probes", "exempt", 2, "<none>"],
        ["system-leader-election", "leader-election", 100, "ByUser"],
        ["endpoint-controller", "workload-high", 150, "ByUser"],
        ["workload-leader-election", "leader-election", 200, "ByUser"],
        ["system-node-high", "node-high", 400, "ByUser"],
        ["system-nodes", "system", 500, "ByUser"],
        ["kube-controller-manager", "workload-high", 800, "ByNamespace"],
        ["kube-scheduler", "workload-high", 800, "ByNamespace"],
        ["kube-system-service-accounts", "workload-high", 900, "ByNamespace"],
        ["service-accounts", "workload-low", 9000, "ByUser"],
        ["global-default", "global-default", 9900, "ByUser"],
        ["catch-all", "catch-all", 10000, "ByUser"],
    ]
    assert {row[-1] for row in rows} == {"False"}


def test_every_schema_of_the_factory_goes_to_a_level_that_exists_and_all_are_valid(cluster: EmbeddedCluster) -> None:
    levels = {one["metadata"]["name"] for one in cluster.api.list(LEVEL).items}
    assert levels == {"exempt", *flow_control.LEVELS}
    for kind in (FLOW, LEVEL):
        for one in cluster.api.list(kind).items:
            assert validation.validate(kind, one) == []
            assert one["metadata"]["annotations"] == {"apf.kubernetes.io/autoupdate-spec": "true"}
    assert {one["spec"]["priorityLevelConfiguration"]["name"] for one in cluster.api.list(FLOW).items} == levels


def test_nothing_of_the_factory_is_written_again_by_itself(cluster: EmbeddedCluster) -> None:
    before = cluster.api.list(FLOW).items, cluster.api.list(LEVEL).items
    cluster.clock.advance(300)
    assert (cluster.api.list(FLOW).items, cluster.api.list(LEVEL).items) == before


def test_a_schema_says_that_its_level_is_missing_until_somebody_makes_it(cluster: EmbeddedCluster) -> None:
    cluster.api.create(FLOW, MINE)
    cluster.clock.advance(1)
    assert missing(cluster, "mia")["reason"] == "NotFound"
    told = 'This FlowSchema references the PriorityLevelConfiguration object named "mio" but there is no such object'
    assert missing(cluster, "mia")["message"] == told
    cluster.api.create(LEVEL, LEVEL_MINE)
    cluster.clock.advance(1)
    assert (missing(cluster, "mia")["status"], missing(cluster, "mia")["reason"]) == ("False", "Found")
    cluster.api.delete(LEVEL, None, "mio")
    cluster.clock.advance(1)
    assert missing(cluster, "mia")["status"] == "True"


@pytest.mark.parametrize("kind, name", [(FLOW, "catch-all"), (LEVEL, "exempt"), (FLOW, "probes")])
def test_what_came_with_the_cluster_comes_back_when_deleted(cluster: EmbeddedCluster, kind: Any, name: str) -> None:
    before = cluster.api.get(kind, None, name)
    cluster.api.delete(kind, None, name)
    cluster.clock.advance(61)
    after = cluster.api.get(kind, None, name)
    assert after["spec"] == before["spec"]
    assert after["metadata"]["uid"] != before["metadata"]["uid"]


def test_a_changed_spec_returns_unless_its_annotation_says_it_is_somebody_s(cluster: EmbeddedCluster) -> None:
    for name in ("global-default", "catch-all"):
        cluster.api.patch(FLOW, None, name, {"spec": {"matchingPrecedence": 5000}}, "merge")
    mine = {"metadata": {"annotations": {flow_control.AUTO_UPDATE: "false"}}, "spec": {"matchingPrecedence": 3}}
    cluster.api.patch(FLOW, None, "probes", mine, "merge")
    cluster.clock.advance(61)
    turns = {one["metadata"]["name"]: one["spec"]["matchingPrecedence"] for one in cluster.api.list(FLOW).items}
    assert (turns["global-default"], turns["catch-all"], turns["probes"]) == (9900, 10000, 3)


def test_a_cluster_saved_before_there_were_any_gets_them_when_it_wakes(cluster: EmbeddedCluster) -> None:
    new = {kind.resource for kind in (FLOW, LEVEL, kinds.IPADDRESS, kinds.SERVICECIDR)}
    saved = cluster.snapshot()
    old = State(saved.revision, saved.time, [(key, value) for key, value in saved.values if key[0] not in new])
    woken = EmbeddedCluster(saved=old)
    for kind in (FLOW, LEVEL, kinds.IPADDRESS, kinds.SERVICECIDR):
        assert [one["metadata"]["name"] for one in woken.api.list(kind).items] == [
            one["metadata"]["name"] for one in cluster.api.list(kind).items]  # fmt: skip
