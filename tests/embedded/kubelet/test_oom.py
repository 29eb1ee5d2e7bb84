"""Quién muere antes si falta memoria, y qué deja dicho quien muere."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("resources", "priority", "score"), [
    ({}, "", "1000"),
    ({"requests": {"memory": "2Gi"}}, "", "750"),
    ({"requests": {"memory": "1Mi"}}, "", "999"),
    ({"limits": {"memory": "64Mi", "cpu": "100m"}}, "", "-997"),
    ({}, "system-node-critical", "-997"),
])  # fmt: skip
def test_the_less_it_promised_the_sooner_it_dies(world, resources, priority, score):
    named = {"priorityClassName": priority} if priority else {}
    world.busybox("p", "sh", "-c", "cat /proc/1/oom_score_adj; sleep 3600", container={"resources": resources}, **named)
    world.until_ready("p")
    assert world.cluster.logs("default", "p", "c")[0][1] == score


def test_the_farewell_may_be_in_another_file(world):
    world.busybox("p", "sh", "-c", "echo adiós > /tmp/ultimas; exit 1", restartPolicy="Never",
                  container={"terminationMessagePath": "/tmp/ultimas"})  # fmt: skip
    world.until_phase("p", "Failed")
    assert world.container("p")["state"]["terminated"]["message"] == "adiós\n"


def test_without_a_farewell_the_end_of_the_log_says_it_if_asked(world):
    world.busybox("p", "sh", "-c", "echo falta la base de datos; exit 1", restartPolicy="Never",
                  container={"terminationMessagePolicy": "FallbackToLogsOnError"})  # fmt: skip
    world.until_phase("p", "Failed")
    assert world.container("p")["state"]["terminated"]["message"] == "falta la base de datos\n"


def test_a_limit_below_what_it_eats_is_an_oom_kill(world):
    world.pod("p", restartPolicy="Never", containers=[
        {"name": "c", "image": "polinux/stress", "args": ["--vm", "1", "--vm-bytes", "250M"],
         "resources": {"limits": {"memory": "100Mi"}}}])  # fmt: skip
    world.until_phase("p", "Failed")
    assert world.container("p")["state"]["terminated"]["reason"] == "OOMKilled"
