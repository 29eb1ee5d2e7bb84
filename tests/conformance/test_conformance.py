"""Cada guion grabado contra un Kubernetes 1.36 responde aquí lo mismo, paso a paso."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance import compare, run, scenario, servers
from tests.conformance.pace import speed_of

SCENARIOS = scenario.every()


@pytest.fixture(scope="module")
def server() -> Iterator[servers.Served]:
    """Un clúster de un nodo servido por TLS."""
    with servers.served() as found:
        yield found


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.name)
def test_a_served_cluster_answers_as_recorded(one: scenario.Scenario, server: servers.Served) -> None:
    server.speed(speed_of(one))
    assert _differences(one, server) == []


@pytest.mark.parametrize("one", [one for one in SCENARIOS if one.only_requests], ids=lambda one: one.name)
def test_a_cluster_in_process_answers_as_recorded(one: scenario.Scenario) -> None:
    assert _differences(one, servers.InProcess()) == []


def _differences(one: scenario.Scenario, server: servers.Server) -> list[str]:
    return [str(found) for _, wrong in compare.steps(one.expected, run.run(one, server)) for found in wrong]
