"""El escalador de nodos compra máquinas para los Pods que no caben y devuelve las que sobran."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lab_tools.embedded.autoscaler.config import read
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.configured import InvalidConfig
from lab_tools.objects import kinds
from tests.embedded.conftest import World

GENERAL = {"name": "general", "max": 3, "price": 0.10, "boot": 45, "machine": {"cpu": "4", "memory": "8Gi"}}
BIG = {"name": "grande", "max": 2, "price": 0.50, "boot": 60, "machine": {"cpu": "16", "memory": "32Gi"}}
MANIFESTS = Path(__file__).parents[2] / "manifests" / "17-autoescalado"
QUICK = {"scaleDown": {"unneededTime": 120, "delayAfterAdd": 60}}


@pytest.fixture
def small():
    """Un clúster de un nodo, casi lleno: queda un núcleo."""
    world = World(EmbeddedCluster(nodes=1))
    world.pod("lastre", containers=asking("3"), nodeName="node-1")
    world.clock.advance(2)
    return world


def asking(cpu, **more):
    return [{"name": "c", "image": "nginx:1.27", "resources": {"requests": {"cpu": cpu}}, **more}]


def turn_on(world, *groups, **more):
    text = yaml.safe_dump({"groups": list(groups), **more})
    meta = {"name": "cluster-autoscaler", "namespace": "kube-system"}
    world.api.create(kinds.CONFIGMAP, {"metadata": meta, "data": {"config.yaml": text}}, "kube-system")
    world.clock.advance(1)


def reconfigure(world, *groups, **more):
    data = {"config.yaml": yaml.safe_dump({"groups": list(groups), **more})}
    world.api.patch(kinds.CONFIGMAP, "kube-system", "cluster-autoscaler", {"data": data})
    world.clock.advance(1)


def nodes(world):
    return [one["metadata"]["name"] for one in world.all("nodes", None)]


def web(world, replicas, cpu="2", **template):
    world.deployment("web", replicas=replicas, template={"containers": asking(cpu), **template})


def status(world, key="status"):
    return yaml.safe_load(world.get("configmap", "cluster-autoscaler-status", "kube-system")["data"][key])


def told(world, about="cluster-autoscaler"):
    found = [one for one in world.all("events", None) if one["involvedObject"]["name"] == about]
    found.sort(key=lambda one: int(one["metadata"]["resourceVersion"]))
    return [(one["reason"], one["message"]) for one in found]


def names_of(world):
    return sorted(one["metadata"]["name"] for one in world.all("pods") if one["metadata"]["name"].startswith("web"))


# Encender


def test_it_is_off_until_somebody_turns_it_on(small):
    web(small, 4)
    small.clock.advance(300)
    assert nodes(small) == ["node-1"]
    assert small.get("configmap", "cluster-autoscaler-status", "kube-system") is None


@pytest.mark.parametrize(("text", "problem"), [
    ("grupos: []", "config.yaml must be a map with a non-empty list `groups`"),
    ("groups: [{name: a}]", "groups[0]: min 0 and max None must be numbers from 0 to 1000, min not above max"),
    ("groups: [{name: a, min: 3, max: 1}]", "groups[0]: min 3 and max 1 must be numbers"),
    ("groups: [{name: a, max: 1}, {name: a, max: 1}]", "groups: 'a' is repeated"),
    ("groups: [{name: a, max: 1, precio: 3}]", "groups[0]: unknown field 'precio'"),
    ("groups: [{name: a, max: 1, machine: {cpu: mucha}}]", "groups[0].machine.cpu: 'mucha' is not a quantity"),
    ("groups: [{name: a, max: 1, boot: -1}]", "groups[0].boot: -1 must be a number from 0 to 86400"),
    ("{groups: [{name: a, max: 1}], expander: barato}", "expander: 'barato' must be one of least-waste"),
    ("{groups: [{name: a, max: 1}], scaleDown: {threshold: 2}}", "scaleDown.threshold: 2 must be a number from 0 to 1"),
    ("groups: [", "config.yaml is not YAML"),
])  # fmt: skip
def test_what_cannot_be_understood_is_told_whole(text, problem):
    with pytest.raises(InvalidConfig) as caught:
        read(text)
    assert problem in str(caught.value)


def test_a_wrong_configuration_is_told_where_it_was_written(small):
    turn_on(small, {"name": "a"})
    assert told(small)[0][0] == "InvalidConfig"
    assert status(small)["autoscalerStatus"] == "Initializing"
    reconfigure(small, GENERAL)
    small.clock.advance(10)
    assert status(small)["autoscalerStatus"] == "Running"


def test_the_example_that_comes_with_the_course_turns_it_on(small):
    [example] = yaml.safe_load_all((MANIFESTS / "escalador-de-nodos.yaml").read_text(encoding="utf-8"))
    small.api.create(kinds.CONFIGMAP, example, "kube-system")
    small.clock.advance(15)
    assert [one["name"] for one in status(small)["nodeGroups"]] == ["general", "memoria"]


# Crecer


def test_a_pod_that_does_not_fit_buys_a_node_and_runs_in_it(small):
    turn_on(small, GENERAL)
    web(small, 1)
    waited = small.until_available(replicas=1, timeout=120)
    assert 45 < waited < 70
    assert nodes(small) == ["general-1", "node-1"]
    pod = names_of(small)[0]
    assert ("Normal", "TriggeredScaleUp", "pod triggered scale-up: [{general 0->1 (max: 3)}]") in small.events(pod)
    assert ("ScaledUpGroup", "Scale-up: setting group general size to 1 instead of 0 (max: 3)") in told(small)
    node = small.get("node", "general-1")
    assert node["metadata"]["labels"]["orquesta.dev/node-group"] == "general"
    assert node["metadata"]["annotations"]["orquesta.dev/price-per-hour"] == "0.1"


def test_it_buys_as_many_as_it_needs_at_once_and_not_one_more(small):
    turn_on(small, GENERAL)
    web(small, 5)
    small.until_available(replicas=5, timeout=180)
    small.clock.advance(60)
    assert nodes(small) == ["general-1", "general-2", "general-3", "node-1"]
    assert [message for reason, message in told(small) if reason == "ScaledUpGroup"] == [
        "Scale-up: setting group general size to 3 instead of 0 (max: 3)"]  # fmt: skip


@pytest.mark.parametrize("boot", [28.9, 29.5, 29.9, 30.0, 30.5])
def test_a_node_that_has_just_come_is_not_bought_again(small, boot):
    turn_on(small, {**GENERAL, "max": 10, "boot": boot})
    web(small, 8)
    small.until_available(replicas=8, timeout=180)
    small.clock.advance(60)
    assert len(nodes(small)) == 5


def test_it_never_passes_its_maximum_and_says_so(small):
    turn_on(small, {**GENERAL, "max": 1})
    web(small, 4)
    small.clock.advance(200)
    assert nodes(small) == ["general-1", "node-1"]
    waiting = next(name for name in names_of(small) if small.get("pod", name)["status"]["phase"] == "Pending")
    assert "pod didn't trigger scale-up: 1 max node group size reached" in [
        message for _, _, message in small.events(waiting, "NotTriggerScaleUp")]  # fmt: skip


@pytest.mark.parametrize(("spec", "why"), [
    ({"containers": asking("5")}, "1 Insufficient cpu"),
    ({"nodeSelector": {"disco": "ssd"}}, "1 node(s) didn't match Pod's node affinity/selector"),
])  # fmt: skip
def test_nothing_is_bought_for_who_would_not_fit_anyway(small, spec, why):
    turn_on(small, GENERAL)
    small.pod("p", **spec)
    small.clock.advance(120)
    assert nodes(small) == ["node-1"]
    assert small.events("p", "NotTriggerScaleUp") == [
        ("Normal", "NotTriggerScaleUp", f"pod didn't trigger scale-up: {why}")]  # fmt: skip


def test_labels_and_taints_of_a_group_count(small):
    taint = {"key": "gpu", "value": "si", "effect": "NoSchedule"}
    turn_on(small, {**GENERAL, "name": "gpu", "labels": {"gpu": "si"}, "taints": [taint]})
    small.pod("sin", nodeSelector={"gpu": "si"})
    small.pod("con", nodeSelector={"gpu": "si"}, tolerations=[{"key": "gpu", "operator": "Exists"}])
    small.until_ready("con", 120)
    assert small.get("pod", "sin")["status"]["phase"] == "Pending"
    assert small.get("node", "gpu-1")["spec"]["taints"] == [taint]


@pytest.mark.parametrize(("expander", "cpu", "group"), [
    ("least-waste", "3500m", "general"), ("least-waste", "15", "grande"), ("price", "1500m", "general"),
    ("most-pods", "3500m", "grande"),
])  # fmt: skip
def test_the_expander_chooses_the_group(small, expander, cpu, group):
    turn_on(small, {**GENERAL, "max": 2}, BIG, expander=expander)
    web(small, 4 if expander == "most-pods" else 1, cpu=cpu)
    small.clock.advance(100)
    assert any(name.startswith(group) for name in nodes(small))


def test_the_minimum_is_kept_from_the_first_moment(small):
    turn_on(small, {**GENERAL, "min": 2})
    small.clock.advance(60)
    assert nodes(small) == ["general-1", "general-2", "node-1"]
    small.clock.advance(3600)
    assert len(nodes(small)) == 3


# Menguar


def grown(world, replicas=1, cpu="2"):
    turn_on(world, GENERAL, **QUICK)
    web(world, replicas, cpu)
    world.until_available(replicas=replicas, timeout=200)


def test_an_empty_node_goes_after_its_delay(small):
    grown(small)
    small.api.patch(kinds.DEPLOYMENT, "default", "web", {"spec": {"replicas": 0}})
    small.clock.advance(100)
    assert "general-1" in nodes(small)
    assert any(one["key"] == "DeletionCandidateOfClusterAutoscaler"
               for one in small.get("node", "general-1")["spec"]["taints"])  # fmt: skip
    small.clock.advance(60)
    assert nodes(small) == ["node-1"]
    assert ("ScaleDownEmpty", "Scale-down: removing empty node general-1") in told(small)
    assert ("ScaleDown", "node removed by cluster autoscaler") in told(small, "general-1")


def test_a_half_empty_node_is_drained_gently_when_its_pods_fit_elsewhere(small):
    grown(small, cpu="1500m")
    small.delete("pod", "lastre", grace=0)
    small.until(lambda: nodes(small) == ["node-1"], 300)
    small.until_available(replicas=1)
    reasons = [reason for reason, _ in told(small)]
    assert "ScaleDown" in reasons
    assert small.get("pod", names_of(small)[0])["spec"]["nodeName"] == "node-1"


@pytest.mark.parametrize("guard", ["anotación", "presupuesto", "sin dueño", "disco local", "nodo"])
def test_who_must_not_be_moved_keeps_the_node(small, guard):
    turn_on(small, GENERAL, **QUICK)
    if guard == "sin dueño":
        small.pod("web", containers=asking("1500m"))
        small.until_ready("web", 120)
    else:
        notes = {"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}}
        extra = {"volumes": [{"name": "v", "emptyDir": {}}]} if guard == "disco local" else {}
        web(small, 1, cpu="1500m", **extra)
        if guard == "anotación":
            small.patch("deployment", "web", {"spec": {"template": {"metadata": notes}}})
        if guard == "presupuesto":
            small.api.create(kinds.PODDISRUPTIONBUDGET, {"metadata": {"name": "web"}, "spec": {
                "minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}}, "default")  # fmt: skip
        small.until_available(replicas=1, timeout=120)
    if guard == "nodo":
        small.patch("node", "general-1", {"metadata": {"annotations": {
            "cluster-autoscaler.kubernetes.io/scale-down-disabled": "true"}}})  # fmt: skip
    small.delete("pod", "lastre", grace=0)
    small.clock.advance(900)
    assert "general-1" in nodes(small)


def test_who_says_it_is_safe_may_be_moved_with_its_local_disk(small):
    turn_on(small, GENERAL, **QUICK)
    web(small, 1, cpu="1500m", volumes=[{"name": "v", "emptyDir": {}}])
    notes = {"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "true"}}
    small.patch("deployment", "web", {"spec": {"template": {"metadata": notes}}})
    small.until_available(replicas=1, timeout=120)
    small.delete("pod", "lastre", grace=0)
    small.until(lambda: nodes(small) == ["node-1"], 400)


def test_turning_it_off_or_restarting_leaves_no_marks(small):
    grown(small)
    small.api.patch(kinds.DEPLOYMENT, "default", "web", {"spec": {"replicas": 0}})
    small.clock.advance(100)
    assert marks(small) == ["DeletionCandidateOfClusterAutoscaler"]
    small.delete("configmap", "cluster-autoscaler", "kube-system")
    small.clock.advance(1)
    assert marks(small) == []


def marks(world):
    return [one["key"] for one in world.get("node", "general-1")["spec"].get("taints") or ()]


def test_a_node_that_a_person_deletes_is_bought_again_and_lives(small):
    grown(small)
    small.delete("node", "general-1")
    small.clock.advance(240)
    small.until_available(replicas=1, timeout=200)
    small.clock.advance(120)
    assert small.condition("node", "general-1", "Ready")["status"] == "True"


def test_a_node_that_was_never_a_machine_is_removed_without_ado(small):
    turn_on(small, GENERAL, **QUICK)
    body = {"metadata": {"name": "ajeno", "labels": {"orquesta.dev/node-group": "general"}},
            "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}}  # fmt: skip
    small.api.create(kinds.NODE, body)
    small.clock.advance(400)
    assert nodes(small) == ["node-1"]


def test_a_node_that_is_needed_stays(small):
    grown(small, replicas=2)
    small.clock.advance(3600)
    assert "general-1" in nodes(small)


def test_scale_down_can_be_turned_off(small):
    turn_on(small, GENERAL, scaleDown={"enabled": False})
    web(small, 1)
    small.until_available(replicas=1, timeout=120)
    small.delete("deployment", "web")
    small.clock.advance(3600)
    assert "general-1" in nodes(small)


def test_the_nodes_that_were_already_there_are_nobodys_to_remove(small):
    turn_on(small, GENERAL, **QUICK)
    small.delete("pod", "lastre", grace=0)
    small.clock.advance(3600)
    assert nodes(small) == ["node-1"]


# Cuentas


def test_what_it_costs_each_hour_can_be_read(small):
    turn_on(small, GENERAL, BIG)
    web(small, 3)
    small.until_available(replicas=3, timeout=200)
    small.clock.advance(15)
    groups = {"general": "2 x 0.1", "grande": "0 x 0.5"}
    assert status(small, "cost") == {"currency": "EUR", "perHour": 0.2, "groups": groups}
    groups = {one["name"]: one["health"] for one in status(small)["nodeGroups"]}
    assert groups["general"]["cloudProviderTarget"] == 2
    assert groups["general"]["nodeCounts"]["registered"]["ready"] == 2


def test_what_was_spent_is_the_price_times_the_hours():
    from lab_tools.embedded.autoscaler.report import Bill

    bill = Bill()
    bill.at(0.5, 1.0)
    bill.at(3600.5, 3.0)
    bill.at(5400.5, 0.0)
    assert bill.spent == pytest.approx(1.0 + 1.5)


def test_it_goes_on_after_a_restart_and_stops_when_it_is_turned_off(small):
    grown(small)
    again = World(EmbeddedCluster(saved=small.cluster.snapshot()))
    again.api.patch(kinds.DEPLOYMENT, "default", "web", {"spec": {"replicas": 0}})
    again.until(lambda: nodes(again) == ["node-1"], 400)
    again.delete("configmap", "cluster-autoscaler", "kube-system")
    again.api.patch(kinds.DEPLOYMENT, "default", "web", {"spec": {"replicas": 2}})
    again.clock.advance(300)
    assert nodes(again) == ["node-1"]


def test_the_same_seed_buys_the_same():
    def story():
        world = World(EmbeddedCluster(nodes=1, seed=7))
        turn_on(world, GENERAL, BIG, expander="random", **QUICK)
        web(world, 6, cpu="3")
        world.clock.advance(400)
        world.api.patch(kinds.DEPLOYMENT, "default", "web", {"spec": {"replicas": 1}})
        world.clock.advance(900)
        return world.cluster.store.dump()

    assert story() == story()
