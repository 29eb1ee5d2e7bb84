"""Cada contenedor puede tener su propia política de reinicio, y reglas por código de salida que mandan más que ella."""

from __future__ import annotations

import pytest

from lab_tools.errors import StatusError


def pod(world, *command, policy="Never", **own):
    world.busybox("p", *command, restartPolicy=policy, container=own)


def rule(operator, *codes):
    return [{"action": "Restart", "exitCodes": {"operator": operator, "values": list(codes)}}]


def test_a_container_that_always_returns_keeps_its_pod_running(world):
    pod(world, "true", restartPolicy="Always")
    world.until(lambda: world.restarts("p") == 2)
    assert world.get("pod", "p")["status"]["phase"] == "Running"


@pytest.mark.parametrize(("own", "phase"), [("Never", "Failed"), ("OnFailure", "Running")])
def test_its_own_policy_wins_over_that_of_the_pod(world, own, phase):
    pod(world, "false", policy="Always", restartPolicy=own)
    world.clock.advance(8)
    assert world.get("pod", "p")["status"]["phase"] == phase


@pytest.mark.parametrize(("operator", "codes", "returns"), [
    ("In", (3, 4), True), ("In", (5,), False), ("NotIn", (5,), True), ("NotIn", (3,), False),
])  # fmt: skip
def test_a_rule_looks_at_the_exit_code(world, operator, codes, returns):
    pod(world, "sh", "-c", "exit 3", restartPolicy="Never", restartPolicyRules=rule(operator, *codes))
    world.clock.advance(8)
    assert (world.restarts("p") > 0) is returns


def test_one_container_may_end_while_another_returns(world):
    world.pod("p", restartPolicy="Never", containers=[
        {"name": "acaba", "image": "busybox:1.36", "command": ["true"]},
        {"name": "vuelve", "image": "busybox:1.36", "command": ["false"], "restartPolicy": "OnFailure"}])  # fmt: skip
    world.clock.advance(20)
    statuses = {one["name"]: one for one in world.get("pod", "p")["status"]["containerStatuses"]}
    assert statuses["acaba"]["restartCount"] == 0
    assert statuses["vuelve"]["restartCount"] >= 1
    assert world.get("pod", "p")["status"]["phase"] == "Running"


@pytest.mark.parametrize(("own", "problem"), [
    ({"restartPolicyRules": rule("In", 3)},
     "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used"),
    ({"restartPolicy": "Sometimes"}, 'spec.containers[0].restartPolicy: Unsupported value: "Sometimes": supported '
                                     'values: "Always", "Never", "OnFailure"'),
    ({"restartPolicy": "Never", "restartPolicyRules": rule("Like", 3)},
     'spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "Like": supported values: "In", '
     '"NotIn"'),
    ({"restartPolicy": "Never", "restartPolicyRules": [{"action": "Explode"}]},
     'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Explode": supported values: "Restart"'),
])  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(world, own, problem):
    with pytest.raises(StatusError) as refused:
        pod(world, "true", **own)
    assert problem in refused.value.message
