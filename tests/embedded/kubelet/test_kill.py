"""Entrar en un contenedor y matar su proceso 1: lo que más se hace para ver quién lo repone."""

from __future__ import annotations

import pytest


def execute(world, *command):
    """La salida y el código de una orden dentro del contenedor."""
    execution = world.cluster.execute("default", "p", "c", list(command), False, False)
    world.clock.settle()
    return b"".join(data for _, data in execution.read()).decode(), execution.code


def test_a_program_that_heeds_sigterm_ends_and_comes_back(world):
    world.pod("p")
    world.until_ready("p")
    assert execute(world, "kill", "1") == ("", 0)
    world.clock.advance(5)
    ended = world.container("p")["lastState"]["terminated"]
    assert (world.restarts("p"), ended["exitCode"], ended["reason"]) == (1, 0, "Completed")


@pytest.mark.parametrize("command", [("kill", "-9", "1"), ("kill", "-0", "1"), ("kill", "-HUP", "1")])
def test_what_the_first_process_does_not_hear_does_nothing(world, command):
    world.pod("p")
    world.until_ready("p")
    assert execute(world, *command) == ("", 0)
    world.clock.advance(5)
    assert world.restarts("p") == 0


def test_one_that_installs_no_handler_goes_on(world):
    world.busybox("p", "sleep", "3600")
    world.until_ready("p")
    execute(world, "sh", "-c", "kill 1")
    world.clock.advance(5)
    assert world.restarts("p") == 0


@pytest.mark.parametrize(("command", "said"), [
    (("kill", "77"), "sh: can't kill pid 77: No such process\n"), (("kill", "-ADIOS", "1"), "ADIOS: invalid signal"),
    (("kill",), "whom to kill"),
])  # fmt: skip
def test_whoever_is_not_there_cannot_be_killed(world, command, said):
    world.pod("p")
    world.until_ready("p")
    text, code = execute(world, *command)
    assert said in text and code == 1


def test_a_copy_of_the_cluster_is_killed_alone(world):
    world.pod("p")
    world.until_ready("p")
    copy = world.cluster.fork()
    execute(world, "kill", "1")
    world.clock.advance(5)
    copy.clock.advance(5)
    assert world.restarts("p") == 1
    (other,) = copy.api.list(world.cluster.api.kinds.find("v1", "Pod"), "default").items
    assert other["status"]["containerStatuses"][0]["restartCount"] == 0
