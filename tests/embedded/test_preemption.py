"""Un Pod importante se hace sitio: echa a los menos importantes que haga falta, y a ninguno más."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tools.embedded.clock import timestamp
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.objects import kinds

from .conftest import World

LEVELS = {"alta": 1000, "media": 100, "baja": 10}


def classes(world):
    for name, value in LEVELS.items():
        world.api.create(kinds.PRIORITYCLASS, {"metadata": {"name": name}, "value": value})
    quiet = {"metadata": {"name": "paciente"}, "value": 500, "preemptionPolicy": "Never"}
    world.api.create(kinds.PRIORITYCLASS, quiet)
    return world


@pytest.fixture
def ranked():
    """Un clúster de un nodo, de cuatro núcleos, con tres prioridades."""
    return classes(World(EmbeddedCluster(nodes=1, seed=0)))


def asking(world, name, level, cpu, node=None, **more):
    resources = {"resources": {"requests": {"cpu": cpu}}}
    where = {"nodeSelector": {"kubernetes.io/hostname": node}} if node else {}
    extra = {"priorityClassName": level} if level else {}
    return world.pod(name, containers=[{"name": "c", "image": "nginx:1.27", **resources}], **where, **extra, **more)


def cores(world):
    return int(world.all("nodes", None)[0]["status"]["allocatable"]["cpu"])


def names(world):
    return {pod["metadata"]["name"] for pod in world.all("pods") if "deletionTimestamp" not in pod["metadata"]}


def message(world, name):
    return world.condition("pod", name, "PodScheduled").get("message", "")


def test_the_least_important_leaves_and_the_important_takes_its_place(ranked):
    half = str(cores(ranked) // 2)
    asking(ranked, "poco", "baja", half)
    asking(ranked, "algo", "media", half)
    ranked.clock.advance(5)
    asking(ranked, "mucho", "alta", half)
    ranked.until_phase("mucho", "Running")
    assert names(ranked) == {"algo", "mucho"}
    uid = ranked.get("pod", "mucho")["metadata"]["uid"]
    assert ("Normal", "Preempted", f"Preempted by pod {uid} on node node-1") in ranked.events("poco")
    actions = {event["reason"]: event.get("action") for event in ranked.all("events")}
    assert (actions["Preempted"], actions["Scheduled"]) == ("Preempting", "Binding")
    assert "nominatedNodeName" not in ranked.get("pod", "mucho")["status"]


def test_while_the_victims_leave_the_place_is_promised_and_nobody_lesser_takes_it(ranked):
    whole = str(cores(ranked))
    # Un shell no hace caso de SIGTERM: la víctima apura su plazo.
    container = {"name": "c", "image": "busybox:1.36", "command": ["sleep", "3600"],
                 "resources": {"requests": {"cpu": whole}}}  # fmt: skip
    ranked.pod("terca", containers=[container], priorityClassName="baja", terminationGracePeriodSeconds=20)
    ranked.clock.advance(5)
    asking(ranked, "mucho", "alta", whole)
    ranked.clock.advance(2)
    mucho = ranked.get("pod", "mucho")
    assert mucho["status"]["nominatedNodeName"] == "node-1" and not mucho["spec"].get("nodeName")
    assert message(ranked, "mucho") == "0/1 nodes are available: 1 Insufficient cpu."
    terca = ranked.get("pod", "terca")
    assert terca["metadata"]["deletionTimestamp"]
    assert ranked.condition("pod", "terca", "DisruptionTarget")["reason"] == "PreemptionByScheduler"
    asking(ranked, "intruso", "media", "1")
    ranked.until_phase("mucho", "Running", 60)
    assert not ranked.get("pod", "intruso")["spec"].get("nodeName")
    assert "No preemption victims found for incoming pod" in message(ranked, "intruso")


def test_no_more_are_sent_away_than_needed(ranked):
    for number in range(cores(ranked)):
        asking(ranked, f"p{number}", "baja", "1")
    ranked.clock.advance(5)
    asking(ranked, "mucho", "alta", "2")
    ranked.until_phase("mucho", "Running")
    assert len(names(ranked)) == cores(ranked) - 2 + 1


def test_equals_do_not_send_each_other_away(ranked):
    asking(ranked, "primero", "alta", str(cores(ranked)))
    ranked.clock.advance(5)
    asking(ranked, "segundo", "alta", "1")
    ranked.clock.advance(30)
    assert names(ranked) == {"primero", "segundo"}
    assert message(ranked, "segundo").endswith(
        "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    )


def test_who_may_not_preempt_waits(ranked):
    asking(ranked, "poco", "baja", str(cores(ranked)))
    ranked.clock.advance(5)
    asking(ranked, "educado", "paciente", "1")
    ranked.clock.advance(30)
    assert names(ranked) == {"poco", "educado"}
    assert message(ranked, "educado").endswith("preemption: not eligible due to preemptionPolicy=Never.")


def test_what_no_eviction_would_fix_evicts_nobody(ranked):
    asking(ranked, "poco", "baja", "1")
    ranked.clock.advance(5)
    asking(ranked, "imposible", "alta", str(cores(ranked) + 1))
    ranked.clock.advance(30)
    assert names(ranked) == {"poco", "imposible"}
    assert message(ranked, "imposible").endswith("1 Preemption is not helpful for scheduling.")


def test_the_node_where_it_hurts_least_is_chosen():
    world = classes(World(EmbeddedCluster(nodes=2, seed=0)))
    whole = str(cores(world))
    asking(world, "algo", "media", whole, node="node-1")
    asking(world, "poco", "baja", whole, node="node-2")
    world.clock.advance(5)
    asking(world, "mucho", "alta", whole)
    world.until_phase("mucho", "Running")
    assert world.get("pod", "mucho")["spec"]["nodeName"] == "node-2"
    assert "algo" in names(world)


def test_a_disruption_budget_is_respected_when_there_is_another_way():
    world = classes(World(EmbeddedCluster(nodes=2, seed=0)))
    whole = str(cores(world))
    asking(world, "amparado", "baja", whole, node="node-1", labels={"app": "db"})
    asking(world, "suelto", "baja", whole, node="node-2")
    budget = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "db"}}}}
    world.api.create(kinds.PODDISRUPTIONBUDGET, budget, "default")
    world.clock.advance(5)
    asking(world, "mucho", "alta", whole)
    world.until_phase("mucho", "Running")
    assert names(world) == {"amparado", "mucho"}


def test_a_budget_that_chooses_nobody_protects_nobody():
    world = classes(World(EmbeddedCluster(nodes=2, seed=0)))
    whole = str(cores(world))
    asking(world, "suelto", "baja", whole, node="node-2", labels={"app": "web"})
    world.clock.advance(10)
    asking(world, "amparado", "baja", whole, node="node-1", labels={"app": "db"})
    for name, selector in (("b", {"matchLabels": {"app": "db"}}), ("nadie", {})):
        spec = {"minAvailable": 1 if selector else 2, "selector": selector}
        world.api.create(kinds.PODDISRUPTIONBUDGET, {"metadata": {"name": name}, "spec": spec}, "default")
    world.clock.advance(5)
    asking(world, "mucho", "alta", whole)
    world.until_phase("mucho", "Running")
    assert names(world) == {"amparado", "mucho"}


def test_who_is_already_counted_as_leaving_spends_no_budget_twice():
    world = classes(World(EmbeddedCluster(nodes=2, seed=0)))
    whole = str(cores(world))
    asking(world, "contado", "baja", whole, node="node-1", labels={"app": "db"})
    world.clock.advance(10)
    asking(world, "otro", "baja", whole, node="node-2", labels={"app": "web"})
    for name in ("db", "web"):
        spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": name}}}
        world.api.create(kinds.PODDISRUPTIONBUDGET, {"metadata": {"name": name}, "spec": spec}, "default")
    world.clock.advance(5)
    counted = {"status": {"disruptedPods": {"contado": timestamp(world.clock.now)}}}
    world.api.patch(kinds.PODDISRUPTIONBUDGET, "default", "db", counted, subresource="status")
    asking(world, "mucho", "alta", whole)
    world.until_phase("mucho", "Running")
    assert names(world) == {"otro", "mucho"}


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["alta", "media", "baja", ""]), st.integers(1, 4)), min_size=2, max_size=12))
def test_nobody_is_ever_sent_away_by_an_equal_or_a_lesser(arrivals):
    world = classes(World(EmbeddedCluster(nodes=2, seed=0)))
    level, uids = {}, {}
    for number, (name, cpu) in enumerate(arrivals):
        made = asking(world, f"p{number}", name, str(cpu), terminationGracePeriodSeconds=1)
        level[made["metadata"]["uid"]] = LEVELS.get(name, 0)
        uids[f"p{number}"] = made["metadata"]["uid"]
        world.clock.advance(3)
    world.clock.advance(30)
    for event in world.all("events"):
        if event["reason"] == "Preempted":
            winner = event["message"].split()[3]
            assert level[winner] > level[event["involvedObject"]["uid"]]
    gone = set(uids.values()) - {pod["metadata"]["uid"] for pod in world.all("pods")}
    told = {event["involvedObject"]["uid"] for event in world.all("events") if event["reason"] == "Preempted"}
    assert gone == told
