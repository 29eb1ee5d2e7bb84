"""Repartir y preferir: las zonas se equilibran si se puede, y quien tiene preferencias se acerca o se aleja."""

from __future__ import annotations

from collections import Counter

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.errors import StatusError
from lab_tools.objects import kinds
from tests.embedded.conftest import World

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


@pytest.fixture
def wide():
    """Seis nodos en tres zonas, dos por zona."""
    return World(EmbeddedCluster(nodes=6))


def spread(when="ScheduleAnyway", key=ZONE, **more):
    return {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": when,
            "labelSelector": {"matchLabels": {"app": "web"}}, **more}  # fmt: skip


def zones(world, **labels):
    place = {one["metadata"]["name"]: one["metadata"]["labels"][ZONE] for one in world.all("nodes", None)}
    return Counter(place[one["spec"]["nodeName"]] for one in world.all("pods") if one["spec"].get("nodeName")
                   and labels.items() <= one["metadata"].get("labels", {}).items())  # fmt: skip


def preferring(which, weight=100, key=HOST, app="otro"):
    term = {"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}}
    wish = {"weight": weight, "podAffinityTerm": term}
    return {"affinity": {which: {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}}}


def test_a_cluster_of_several_nodes_has_three_zones_and_one_of_a_single_node_none(wide):
    labels = [one["metadata"]["labels"] for one in wide.all("nodes", None)]
    assert Counter(one[ZONE] for one in labels) == {"orquesta-1-a": 2, "orquesta-1-b": 2, "orquesta-1-c": 2}
    alone = EmbeddedCluster(nodes=1).api.list(kinds.NODE).items[0]
    assert ZONE not in alone["metadata"]["labels"]


def test_who_would_rather_be_spread_is_spread(wide):
    wide.deployment("web", replicas=6, template={"topologySpreadConstraints": [spread()]})
    wide.until_available("web", 6)
    assert set(zones(wide, app="web").values()) == {2}


def test_and_when_it_cannot_be_it_goes_anyway(wide):
    for node in ("node-1", "node-2", "node-4", "node-5"):
        wide.patch("node", node, {"spec": {"unschedulable": True}})
    wide.deployment("web", replicas=4, template={"topologySpreadConstraints": [spread()]})
    wide.until_available("web", 4)
    assert zones(wide, app="web") == {"orquesta-1-c": 4}


def test_an_even_spread_that_is_a_must_leaves_pods_waiting(wide):
    for node in ("node-1", "node-2", "node-4", "node-5"):
        wide.patch("node", node, {"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}})
    wide.deployment("web", replicas=4, template={"topologySpreadConstraints": [spread("DoNotSchedule")]})
    wide.clock.advance(10)
    assert zones(wide, app="web") == {"orquesta-1-c": 1}


def test_nodes_it_does_not_tolerate_may_be_left_out_of_the_count(wide):
    for node in ("node-1", "node-2", "node-4", "node-5"):
        wide.patch("node", node, {"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}})
    rule = spread("DoNotSchedule", nodeTaintsPolicy="Honor")
    wide.deployment("web", replicas=4, template={"topologySpreadConstraints": [rule]})
    wide.until_available("web", 4)
    assert zones(wide, app="web") == {"orquesta-1-c": 4}


def test_fewer_places_than_asked_count_as_an_empty_one(wide):
    rule = spread("DoNotSchedule", minDomains=4)
    wide.deployment("web", replicas=6, template={"topologySpreadConstraints": [rule]})
    wide.clock.advance(10)
    assert zones(wide, app="web") == {"orquesta-1-a": 1, "orquesta-1-b": 1, "orquesta-1-c": 1}


def test_the_labels_of_the_pod_itself_may_narrow_the_count(wide):
    rule = spread("DoNotSchedule", matchLabelKeys=["version"])
    for version in ("1", "2"):
        for number in range(3):
            wide.pod(f"v{version}-{number}", labels={"app": "web", "version": version},
                     topologySpreadConstraints=[rule])  # fmt: skip
    wide.clock.advance(10)
    for version in ("1", "2"):
        assert set(zones(wide, version=version).values()) == {1}


def test_the_api_writes_those_labels_in_the_selector_and_the_pod_can_still_change(wide):
    rule = spread("DoNotSchedule", matchLabelKeys=["version", "otra"])
    made = wide.pod("p", labels={"app": "web", "version": "2"}, topologySpreadConstraints=[rule])
    (found,) = made["spec"]["topologySpreadConstraints"]
    assert found["labelSelector"] == {
        "matchLabels": {"app": "web"}, "matchExpressions": [{"key": "version", "operator": "In", "values": ["2"]}],
    }  # fmt: skip
    assert found["matchLabelKeys"] == ["version", "otra"]
    wide.until_ready("p")
    wide.patch("pod", "p", {"metadata": {"labels": {"version": "3"}}})
    (after,) = wide.get("pod", "p")["spec"]["topologySpreadConstraints"]
    assert after["labelSelector"] == found["labelSelector"], "se escribe una vez, al nacer"


@pytest.mark.parametrize("selector", [{"matchLabels": {"version": "2"}},
    {"matchExpressions": [{"key": "version", "operator": "In", "values": ["2"]}]}])  # fmt: skip
def test_a_label_is_said_in_the_selector_or_in_the_keys_but_not_in_both(wide, selector):
    rule = spread("DoNotSchedule", matchLabelKeys=["version"], labelSelector=selector)
    with pytest.raises(StatusError, match="exists in both matchLabelKeys and labelSelector"):
        wide.pod("p", labels={"version": "2"}, topologySpreadConstraints=[rule])
    with pytest.raises(StatusError, match="exists in both matchLabelKeys and labelSelector"):
        wide.deployment("web", template={"topologySpreadConstraints": [rule]})


def test_without_a_selector_nobody_is_counted(wide):
    rule = {key: value for key, value in spread("DoNotSchedule").items() if key != "labelSelector"}
    for node in ("node-1", "node-2", "node-4", "node-5"):
        wide.patch("node", node, {"spec": {"unschedulable": True}})
    wide.deployment("web", replicas=3, template={"topologySpreadConstraints": [rule]})
    wide.until_available("web", 3)
    assert zones(wide, app="web") == {"orquesta-1-c": 3}


def test_a_node_without_all_the_labels_is_not_a_place_to_fill(wide):
    """Un nodo sin rack no cuenta para ninguna de las dos reglas: su zona no queda como la más vacía."""
    for node in ("node-1", "node-2", "node-4", "node-5"):
        wide.patch("node", node, {"metadata": {"labels": {"rack": node}}})
    rules = [spread("DoNotSchedule"), spread("DoNotSchedule", "rack", maxSkew=4)]
    wide.deployment("web", replicas=4, template={"topologySpreadConstraints": rules})
    wide.until_available("web", 4)
    assert zones(wide, app="web") == {"orquesta-1-a": 2, "orquesta-1-b": 2}


@pytest.mark.parametrize(("policy", "places"), [({}, 3), ({"nodeAffinityPolicy": "Ignore"}, 1)])
def test_the_nodes_its_affinity_leaves_out_count_only_if_asked(wide, policy, places):
    rule = spread("DoNotSchedule", **policy)
    template = {"topologySpreadConstraints": [rule], "nodeSelector": {ZONE: "orquesta-1-c"}}
    wide.deployment("web", replicas=3, template=template)
    wide.clock.advance(10)
    assert zones(wide, app="web") == {"orquesta-1-c": places}


@pytest.mark.parametrize(("which", "together"), [("podAffinity", True), ("podAntiAffinity", False)])
def test_who_prefers_company_finds_it_and_who_does_not_avoids_it(wide, which, together):
    wide.pod("otro", labels={"app": "otro"}, nodeName="node-3")
    wide.until_ready("otro")
    for number in range(4):
        wide.pod(f"p{number}", **preferring(which))
    wide.clock.advance(5)
    homes = {wide.get("pod", f"p{number}")["spec"]["nodeName"] for number in range(4)}
    assert (homes == {"node-3"}) if together else ("node-3" not in homes)


def test_who_is_not_liked_keeps_away_if_it_can(wide):
    for node in (1, 2, 3, 4, 5):
        wide.pod(
            f"huraño-{node}".replace("ñ", "n"), nodeName=f"node-{node}", **preferring("podAntiAffinity", app="web")
        )
    wide.clock.advance(3)
    wide.pod("p", labels={"app": "web"})
    wide.until_ready("p")
    assert wide.get("pod", "p")["spec"]["nodeName"] == "node-6"


def wish(weight, key, value):
    term = {"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]}
    return {"weight": weight, "preference": term}


def test_a_wish_that_nobody_can_grant_takes_no_strength_from_the_others(world):
    world.patch("node", "node-2", {"metadata": {"labels": {"disk": "ssd"}}})
    for name in ("a", "b", "c"):
        world.pod(name, nodeName="node-2")
    world.clock.advance(2)
    wishes = [wish(100, "zona", "luna"), wish(1, "disk", "ssd")]
    world.pod("p", affinity={"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": wishes}})
    world.until_ready("p")
    assert world.get("pod", "p")["spec"]["nodeName"] == "node-2"
    nodes = world.cluster.scheduler.why(world.get("pod", "p"))["nodes"]
    marks = {node["node"]: one["mark"] for node in nodes for one in node["scores"] if one["score"] == "NodeAffinity"}
    assert marks == {"node-1": 0.0, "node-2": 100.0, "node-3": 0.0}


def test_the_node_with_most_disliked_taints_gets_nothing_and_the_others_their_part(world):
    for node, keys in (("node-1", "ab"), ("node-2", "a")):
        world.patch("node", node, {"spec": {"taints": [{"key": key, "effect": "PreferNoSchedule"} for key in keys]}})
    world.pod("p")
    world.until_ready("p")
    nodes = world.cluster.scheduler.why(world.get("pod", "p"))["nodes"]
    marks = {node["node"]: one["mark"] for node in nodes for one in node["scores"] if one["score"] == "TaintToleration"}
    assert marks == {"node-1": 0.0, "node-2": 50.0, "node-3": 100.0}
