"""La cuenta del HPA: réplicas, prudencia con lo que falta, y el ritmo que permiten las políticas."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tools.embedded.clock import EPOCH, timestamp
from lab_tools.embedded.controllers.hpa_math import (
    MetricError,
    Sample,
    Tolerance,
    by_average,
    by_utilization,
    grouped,
    pod_requests,
)
from lab_tools.embedded.controllers.hpa_pace import History, paced

NOW = EPOCH + 3600
USUAL = Tolerance()
FOUR = {"type": "Pods", "value": 4, "periodSeconds": 15}
DOUBLE = {"type": "Percent", "value": 100, "periodSeconds": 15}
UP = {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [FOUR, DOUBLE]}
DOWN = {"selectPolicy": "Max", "policies": [DOUBLE]}


def pod(name, *, phase="Running", ready="True", age=3600.0, ready_for=3500.0, request="100m", leaving=False):
    started = NOW - age
    condition = {"type": "Ready", "status": ready, "lastTransitionTime": timestamp(NOW - ready_for)}
    meta = {"name": name, **({"deletionTimestamp": timestamp(NOW)} if leaving else {})}
    resources = {"resources": {"requests": {"cpu": request}}} if request else {}
    return {"metadata": meta, "spec": {"containers": [{"name": "c", **resources}]},
            "status": {"phase": phase, "startTime": timestamp(started), "conditions": [condition]}}  # fmt: skip


def utilization(pods, used, target=50, current=None, tolerance=USUAL):
    samples = {name: Sample(value, NOW, 15.0) for name, value in used.items()}
    return by_utilization(len(pods) if current is None else current, target, pods, samples,
                          lambda: pod_requests(pods, "", "cpu"), "cpu", NOW, tolerance).replicas  # fmt: skip


def average(pods, used, target):
    samples = {name: Sample(value, NOW, 15.0) for name, value in used.items()}
    return by_average(len(pods), target, pods, samples, "cpu", NOW, USUAL).replicas


def test_replicas_grow_in_proportion_to_what_is_used():
    pods = [pod("a"), pod("b")]
    assert utilization(pods, {"a": 80, "b": 80}) == 4
    assert utilization(pods, {"a": 50, "b": 50}) == 2
    assert utilization(pods, {"a": 10, "b": 10}) == 1


def test_a_change_of_less_than_a_tenth_is_no_change():
    pods = [pod("a"), pod("b")]
    assert [utilization(pods, {"a": used, "b": used}) for used in (45, 55, 56)] == [2, 2, 3]
    assert utilization(pods, {"a": 56, "b": 56}, tolerance=Tolerance(up=0.2)) == 2


@pytest.mark.parametrize(
    ("how", "group"),
    [
        ({"leaving": True}, "ignored"),
        ({"phase": "Failed"}, "ignored"),
        ({"phase": "Pending"}, "unready"),
        ({"age": 100.0, "ready": "False", "ready_for": 100.0}, "unready"),
        ({"age": 100.0, "ready_for": 10.0}, "unready"),
        ({"age": 3600.0, "ready": "False", "ready_for": 3590.0}, "unready"),
    ],
)
def test_who_cannot_be_counted_yet_or_any_more_is_set_apart(how, group):
    groups = grouped([pod("a"), pod("b", **how)], {name: Sample(1, NOW, 15.0) for name in "ab"}, "cpu", NOW)
    assert (groups.ready, getattr(groups, group)) == (1, {"b"})


def test_a_pod_that_was_ready_once_counts_even_if_it_is_not_now():
    pods = [pod("a", ready="False", ready_for=60.0)]
    assert grouped(pods, {"a": Sample(1, NOW, 15.0)}, "cpu", NOW).ready == 1


def test_memory_counts_from_the_first_moment():
    assert (
        grouped([pod("a", age=5.0, ready="False", ready_for=5.0)], {"a": Sample(1, NOW, 15.0)}, "memory", NOW).ready
        == 1
    )


def test_a_pod_without_measures_holds_back_a_change_and_never_turns_it():
    three = [pod("a"), pod("b"), pod("c")]
    assert utilization(three, {"a": 90, "b": 90}) == 4
    assert utilization(three, {"a": 10, "b": 10}) == 3
    assert utilization(three, {"a": 56, "b": 56}) == 3
    assert average(three, {"a": 90, "b": 90}, 50) == 4
    assert average(three, {"a": 10, "b": 10}, 50) == 2


def test_pods_still_starting_hold_back_growth():
    starting = [pod("a"), pod("b", phase="Pending")]
    assert utilization(starting, {"a": 100}) == 2
    assert utilization(starting, {"a": 150}) == 3


def test_without_pods_measures_or_requests_it_says_why():
    with pytest.raises(MetricError, match="no pods returned by selector"):
        utilization([], {})
    with pytest.raises(MetricError, match="did not receive metrics for targeted pods"):
        utilization([pod("a")], {})
    with pytest.raises(MetricError, match="missing request for cpu in container c of Pod a"):
        utilization([pod("a", request=None)], {"a": 10})


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.integers(10, 200))
def test_with_everything_known_the_formula_is_the_documented_one(used, target):
    pods = [pod(f"p{number}") for number in range(len(used))]
    found = utilization(pods, {f"p{number}": value for number, value in enumerate(used)}, target)
    ratio = (sum(used) * 100 // (100 * len(used))) / target
    assert found == (len(used) if 0.9 <= ratio <= 1.1 else math.ceil(ratio * len(used)))


@given(st.lists(st.one_of(st.none(), st.integers(0, 400)), min_size=1, max_size=8).filter(any), st.integers(10, 200))
def test_ignorance_never_asks_for_more_than_knowledge_would(used, target):
    pods = [pod(f"p{number}") for number in range(len(used))]
    known = {f"p{number}": value for number, value in enumerate(used) if value is not None}
    found = utilization(pods, known, target)
    ratio = sum(known.values()) * 100 // (100 * len(known)) / target
    assert found >= len(used) if ratio > 1 else found <= len(used)


def steps(behavior, wishes, current, least=1, most=100, period=15.0):
    """Las réplicas tras cada mirada, si en cada una se quieren `wishes`."""
    history, now, found = History(), NOW, []
    history.begin(current, now)
    for wish in wishes:
        pace = paced(history, behavior, current, wish, least, most, now)
        history.scaled(behavior, current, pace.replicas, now)
        current = pace.replicas
        found.append(current)
        now += period
    return found


def test_without_behavior_it_doubles_and_waits_five_minutes_to_come_down():
    assert steps(None, [50] * 4, 1) == [4, 8, 16, 32]
    down = steps(None, [10] + [1] * 25, 10)
    assert down[:20] == [10] * 20 and down[22] == 1


def test_a_window_going_up_takes_the_lowest_of_the_recent_wishes():
    patient = {"scaleUp": {**UP, "stabilizationWindowSeconds": 60}, "scaleDown": DOWN}
    assert steps(patient, [8, 8, 8, 8, 8, 8], 2) == [2, 2, 2, 2, 6, 8]


def test_a_policy_of_pods_counts_what_was_changed_in_its_period():
    slow = {"scaleUp": {**UP, "policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}, "scaleDown": DOWN}
    assert steps(slow, [10] * 9, 1) == [3, 3, 3, 3, 5, 5, 5, 5, 7]


def test_of_two_policies_the_one_asked_for_rules():
    one, half = ({"type": kind, "value": value, "periodSeconds": 15} for kind, value in (("Pods", 1), ("Percent", 50)))

    def down(policy):
        rules = {"stabilizationWindowSeconds": 0, "selectPolicy": policy, "policies": [one, half]}
        return {"scaleUp": UP, "scaleDown": rules}

    assert steps(down("Max"), [1] * 3, 20) == [10, 5, 2]
    assert steps(down("Min"), [1] * 3, 20) == [19, 18, 17]
    assert steps(down("Disabled"), [1] * 3, 20) == [20, 20, 20]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30), st.integers(1, 20), st.booleans())
def test_it_never_leaves_its_bounds(wishes, current, ruled):
    behavior = {"scaleUp": UP, "scaleDown": DOWN} if ruled else None
    assert all(1 <= found <= 20 for found in steps(behavior, wishes, current, 1, 20))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(1, 20))
def test_it_never_grows_faster_than_its_policies(wishes, current):
    found = steps({"scaleUp": UP, "scaleDown": DOWN}, wishes, current, 1, 60, period=15.0)
    for before, after in zip([current, *found], found, strict=False):
        assert after <= max(2 * before, before + 4)
